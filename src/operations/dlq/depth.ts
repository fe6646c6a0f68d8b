// What waits in a dead-letter topic: the records that its replay group is not done with, or all of them where there is no such group.
import type { Cluster, Damage } from '../../client/cluster.ts'
import type { Clock } from '../../system/system.ts'
import type { PartitionRange } from '../consume/ranges.ts'
import { DoneOffsets } from './done-offsets.ts'
import { Histogram } from './histogram.ts'
import { eachLetter, type Letter } from './letters.ts'
import { reasonOf } from './select.ts'
import { replayGroup } from './work-left.ts'

const HOUR_MS = 3_600_000n
const MAX_REASONS = 10_000

export interface DepthContext {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly onDamage: (damage: Damage) => void
  readonly signal: AbortSignal
}

export interface TopReason {
  readonly errorType: string | null
  readonly shape: string | null
  readonly count: number
}

export interface TopicDepth {
  readonly topic: string
  /** Records that wait. */
  readonly depth: number
  /** The group that replays them; null where nothing was replayed yet, and all records count. */
  readonly replayGroup: string | null
  /** Of those that wait: failed within the hour. */
  readonly arrivalsLastHour: number
  /** Since the oldest of them failed; null where none waits or none says when. */
  readonly oldestAgeMs: number | null
  readonly topReason: TopReason | null
  /** Topics that the records came from at first, sorted. */
  readonly sources: readonly string[]
}

export async function topicDepth(context: DepthContext, topic: string): Promise<TopicDepth> {
  const { ranges, group, done } = await waiting(context.cluster, topic)
  const now = context.clock.now()
  const sources = new Histogram<string>(MAX_REASONS)
  const reasons = new Histogram<Omit<TopReason, 'count'>>(MAX_REASONS)
  let depth = 0
  let arrivalsLastHour = 0
  let oldest: bigint | null = null
  const take = (letter: Letter): boolean => {
    if (done.get(letter.partition)?.has(letter.offset) === true) return true
    const { source, errorType, shape, failedAt } = reasonOf(letter)
    depth++
    if (failedAt > now - HOUR_MS) arrivalsLastHour++
    // A time of -1 says that there is none.
    if (failedAt >= 0n && (oldest === null || failedAt < oldest)) oldest = failedAt
    if (source !== null) sources.add(source, () => source)
    if (letter.letter !== null) reasons.add(JSON.stringify([errorType, shape]), () => ({ errorType, shape }))
    return true
  }
  await eachLetter({ ...context, ranges, isWanted: null }, take)
  const [top] = reasons.rows()
  return {
    topic,
    depth,
    replayGroup: group,
    arrivalsLastHour,
    oldestAgeMs: oldest === null ? null : Math.max(0, Number(now - oldest)),
    topReason: top === undefined ? null : { ...top.item, count: top.count },
    sources: sources
      .rows()
      .map(({ item }) => item)
      .toSorted(),
  }
}

interface Waiting {
  readonly ranges: readonly PartitionRange[]
  readonly group: string | null
  /** By partition. */
  readonly done: ReadonlyMap<number, DoneOffsets>
}

/** What the topic's replay group is not done with. */
export async function waiting(cluster: Cluster, topic: string): Promise<Waiting> {
  const group = replayGroup(topic)
  const committed = (await cluster.groups.fetchOffsets(group)).filter((offset) => offset.topic === topic)
  const done = new Map(
    committed
      // A topic that ends before was made anew since.
      .filter(({ partition, offset }) => offset <= cluster.partitionOffsets(topic, partition).endOffset)
      .map(({ partition, offset, metadata }) => [partition, DoneOffsets.read(offset, metadata) ?? new DoneOffsets(offset)]),
  )
  const ranges = cluster.describeTopic(topic).partitions.map(({ partition }) => {
    const { startOffset, endOffset } = cluster.partitionOffsets(topic, partition)
    const from = done.get(partition)?.committed ?? startOffset
    return { topic, partition, from: from > startOffset ? from : startOffset, to: endOffset }
  })
  return { ranges, group: committed.length === 0 ? null : group, done }
}
