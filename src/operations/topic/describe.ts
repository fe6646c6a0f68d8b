// Everything about topics: partitions with their offsets and sizes, and the settings that differ from the defaults.
import type { Cluster } from '../../client/cluster.ts'

export interface TopicDetails {
  readonly topic: string
  readonly topicId: string | null
  readonly isInternal: boolean
  /** In Kafka's text form. */
  readonly configs: Readonly<Record<string, string>>
  readonly partitions: readonly PartitionDetails[]
}

export interface PartitionDetails {
  readonly partition: number
  readonly leader: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly logStartOffset: bigint
  readonly logEndOffset: bigint
  readonly sizeInBytes: number
  readonly segments: number
}

/** @throws LeatError UNKNOWN_TOPIC_OR_PARTITION */
export function describeTopics(cluster: Cluster, names: readonly string[]): TopicDetails[] {
  return names.map((name) => {
    const { id, isInternal, configs, partitions } = cluster.describeTopic(name)
    return {
      topic: name,
      topicId: id,
      isInternal,
      configs: Object.fromEntries([...configs].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      partitions: partitions.map(({ partition, leader, replicas, isr }) => {
        const { startOffset: logStartOffset, endOffset: logEndOffset } = cluster.partitionOffsets(name, partition)
        const { sizeInBytes, segmentCount } = cluster.partitionSize(name, partition)
        return { partition, leader, replicas, isr, logStartOffset, logEndOffset, sizeInBytes, segments: segmentCount }
      }),
    }
  })
}
