// Deletes the oldest records of a topic: its log then starts at an offset.
import type { Cluster } from '../../client/cluster.ts'
import { LeatError } from '../../errors/leat-error.ts'
import type { OffsetBound } from '../../grammar/offset.ts'
import { logConfig } from '../../log/topic-config.ts'
import { refuseInternal } from '../../stream/topics/topic-commands.ts'
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
  readonly logStartOffset: bigint
  readonly deletedSegments: number
}

/** @throws LeatError OFFSET_OUT_OF_RANGE, UNKNOWN_TOPIC_OR_PARTITION, INVALID_REQUEST, POLICY_VIOLATION; nothing is changed then */
export async function trimTopic(cluster: Cluster, { topic, partitions, before, isDryRun }: TrimOptions): Promise<TrimmedPartition[]> {
  checkPolicy(cluster, topic)
  const offsets = { from: before, to: null }
  const targets = resolveRanges(cluster, { topics: [topic], partitions, offsets, isFollowing: true })
  if (!isDryRun) await cluster.beginWriting()
  const trimmed: TrimmedPartition[] = []
  for (const { partition, from } of targets) {
    const request = { startOffset: from, withLimits: false }
    const { deleted, startOffset, previousStartOffset } = isDryRun
      ? cluster.planRetention(topic, partition, request)
      : await cluster.applyRetention(topic, partition, request)
    trimmed.push({ topic, partition, previousStartOffset, logStartOffset: startOffset, deletedSegments: deleted.length })
  }
  if (!isDryRun) await cluster.sync()
  return trimmed
}

/** As Kafka: a topic that is only compacted keeps the last record of each key. */
function checkPolicy(cluster: Cluster, topic: string): void {
  refuseInternal(topic, 'is not trimmed')
  if (logConfig(cluster.describeTopic(topic).configs).cleanupPolicy.has('delete')) return
  throw new LeatError('POLICY_VIOLATION', `'${topic}' is compacted and keeps the last record of every key: it is not trimmed`, {
    hint: `Allow it with \`leat topic alter ${topic} --config cleanup.policy=compact,delete\`, or take a key out with a tombstone.`,
  })
}
