// Which topics are meant: by name, or by expressions over the names there are.
import type { Cluster } from '../../client/cluster.ts'
import { LeatError } from '../../errors/leat-error.ts'
import { shortened } from '../../errors/printable.ts'
import { isInternalTopic } from '../../stream/topics/topic-name.ts'

/** Topics whose name matches one of the expressions; those of Kafka itself only where they are named in full. */
export function topicsMatching(cluster: Cluster, patterns: readonly RegExp[]): string[] {
  return cluster.topicNames().filter((name) => !isInternalTopic(name) && patterns.some((pattern) => pattern.test(name)))
}

/** As `topicsMatching`, one at least. @throws LeatError UNKNOWN_TOPIC_OR_PARTITION */
export function matchingTopics(cluster: Cluster, patterns: readonly RegExp[]): string[] {
  const matching = topicsMatching(cluster, patterns)
  if (matching.length > 0) return matching
  const names = cluster.topicNames().filter((name) => !isInternalTopic(name))
  throw new LeatError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `no topic matches ${patterns.map((pattern) => `/${shortened(pattern.source)}/`).join(', ')}`,
    {
      hint:
        names.length === 0
          ? 'There are no topics here.'
          : `The topics here: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}.`,
    },
  )
}
