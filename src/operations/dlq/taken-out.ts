// What a run has done so far.
import type { PartitionRange } from '../consume/ranges.ts'
import type { Letter } from './letters.ts'
import { type Refused, refused } from './route.ts'

/** Of records that stay where they are for the same reason. */
export interface Refusal {
  readonly reason: string
  /** What to do about it, as a sentence. */
  readonly hint: string
  readonly records: number
  /** Where the first one is. */
  readonly partition: number
  readonly offset: bigint
}

export interface TargetCount {
  readonly topic: string
  readonly records: number
}

/**
 * Why a run ended before the end of the topic: as many as were asked for, too many that failed again, Ctrl-C, or records left behind that are
 * too scattered to be kept note of.
 */
export type StopReason = 'max' | 'failures' | 'interrupted' | 'scattered'

export interface TakenOut {
  readonly topic: string
  readonly isDryRun: boolean
  /** Records that went out, the parked ones among them. */
  readonly records: number
  readonly parked: number
  readonly targets: readonly TargetCount[]
  /** Records that are not those that were asked for. */
  readonly passedOver: number
  readonly refused: readonly Refusal[]
  /** Records of this run that are dead letters again; null when nobody asked. */
  readonly failedAgain: number | null
  /** null: it came to the end. */
  readonly stoppedBy: StopReason | null
}

/** Headers may say anything: no more reasons than this are told apart. */
const MAX_REASONS = 100
const OTHER = refused('other reasons', 'Those that are named here come first; the next run names others.')

export class RunTally {
  taken = 0
  failedAgain: number | null = null
  stoppedBy: StopReason | null = null
  /** Records that lie between the present place and the end, and those before, by their offsets. */
  readonly total: number
  seen = 0
  readonly #topic: string
  readonly #isDryRun: boolean
  readonly #targets = new Map<string, number>()
  readonly #refused = new Map<string, Refusal>()
  #passedOver = 0
  #parked = 0

  constructor(topic: string, isDryRun: boolean, ranges: readonly PartitionRange[]) {
    this.#topic = topic
    this.#isDryRun = isDryRun
    this.total = ranges.reduce((sum, { from, to }) => sum + Number((to ?? from) - from), 0)
  }

  /** @param isLeft whether it is still there; else it was done before */
  passOver(isLeft: boolean): void {
    this.seen++
    if (isLeft) this.#passedOver++
  }

  take(target: string, isParked: boolean): void {
    this.seen++
    this.taken++
    if (isParked) this.#parked++
    this.#targets.set(target, (this.#targets.get(target) ?? 0) + 1)
  }

  refuse({ partition, offset }: Letter, refusal: Refused): void {
    this.seen++
    const isNew = !this.#refused.has(refusal.reason)
    const { reason, hint } = isNew && this.#refused.size >= MAX_REASONS ? OTHER : refusal
    const before = this.#refused.get(reason) ?? { reason, hint, records: 0, partition, offset }
    this.#refused.set(reason, { ...before, records: before.records + 1 })
  }

  result(): TakenOut {
    const byName = (a: TargetCount, b: TargetCount): number => (a.topic < b.topic ? -1 : 1)
    return {
      topic: this.#topic,
      isDryRun: this.#isDryRun,
      records: this.taken,
      parked: this.#parked,
      targets: [...this.#targets].map(([topic, records]) => ({ topic, records })).toSorted(byName),
      passedOver: this.#passedOver,
      refused: [...this.#refused.values()],
      failedAgain: this.failedAgain,
      stoppedBy: this.stoppedBy,
    }
  }
}
