// The topic that records go to: one that may be written to, made when there is none.
import type { Cluster } from '../../client/cluster.ts'
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import { checkTopicName, isInternalTopic } from '../../stream/topics/topic-name.ts'

/** @throws LeatError (usage) for a name that is none, and for Kafka's own topics */
export function checkTargetTopic(topic: string): void {
  checkTopicName(topic)
  if (!isInternalTopic(topic)) return
  throw new LeatError('INVALID_TOPIC_EXCEPTION', `'${topic}' holds the state of Kafka itself; records cannot be produced to it`, {
    hint: 'Choose another topic. `leat log dump` shows what is in this one.',
    exitCode: exitCodes.usage,
  })
}

/** Makes the topic when there is none; false when it was there, or another process made it first. */
export function ensureTopic(cluster: Cluster, topic: string, partitions: number): boolean {
  if (cluster.hasTopic(topic)) return false
  try {
    cluster.createTopic(topic, { partitions, configs: new Map() })
    return true
  } catch (error) {
    if (error instanceof LeatError && error.code === 'TOPIC_ALREADY_EXISTS') return false
    throw error
  }
}
