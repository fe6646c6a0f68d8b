// How fast records are taken: evenly, no faster than a rate allows.
import type { Clock } from '../../system/system.ts'

/** Records are taken in steps of about this long, or one by one where they are due more seldom. */
const STEP_MS = 50
/** What late timers and a busy machine have cost is made up for, up to this; a pause of the input is not. */
const CATCH_UP_MS = 100

export class Pace {
  /** Records in a step. */
  readonly step: number
  readonly #clock: Clock
  readonly #ratePerSecond: number
  #records = 0
  /** When the records taken so far have had their time, in ms. */
  #freeAt = 0

  constructor(clock: Clock, ratePerSecond: number) {
    this.#clock = clock
    this.#ratePerSecond = ratePerSecond
    this.step = Math.max(1, Math.floor((ratePerSecond * STEP_MS) / 1000))
  }

  /** There was nothing to take until now. */
  resume(): void {
    this.#freeAt = Math.max(this.#freeAt, Number(this.#clock.now()))
  }

  /** How long to wait before more are taken, in ms; 0 or less for not at all. @param records taken so far */
  dueMs(records: number): number {
    const now = Number(this.#clock.now())
    this.#freeAt =
      Math.max(this.#freeAt, records === 0 ? now : now - CATCH_UP_MS) + ((records - this.#records) * 1000) / this.#ratePerSecond
    this.#records = records
    return this.#freeAt - now
  }
}
