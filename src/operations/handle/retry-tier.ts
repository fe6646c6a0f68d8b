// One of the retry topics of a run: when its records are due, and which partitions wait for another run. A run that follows waits for them; one
// that ends at the present end handles what is due, and leaves the rest where it is.
import type { Clock } from '../../system/system.ts'
import type { RecordCursor } from '../../record/record-cursor.ts'
import { keyOf } from '../../record/topic-partition.ts'
import { type HeldRecord, RecordHolder } from './held-record.ts'
import { readLastFailure, type RetryTopic } from './last-failure.ts'

export interface RetryTierOptions {
  /** From 1. */
  readonly tier: number
  /** Its topics, by their names. */
  readonly topics: ReadonlyMap<string, RetryTopic>
  readonly groupId: string
  readonly delayMs: number
  readonly isFollowing: boolean
  readonly clock: Clock
}

export class RetryTier {
  /** Records that are left for another run. */
  postponed = 0
  /** When the first of them is due, ms. */
  nextDueAt: bigint | null = null
  readonly #options: RetryTierOptions
  readonly #holder = new RecordHolder()
  readonly #postponed = new Set<string>()

  constructor(options: RetryTierOptions) {
    this.#options = options
  }

  get tier(): number {
    return this.#options.tier
  }

  get topics(): string[] {
    return [...this.#options.topics.keys()]
  }

  begin(): void {
    this.#postponed.clear()
    this.postponed = 0
    this.nextDueAt = null
  }

  /** null for one that failed in another group, which reads the same topic: it is for that one to handle it again. */
  hold(topic: string, partition: number, cursor: RecordCursor): HeldRecord | null {
    const { topics, groupId, clock } = this.#options
    const now = clock.now()
    // Only its topics are read for it.
    const retry = topics.get(topic) as RetryTopic
    const last = readLastFailure(cursor, retry, now)
    if (last !== null && last.group !== null && last.group !== groupId) return null
    return this.#holder.holdRetried({ topic, partition, offset: cursor.offset }, cursor, retry, last, now)
  }

  /** ms; null: now, as nobody knows since when it waits. */
  dueAt({ waitsSince }: HeldRecord): bigint | null {
    return waitsSince === null ? null : waitsSince + BigInt(this.#options.delayMs)
  }

  /** Whether a record has to wait for another run, and with it those after it in its partition. */
  postpones({ place }: HeldRecord, dueAt: bigint): boolean {
    const { isFollowing, clock } = this.#options
    if (isFollowing || dueAt <= clock.now()) return false
    this.#postponed.add(keyOf(place))
    this.postponed++
    if (this.nextDueAt === null || dueAt < this.nextDueAt) this.nextDueAt = dueAt
    return true
  }

  isPostponed(topic: string, partition: number): boolean {
    return this.#postponed.size > 0 && this.#postponed.has(keyOf({ topic, partition }))
  }
}
