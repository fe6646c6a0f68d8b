// When events were handled, by their ids, for as long as that counts. In memory are hashes of the ids, in tables of 16 bytes a slot that are at
// least three eighths full: some 21 to 43 bytes an id, however long it is. Each table has the ids of one stretch of time, and goes as a whole
// once all of them have expired; so that there are at most a quarter more of them than those that count.
import type { KeyHash } from '../../log/cleaner/key-hash.ts'
import { LatestOffsets, MAX_RELATIVE_OFFSET } from '../../log/cleaner/latest-offsets.ts'

/** Stretches for the time that an id counts. */
const STRETCHES = 4
const MIN_STRETCH_MS = 1000

export class HandledTimes {
  readonly #hash: KeyHash
  readonly #ttlMs: number
  readonly #stretchMs: number
  /** By the number of the stretch; times are relative to its start, ms. */
  readonly #stretches = new Map<number, LatestOffsets>()

  constructor(hash: KeyHash, ttlMs: number) {
    this.#hash = hash
    this.#ttlMs = ttlMs
    this.#stretchMs = Math.min(MAX_RELATIVE_OFFSET, Math.max(MIN_STRETCH_MS, Math.ceil(ttlMs / STRETCHES)))
  }

  /** Ids in memory, those that were handled in several stretches as often. */
  get size(): number {
    return [...this.#stretches.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** @param handledAt ms, not negative */
  put(bytes: Buffer, start: number, end: number, handledAt: number): void {
    const number = Math.floor(handledAt / this.#stretchMs)
    let stretch = this.#stretches.get(number)
    if (stretch === undefined) this.#stretches.set(number, (stretch = new LatestOffsets(this.#hash, Number.POSITIVE_INFINITY)))
    // Members' clocks differ: what comes later may have been handled before.
    const relative = handledAt % this.#stretchMs
    if (stretch.get(bytes, start, end) < relative) stretch.put(bytes, start, end, relative)
  }

  /** Whether the id was handled within the time that counts. @param now ms */
  has(bytes: Buffer, now: number): boolean {
    for (const [number, stretch] of this.#stretches) {
      const relative = stretch.get(bytes, 0, bytes.length)
      if (relative >= 0 && number * this.#stretchMs + relative > now - this.#ttlMs) return true
    }
    return false
  }

  /** Forgets the stretches that do not count any more. @param now ms */
  expire(now: number): void {
    for (const number of this.#stretches.keys()) if ((number + 1) * this.#stretchMs <= now - this.#ttlMs) this.#stretches.delete(number)
  }
}
