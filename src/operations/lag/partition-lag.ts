// Everything about one group's work in one partition.
import { committedAt, type TimedOffset } from './commit-history.ts'
import type { PartitionFacts } from './partition-facts.ts'
import { type Moment, progressOf, type Trend, unreadAt } from './progress.ts'
import { lossSeconds } from './retention-horizon.ts'
import type { Sample } from './samples.ts'
import { type Commit, lagStatus, type LagStatus, WINDOW_COMMITS } from './status.ts'

export interface PartitionLag {
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** null where the group has committed nothing. */
  readonly currentOffset: bigint | null
  /** null, as everything after it, where the partition is not here any more. */
  readonly logEndOffset: bigint | null
  /** Records that are unread. */
  readonly lag: bigint | null
  /** Age of the oldest unread record; 0 where none is unread, null where it has no timestamp. */
  readonly lagSeconds: number | null
  /** Offsets a second; null where too little is known. */
  readonly rateIn: number | null
  readonly rateOut: number | null
  readonly trend: Trend | null
  readonly catchesUp: boolean | null
  readonly catchUpSeconds: number | null
  /** Until retention deletes unread records, at the soonest; null: never. */
  readonly lossSeconds: number | null
  /** Offsets that were deleted before the group read them. */
  readonly lostOffsets: bigint
  readonly status: LagStatus | null
}

export interface UncommittedPartition {
  readonly group: string
  readonly topic: string
  readonly partition: number
}

export interface CommittedPartition extends UncommittedPartition {
  readonly offset: bigint
  /** null where that is not known. */
  readonly commitTimestampMs: bigint | null
}

export interface Look {
  readonly lag: PartitionLag
  /** Unread offsets at evenly spaced times, the last now; empty where nothing is known. */
  readonly unread: readonly number[]
}

/** How far rates and trend look back at least and at most, and at how many moments. */
const MIN_SPAN_MS = 60_000n
const MAX_SPAN_MS = 3_600_000n
const MOMENTS = 20
/** Of so few offsets it is counted which are records. */
const FEW_OFFSETS = 100n

export function lookAtPartition(
  committed: CommittedPartition,
  commits: readonly TimedOffset[],
  samples: readonly Sample[],
  facts: PartitionFacts,
  nowMs: bigint,
): Look {
  const { group, topic, partition, offset } = committed
  const { count: lag, firstOffset } = facts.unread(offset)
  const timestamp = firstOffset === null ? null : facts.timestampAt(firstOffset)
  const history = withSampled(withPresent(commits, committed), samples)
  const moments = momentsOf(history, facts, offset, nowMs)
  const window = windowOf(history, facts, lag)
  const progress = progressOf(moments, lag, window.at(-1)?.lag === 0n)
  const { endOffset, startOffset, config, segments } = facts
  const verdict = lagStatus({ commits: window, lag, caughtUpAtMs: caughtUpAt(facts, offset, timestamp, nowMs), nowMs })
  return {
    lag: {
      group,
      topic,
      partition,
      currentOffset: offset,
      logEndOffset: endOffset,
      lag,
      lagSeconds: ageSeconds(lag, timestamp, nowMs),
      ...progress,
      lossSeconds:
        firstOffset === null ? null : lossSeconds({ segments, offset: firstOffset, config, rateIn: progress.rateIn, endOffset, nowMs }),
      lostOffsets: startOffset > offset ? startOffset - offset : 0n,
      status: isOutside(facts, offset) && verdict === 'OK' ? 'WARN' : verdict,
    },
    unread: moments.map(unreadAt),
  }
}

/** Where nothing is: what was there is lost, or is yet to come. */
function isOutside({ startOffset, endOffset }: PartitionFacts, offset: bigint): boolean {
  return offset < startOffset || offset > endOffset
}

const UNKNOWN = { rateIn: null, rateOut: null, trend: null, catchesUp: null, catchUpSeconds: null, lossSeconds: null, status: null }

/** Nothing was committed: all that is there is unread. */
export function lagOfUncommitted(place: UncommittedPartition, facts: PartitionFacts, nowMs: bigint): PartitionLag {
  const { count: lag, firstOffset } = facts.unread(facts.startOffset)
  const lagSeconds = ageSeconds(lag, firstOffset === null ? null : facts.timestampAt(firstOffset), nowMs)
  return { ...place, currentOffset: null, logEndOffset: facts.endOffset, lag, lagSeconds, ...UNKNOWN, lostOffsets: 0n }
}

