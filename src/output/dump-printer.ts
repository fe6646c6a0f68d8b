// Gathers the lines of a dump and writes them out in large pieces, counting what is wrong.
import type { DumpItem } from '../operations/log/dump/dump-item.ts'
import type { ByteSink } from '../system/byte-streams.ts'
import type { Clock } from '../system/system.ts'
import { DumpWriter } from './dump-writer.ts'
import { Slab } from './slab.ts'

const WRITE_BYTES = 256 * 1024
/** A file takes everything at once: every so many pieces others, such as Ctrl-C, get their turn. */
const PIECES_PER_TURN = 16

export class DumpPrinter {
  readonly #sink: ByteSink
  readonly #clock: Clock
  readonly #slab = new Slab(WRITE_BYTES + (1 << 17))
  readonly #writer = new DumpWriter()
  #damageCount = 0
  #unsupportedCount = 0
  #pieces = 0

  constructor(sink: ByteSink, clock: Clock) {
    this.#sink = sink
    this.#clock = clock
  }

  get damageCount(): number {
    return this.#damageCount
  }

  get unsupportedCount(): number {
    return this.#unsupportedCount
  }

  async printAll(items: Iterable<DumpItem>, signal: AbortSignal): Promise<void> {
    for (const item of items) {
      if (item.type === 'damage') this.#damageCount++
      else if (item.type === 'unsupported') this.#unsupportedCount++
      this.#writer.write(item, this.#slab)
      if (this.#slab.length < WRITE_BYTES) continue
      await this.#flush()
      if (signal.aborted) return
    }
    await this.#flush()
  }

  async #flush(): Promise<void> {
    const { bytes, length } = this.#slab
    if (length > 0) await this.#sink.write(bytes, 0, length)
    this.#slab.clear()
    if (++this.#pieces % PIECES_PER_TURN === 0) await this.#clock.sleep(0)
  }
}
