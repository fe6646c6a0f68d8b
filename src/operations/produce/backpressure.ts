// Reading input no faster than a group reads the topic: while more records are unread than a limit allows, the input waits, or is refused.
//
// It sits between the source and the format. What a read gives is held back as long as the limit is passed; a format that waits for input
// appends what it has, so the lag that is looked at has all that was read before. How much may be read until the next look follows from
// the room that is left and the size of records so far: looking costs a few file calls, and must not come with each record.
import { counted } from '../../errors/counted.ts'
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import type { ByteSource } from '../../system/byte-streams.ts'
import type { Clock } from '../../system/system.ts'

export const ON_LAG = ['pause', 'reject'] as const

export interface BackpressureOptions {
  readonly group: string
  readonly topic: string
  /** Unread records that are not too many. */
  readonly limit: bigint
  readonly onLag: (typeof ON_LAG)[number]
  /** Unread records now; exact where they are more than the limit. */
  readonly lag: () => Promise<bigint>
  /** Records appended so far. */
  readonly storedRecords: () => number
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Told once each time the input has to wait. */
  readonly onPause: (lag: bigint) => void
}

/** Others may append too. */
const LOOK_EVERY_MS = 1000n
const POLL_MS = 200
const LEAST_BYTES = 64

export class Backpressure {
  readonly #options: BackpressureOptions
  #lookedAt: bigint | null = null
  #bytes = 0
  /** Bytes that may be read until the next look. */
  #allowance = 0

  constructor(options: BackpressureOptions) {
    this.#options = options
  }

  source(source: ByteSource): ByteSource {
    return {
      name: source.name,
      size: source.size,
      read: (into, offset, length) => {
        const reading = source.read(into, offset, Math.min(length, Math.max(LEAST_BYTES, this.#allowance)))
        if (typeof reading === 'number') return this.#isDue(reading) ? this.#holdBack(reading) : this.#handOver(reading)
        return reading.then((count) => (this.#isDue(count) ? this.#holdBack(count) : this.#handOver(count)))
      },
      close: () => source.close(),
    }
  }

  #isDue(count: number): boolean {
    if (count === 0) return false
    return this.#lookedAt === null || count > this.#allowance || this.#options.clock.now() - this.#lookedAt >= LOOK_EVERY_MS
  }

  #handOver(count: number): number {
    this.#bytes += count
    this.#allowance -= count
    return count
  }

  /** @throws LeatError LAG_OVER_LIMIT */
  async #holdBack(count: number): Promise<number> {
    const { clock, signal, lag, limit, onLag, onPause } = this.#options
    // The format appends what it has once it sees that this takes longer.
    await clock.sleep(0)
    let unread = await lag()
    if (unread > limit && onLag === 'reject') throw this.#overLimit(unread)
    if (unread > limit) onPause(unread)
    while (unread > limit) {
      await clock.sleep(POLL_MS, signal)
      if (signal.aborted) return 0
      unread = await lag()
    }
    this.#lookedAt = clock.now()
    const stored = this.#options.storedRecords()
    const bytesPerRecord = stored === 0 ? 1 : this.#bytes / stored
    this.#allowance = Math.floor(Math.max(1, Number(limit - unread)) * bytesPerRecord)
    return this.#handOver(count)
  }

  #overLimit(unread: bigint): LeatError {
    const { group, topic, limit } = this.#options
    const stored = this.#options.storedRecords()
    return new LeatError(
      'LAG_OVER_LIMIT',
      `group '${group}' has not read ${counted(unread, 'record')} of '${topic}', more than --max-lag ${limit}`,
      {
        hint: `${stored === 0 ? 'Nothing was' : counted(stored, 'record was', 'records were')} stored before that. Wait until the group has caught up (\`leat lag ${group}\`), or let the input wait (--on-lag pause).`,
        exitCode: exitCodes.conditionNotMet,
      },
    )
  }
}
