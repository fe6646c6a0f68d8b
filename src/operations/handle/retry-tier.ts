// One of the retry topics of a run: when its records are due, and which partitions wait for another run. A run that follows waits for them; one
// that ends at the present end handles what is due, and leaves the rest where it is.
import type { Clock } from '../../system/system.ts'
import type { HeldRecord, Place } from './held-record.ts'

export class RetryTier {
  /** Records that are left for another run. */
  postponed = 0
  /** When the first of them is due, ms. */
  nextDueAt: bigint | null = null
  readonly #delayMs: number
  readonly #isFollowing: boolean
  readonly #clock: Clock
  readonly #postponed = new Set<string>()

  constructor(delayMs: number, isFollowing: boolean, clock: Clock) {
    this.#delayMs = delayMs
    this.#isFollowing = isFollowing
    this.#clock = clock
  }

  begin(): void {
    this.#postponed.clear()
    this.postponed = 0
    this.nextDueAt = null
  }

  /** ms; null: now, as nobody says when it failed. */
  dueAt({ failures }: HeldRecord): bigint | null {
    return failures === null ? null : failures.lastFailedAt + BigInt(this.#delayMs)
  }

  /** Whether a record has to wait for another run, and with it those after it in its partition. */
  postpones({ place }: HeldRecord, dueAt: bigint): boolean {
    if (this.#isFollowing || dueAt <= this.#clock.now()) return false
    this.#postponed.add(partitionName(place))
    this.postponed++
    if (this.nextDueAt === null || dueAt < this.nextDueAt) this.nextDueAt = dueAt
    return true
  }

  isPostponed(topic: string, partition: number): boolean {
    return this.#postponed.size > 0 && this.#postponed.has(partitionName({ topic, partition }))
  }
}

export function partitionName({ topic, partition }: Pick<Place, 'topic' | 'partition'>): string {
  return `${topic}-${partition}`
}
