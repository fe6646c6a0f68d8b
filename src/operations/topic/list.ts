// The topics of a cluster.
import type { Cluster } from '../../client/cluster.ts'

export interface TopicListing {
  readonly topic: string
  readonly topicId: string | null
  readonly partitions: number
  readonly isInternal: boolean
}

export interface ListTopicsOptions {
  /** Topics that Kafka keeps its own state in are listed too. */
  readonly withInternal: boolean
}

export function listTopics(cluster: Cluster, { withInternal }: ListTopicsOptions): TopicListing[] {
  return cluster
    .topicNames()
    .map((name) => cluster.describeTopic(name))
    .filter(({ isInternal }) => withInternal || !isInternal)
    .map(({ name, id, partitions, isInternal }) => ({ topic: name, topicId: id, partitions: partitions.length, isInternal }))
}
