// The dead-letter topics of a cluster, found by their names and by what the last records in them say.
import type { Cluster } from '../../client/cluster.ts'
import { isWhole } from '../../dead-letters/dead-letter.ts'
import { isDeadLetterTopicName, isParkedTopicName, isRetryTopicName } from '../../dead-letters/topic-names.ts'
import { type DepthContext, topicDepth, type TopicDepth } from './depth.ts'
import { eachLetter, type Letter } from './letters.ts'

/** Of each partition. */
const LOOKED_AT = 20n

export interface DeadLetterTopic extends TopicDepth {
  /** `parked`: somebody took the records out of replaying. */
  readonly kind: 'dead-letters' | 'parked'
}

export async function listDeadLetterTopics(context: DepthContext): Promise<DeadLetterTopic[]> {
  const found: DeadLetterTopic[] = []
  for (const topic of await findDeadLetterTopics(context))
    found.push({ ...(await topicDepth(context, topic)), kind: isParkedTopicName(topic) ? 'parked' : 'dead-letters' })
  return found
}

/** By name, those of what was parked among them. */
export async function findDeadLetterTopics(context: DepthContext): Promise<string[]> {
  const { cluster, signal } = context
  const found: string[] = []
  for (const topic of cluster.topicNames()) {
    if (signal.aborted) break
    if (cluster.describeTopic(topic).isInternal || isRetryTopicName(topic)) continue
    if (isDeadLetterTopicName(topic) || (await hasLetters(context, topic))) found.push(topic)
  }
  return found
}

/**
 * Whether most of the last records are whole dead letters: a stray header in a topic of something else makes none, nor does a record that
 * somebody put back with its failure headers.
 */
async function hasLetters(context: DepthContext, topic: string): Promise<boolean> {
  let records = 0
  let letters = 0
  const take = ({ letter }: Letter): boolean => {
    records++
    if (letter?.failures.some(isWhole) === true) letters++
    return true
  }
  await eachLetter({ ...context, ranges: lastRecords(context.cluster, topic), isWanted: null }, take)
  return letters > 0 && 2 * letters >= records
}

function lastRecords(cluster: Cluster, topic: string): { topic: string; partition: number; from: bigint; to: bigint }[] {
  return cluster.describeTopic(topic).partitions.map(({ partition }) => {
    const { startOffset, endOffset } = cluster.partitionOffsets(topic, partition)
    const from = endOffset - LOOKED_AT
    return { topic, partition, from: from > startOffset ? from : startOffset, to: endOffset }
  })
}
