// Deletes the oldest records of a topic: its log then starts at an offset.
import type { Cluster } from '../../client/cluster.ts'
import type { OffsetBound } from '../../grammar/offset.ts'
import { resolveRanges } from '../consume/ranges.ts'

export interface TrimOptions {
  readonly topic: string
  /** null: all. */
  readonly partitions: readonly number[] | null
  /** The first record that stays. */
  readonly before: OffsetBound
  readonly isDryRun: boolean
}

export interface TrimmedPartition {
  readonly topic: string
  readonly partition: number
  readonly previousStartOffset: bigint
  readonly startOffset: bigint
  readonly deletedSegments: number
}

/** @throws LeatError OFFSET_OUT_OF_RANGE, UNKNOWN_TOPIC_OR_PARTITION; nothing is changed then */
export async function trimTopic(cluster: Cluster, { topic, partitions, before, isDryRun }: TrimOptions): Promise<TrimmedPartition[]> {
  const offsets = { from: before, to: null }
  const targets = resolveRanges(cluster, { topics: [topic], partitions, offsets, isFollowing: true })
  if (!isDryRun) await cluster.beginWriting()
  const trimmed: TrimmedPartition[] = []
  for (const { partition, from } of targets) {
    const request = { startOffset: from, withLimits: false }
    const { deleted, startOffset, previousStartOffset } = isDryRun
      ? cluster.planRetention(topic, partition, request)
      : await cluster.applyRetention(topic, partition, request)
    trimmed.push({ topic, partition, previousStartOffset, startOffset, deletedSegments: deleted.length })
  }
  if (!isDryRun) await cluster.sync()
  return trimmed
}
