// The dead-letter topics of a cluster, found by their names and by what the last records in them say.
import type { Cluster } from '../../client/cluster.ts'
import { isDeadLetterTopicName, isParkedTopicName, isRetryTopicName } from '../../dead-letters/topic-names.ts'
import { type DepthContext, topicDepth, type TopicDepth } from './depth.ts'
import { eachLetter } from './letters.ts'

/** Of each partition. */
const LOOKED_AT = 20n

export interface DeadLetterTopic extends TopicDepth {
  /** `parked`: somebody took the records out of replaying. */
  readonly kind: 'dead-letters' | 'parked'
}

export async function listDeadLetterTopics(context: DepthContext): Promise<DeadLetterTopic[]> {
  const { cluster } = context
  const found: DeadLetterTopic[] = []
  for (const topic of cluster.topicNames()) {
    if (context.signal.aborted) break
    if (cluster.describeTopic(topic).isInternal || isRetryTopicName(topic)) continue
    if (!isDeadLetterTopicName(topic) && !(await hasLetters(context, topic))) continue
    found.push({ ...(await topicDepth(context, topic)), kind: isParkedTopicName(topic) ? 'parked' : 'dead-letters' })
  }
  return found
}

/** Whether one of the last records of each partition is a dead letter. */
async function hasLetters(context: DepthContext, topic: string): Promise<boolean> {
  let isFound = false
  const take = ({ letter }: { readonly letter: unknown }): boolean => {
    isFound = letter !== null
    return !isFound
  }
  await eachLetter({ ...context, ranges: lastRecords(context.cluster, topic), isWanted: null }, take)
  return isFound
}

function lastRecords(cluster: Cluster, topic: string): { topic: string; partition: number; from: bigint; to: bigint }[] {
  return cluster.describeTopic(topic).partitions.map(({ partition }) => {
    const { startOffset, endOffset } = cluster.partitionOffsets(topic, partition)
    const from = endOffset - LOOKED_AT
    return { topic, partition, from: from > startOffset ? from : startOffset, to: endOffset }
  })
}