/** A group's offset in a partition that is not here. */
export function lagOfMissing({ group, topic, partition, offset: currentOffset }: CommittedPartition): PartitionLag {
  return { group, topic, partition, currentOffset, logEndOffset: null, lag: null, lagSeconds: null, ...UNKNOWN, lostOffsets: 0n }
}

/** The commit that counts is the last: of a transaction that ended late it may not be the newest in the log, and it may lie far back. */
function withPresent(
  commits: readonly TimedOffset[],
  { offset, commitTimestampMs: timestampMs }: CommittedPartition,
): readonly TimedOffset[] {
  return commits.at(-1)?.offset === offset || timestampMs === null
    ? commits
    : [...commits.filter((commit) => commit.timestampMs < timestampMs), { offset, timestampMs }]
}

/** Compaction takes older commits out of the log; those that were sampled are known all the same. */
function withSampled(commits: readonly TimedOffset[], samples: readonly Sample[]): TimedOffset[] {
  const first = commits[0]
  const sampled = samples.map(({ offset, commitTimestampMs: timestampMs }) => ({ offset, timestampMs }))
  const older = sampled.filter(
    (commit, index) =>
      (first === undefined || commit.timestampMs < first.timestampMs) && commit.timestampMs !== sampled[index - 1]?.timestampMs,
  )
  return [...older, ...commits]
}

/** Evenly spaced; the last is now. */
function momentsOf(history: readonly TimedOffset[], facts: PartitionFacts, committed: bigint, nowMs: bigint): Moment[] {
  const start = startOfSpan(history, nowMs)
  if (start === null || start >= nowMs) return []
  const past = Array.from({ length: MOMENTS }, (_, index) => {
    const timeMs = start + ((nowMs - start) * BigInt(index)) / BigInt(MOMENTS)
    return { timeMs, endOffset: facts.endAt(timeMs), committed: committedAt(history, timeMs) ?? committed }
  })
  return [...past, { timeMs: nowMs, endOffset: facts.endOffset, committed }]
}

/** Rates are those of the last ten commits, or of the last minute; since the last commit, where it has been silent for longer than those took. */
function startOfSpan(history: readonly TimedOffset[], nowMs: bigint): bigint | null {
  const [oldest, first, last] = [history[0], history.at(-WINDOW_COMMITS) ?? history[0], history.at(-1)]
  if (oldest === undefined || first === undefined || last === undefined) return null
  const isSilent = nowMs - last.timestampMs > last.timestampMs - first.timestampMs
  const wanted = isSilent && nowMs - last.timestampMs > MIN_SPAN_MS ? last.timestampMs : first.timestampMs
  const latest = nowMs - MIN_SPAN_MS
  const earliest = nowMs - MAX_SPAN_MS
  const start = wanted > latest ? latest : wanted < earliest ? earliest : wanted
  return start > oldest.timestampMs ? start : oldest.timestampMs
}

/** The commits that the verdict goes by, with what was unread at each. */
function windowOf(history: readonly TimedOffset[], facts: PartitionFacts, lag: bigint): Commit[] {
  if (lag === 0n) return []
  return history.slice(-WINDOW_COMMITS).map(({ offset, timestampMs }) => {
    const end = facts.endAt(timestampMs)
    const offsets = end > offset ? end - offset : 0n
    // Transaction markers at the end are no work.
    return { offset, timestampMs, lag: offsets > 0n && offsets <= FEW_OFFSETS ? facts.unread(offset, end).count : offsets }
  })
}

/** The group had nothing to read until its oldest unread record came; a record's time may be any, so what was seen counts as well. */
function caughtUpAt(facts: PartitionFacts, offset: bigint, timestamp: bigint | null, nowMs: bigint): bigint | null {
  const seen = facts.lastSeenEndingBy(offset)
  if (timestamp === null || timestamp > nowMs) return seen
  return seen !== null && seen > timestamp ? seen : timestamp
}

function ageSeconds(lag: bigint, timestamp: bigint | null, nowMs: bigint): number | null {
  if (lag === 0n) return 0
  return timestamp === null ? null : Math.max(0, Number(nowMs - timestamp) / 1000)
}
