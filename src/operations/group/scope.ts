// Topics and partitions as `--topic` and `group seek` name them: `orders`, `orders:0,2,5-7`.
import type { Cluster } from '../../client/cluster.ts'
import { requirePartitions } from '../../grammar/values.ts'
import type { TopicPartition } from '../../record/topic-partition.ts'
import { unknownPartition } from '../../stream/topics/unknown-partition.ts'

export interface TopicScope {
  readonly topic: string
  /** null: all. */
  readonly partitions: readonly number[] | null
}

/** @param flag for the message. @throws LeatError (usage) */
export function parseTopicScope(flag: string, text: string): TopicScope {
  // Names of topics have no colon.
  const colon = text.indexOf(':')
  if (colon < 0) return { topic: text, partitions: null }
  return { topic: text.slice(0, colon), partitions: requirePartitions(flag, text.slice(colon + 1), `${flag} ${text.slice(0, colon + 1)}`) }
}

/** @throws LeatError UNKNOWN_TOPIC_OR_PARTITION */
export function partitionsOf(cluster: Cluster, { topic, partitions }: TopicScope): TopicPartition[] {
  const known = cluster.describeTopic(topic).partitions.map(({ partition }) => partition)
  const unknown = partitions?.find((partition) => !known.includes(partition))
  if (unknown !== undefined) throw unknownPartition(topic, unknown, known)
  return (partitions ?? known).map((partition) => ({ topic, partition }))
}
