// A wait that others can end.
import type { Clock } from '../../../system/system.ts'

export class Alarm {
  readonly #clock: Clock
  #waiting: AbortController | null = null
  #hasRung = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Ends the present wait, or the next one. */
  readonly ring = (): void => {
    this.#hasRung = true
    this.#waiting?.abort()
  }

  async next(timeoutMs: number): Promise<void> {
    if (!this.#hasRung) {
      this.#waiting = new AbortController()
      await this.#clock.sleep(timeoutMs, this.#waiting.signal)
      this.#waiting = null
    }
    this.#hasRung = false
  }
}
