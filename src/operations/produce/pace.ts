// How fast records are taken: no faster than a rate allows, and never so long without a break that nothing else happens.
import type { Clock } from '../../system/system.ts'

/** Signals, and syncs that are done, are noticed when the event loop turns; files are read without it. */
const TURN_EVERY_MS = 20n

export class Pace {
  readonly #clock: Clock
  readonly #ratePerSecond: number
  readonly #signal: AbortSignal
  #firstRecordAt: bigint | null = null
  #turnedAt: bigint

  /** @param ratePerSecond Infinity: as fast as they come */
  constructor(clock: Clock, ratePerSecond: number, signal: AbortSignal) {
    this.#clock = clock
    this.#ratePerSecond = ratePerSecond
    this.#signal = signal
    this.#turnedAt = clock.now()
  }

  /** How long to wait until no more than `records` were taken than the rate allows; ms, 0 or less for not at all. */
  dueMs(records: number): number {
    if (this.#ratePerSecond === Number.POSITIVE_INFINITY || records === 0) return 0
    const now = this.#clock.now()
    this.#firstRecordAt ??= now
    return (records / this.#ratePerSecond) * 1000 - Number(now - this.#firstRecordAt)
  }

  async wait(ms: number): Promise<void> {
    await this.#clock.sleep(ms, this.#signal)
  }

  /** Lets the event loop turn when it has not for a while. */
  async breathe(now: bigint): Promise<void> {
    if (now - this.#turnedAt < TURN_EVERY_MS) return
    await this.#clock.sleep(0)
    this.#turnedAt = this.#clock.now()
  }
}
