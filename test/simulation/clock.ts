// Time that passes only when a test says so.
import type { Clock } from '../../src/system/system.ts'

interface Sleeper {
  readonly until: bigint
  wake(): void
}

export class SimulatedClock implements Clock {
  #now: bigint
  readonly #sleepers = new Set<Sleeper>()

  constructor(now = 1_700_000_000_000n) {
    this.#now = now
  }

  now(): bigint {
    return this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const wake = () => {
        this.#sleepers.delete(sleeper)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      const sleeper = { until: this.#now + BigInt(Math.ceil(ms)), wake }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', wake)
    })
  }

  /** Lets time pass: wakes sleepers in the order of their time, each at its time, and lets what they start go on in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + BigInt(ms)
    for (let next = this.#firstUntil(end); next !== undefined; next = this.#firstUntil(end)) {
      this.#now = next.until
      next.wake()
      await settled()
    }
    this.#now = end
    await settled()
  }

  #firstUntil(end: bigint): Sleeper | undefined {
    const due = [...this.#sleepers].filter((sleeper) => sleeper.until <= end)
    return due.toSorted((a, b) => Number(a.until - b.until))[0]
  }
}

/** Everything that can go on without time passing has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
