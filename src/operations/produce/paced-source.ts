// Input that comes no faster than a rate allows. A record ends in a certain byte (`\n`, say, or in an array a comma), so a piece that ends after
// the Nth of these has no more than N records in it.
import type { ByteSource } from '../../system/byte-streams.ts'
import type { Clock } from '../../system/system.ts'
import { Pace } from './pace.ts'

export interface PaceOptions {
  readonly clock: Clock
  readonly ratePerSecond: number
  /** That every record ends in. */
  readonly endByte: number
  /** Records taken so far, of this source and those before it. */
  readonly records: () => number
  /** Ends the waiting; the source is then at its end. */
  readonly signal: AbortSignal
}

const READ_BYTES = 64 * 1024

/** Sources that share one pace, read one after the other. */
export function pacing(options: PaceOptions): (source: ByteSource) => ByteSource {
  const pace = new Pace(options.clock, options.ratePerSecond)
  return (source) => new PacedSource(source, pace, options)
}

class PacedSource implements ByteSource {
  readonly name: string
  readonly size: number | null
  readonly #source: ByteSource
  readonly #pace: Pace
  readonly #options: PaceOptions
  /** Read from the source, and not given out yet: the bytes from `#at` to `#end`. */
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  #at = 0
  #end = 0

  constructor(source: ByteSource, pace: Pace, options: PaceOptions) {
    this.name = source.name
    this.size = source.size
    this.#source = source
    this.#pace = pace
    this.#options = options
  }

  read(into: Buffer, offset: number, length: number): number | Promise<number> {
    const dueMs = Math.ceil(this.#pace.dueMs(this.#options.records()))
    return dueMs > 0 ? this.#readAfter(dueMs, into, offset, length) : this.#read(into, offset, length)
  }

  async #readAfter(dueMs: number, into: Buffer, offset: number, length: number): Promise<number> {
    const { clock, signal } = this.#options
    await clock.sleep(dueMs, signal)
    return signal.aborted ? 0 : this.#read(into, offset, length)
  }

  #read(into: Buffer, offset: number, length: number): number | Promise<number> {
    if (this.#at < this.#end) return this.#take(into, offset, length)
    const reading = this.#source.read(this.#buffer, 0, READ_BYTES)
    const take = (count: number): number => {
      this.#at = 0
      this.#end = count
      return this.#take(into, offset, length)
    }
    if (typeof reading === 'number') return take(reading)
    return reading.then((count) => {
      this.#pace.resume()
      return take(count)
    })
  }

  #take(into: Buffer, offset: number, length: number): number {
    const start = this.#at
    const end = Math.min(this.#pieceEnd(), start + length)
    this.#buffer.copy(into, offset, start, end)
    this.#at = end
    return end - start
  }

  #pieceEnd(): number {
    let at = this.#at
    for (let records = 0; records < this.#pace.step; records++) {
      const next = this.#buffer.indexOf(this.#options.endByte, at)
      if (next < 0 || next >= this.#end) return this.#end
      at = next + 1
    }
    return at
  }

  close(): void {
    this.#source.close()
  }
}
