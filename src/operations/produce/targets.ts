// The topics that records go to: which there may be, and the making of those that are not there yet.
import type { Cluster } from '../../client/cluster.ts'
import { DEAD_LETTER_SUFFIX } from '../../dead-letters/topic-names.ts'
import { counted } from '../../errors/counted.ts'
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import { checkTopicName, isInternalTopic, topicNameProblem } from '../../stream/topics/topic-name.ts'
import { unknownPartition } from '../../stream/topics/unknown-partition.ts'

/** What is asked of a cluster before records go to it. */
export type TargetTopics = Pick<Cluster, 'hasTopic' | 'checkNewTopic' | 'createTopic' | 'openAppender'> & {
  describeTopic(name: string): { readonly partitions: readonly { readonly partition: number }[] }
}

export interface TargetOptions {
  readonly cluster: TargetTopics
  /** -1 lets the key decide. */
  readonly partition: number
  /** Partitions of a topic that is made on first use. */
  readonly createPartitions: number
}

/** Looks before anything is made. @throws LeatError where records cannot be produced to the topic */
export function checkTarget(topic: string, { cluster, partition, createPartitions }: TargetOptions): void {
  checkTopicName(topic)
  if (isInternalTopic(topic))
    throw new LeatError('INVALID_TOPIC_EXCEPTION', `'${topic}' holds the state of Kafka itself; records cannot be produced to it`, {
      hint: 'Choose another topic. `leat log dump` shows what is in this one.',
      exitCode: exitCodes.usage,
    })
  const isThere = cluster.hasTopic(topic)
  if (!isThere) cluster.checkNewTopic(topic, createPartitions)
  if (partition < 0) return
  if (isThere) {
    const partitions = cluster.describeTopic(topic).partitions.map((one) => one.partition)
    if (!partitions.includes(partition)) throw unknownPartition(topic, partition, partitions)
  } else if (partition >= createPartitions) {
    const what = `'${topic}' would be made with ${counted(createPartitions, 'partition')}, so there is no partition ${partition}`
    throw new LeatError('UNKNOWN_TOPIC_OR_PARTITION', what, { hint: `Give --create-partitions ${partition + 1}, or another --partition.` })
  }
}

/** Makes the topic when there is none; false when it was there, or another process made it first. */
export function ensureTarget(topic: string, { cluster, createPartitions }: TargetOptions): boolean {
  if (cluster.hasTopic(topic)) return false
  try {
    cluster.createTopic(topic, { partitions: createPartitions, configs: new Map() })
    return true
  } catch (error) {
    if (error instanceof LeatError && error.code === 'TOPIC_ALREADY_EXISTS') return false
    throw error
  }
}

/** A record that names no topic, or none that there can be, goes to those of leat itself. */
export function deadLetterTopic(topic: string | null): string {
  return `${topic === null || topicNameProblem(topic) !== null ? 'leat' : topic}${DEAD_LETTER_SUFFIX}`
}
