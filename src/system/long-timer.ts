// Timers of any length: setTimeout has 31 bits for its milliseconds, some 24.8 days, and fires at once for more.
const MAX_MS = 2 ** 31 - 1

/** Runs an action once after so long, unless it is cleared before. */
export class LongTimer {
  readonly #ms: number
  readonly #action: () => void
  #timeout: NodeJS.Timeout

  constructor(ms: number, action: () => void) {
    this.#ms = ms
    this.#action = action
    this.#timeout = this.#arm(ms)
  }

  /** Its time begins anew. */
  restart(): void {
    if (this.#ms <= MAX_MS) return void this.#timeout.refresh()
    this.clear()
    this.#timeout = this.#arm(this.#ms)
  }

  clear(): void {
    clearTimeout(this.#timeout)
  }

  /** It alone keeps no process alive. */
  unref(): void {
    this.#timeout.unref()
  }

  #arm(ms: number): NodeJS.Timeout {
    if (ms <= MAX_MS) return setTimeout(this.#action, ms)
    return setTimeout(() => {
      const hasRef = this.#timeout.hasRef()
      this.#timeout = this.#arm(ms - MAX_MS)
      if (!hasRef) this.#timeout.unref()
    }, MAX_MS)
  }
}

/** A signal that comes after so long, and keeps no process alive until then. */
export function signalAfter(ms: number): AbortSignal {
  const controller = new AbortController()
  new LongTimer(ms, () => controller.abort()).unref()
  return controller.signal
}
