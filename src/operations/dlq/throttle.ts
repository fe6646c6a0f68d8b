// How fast records are taken out: evenly (`--rate`), in batches with a pause after each, or both.
import type { Clock } from '../../system/system.ts'
import { Pace } from '../produce/pace.ts'

export interface ThrottleOptions {
  /** Infinity: as fast as it goes. */
  readonly ratePerSecond: number
  /** Records; Infinity: one batch. */
  readonly batchRecords: number
  readonly pauseMs: number
}

export class Throttle {
  readonly #options: ThrottleOptions
  readonly #pace: Pace | null
  /** Records after which was waited last. */
  #pausedAfter = 0

  constructor(clock: Clock, options: ThrottleOptions) {
    this.#options = options
    this.#pace = options.ratePerSecond === Number.POSITIVE_INFINITY ? null : new Pace(clock, options.ratePerSecond)
  }

  /** How long to wait before the next record, in ms; 0 or less for not at all. @param records taken out so far */
  dueMs(records: number): number {
    const { batchRecords, pauseMs } = this.#options
    const isPause = records > this.#pausedAfter && records % batchRecords === 0
    if (isPause) this.#pausedAfter = records
    const paceMs = this.#pace !== null && records % this.#pace.step === 0 ? this.#pace.dueMs(records) : 0
    return Math.max(paceMs, isPause ? pauseMs : 0)
  }
}
