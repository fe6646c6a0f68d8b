// Which topics are meant: by name, or by expressions over the names there are.
import type { Cluster } from '../../client/cluster.ts'
import { LeatError } from '../../errors/leat-error.ts'
import { isInternalTopic } from '../../stream/topics/topic-name.ts'

/** Topics whose name matches one of the expressions; those of Kafka itself only where they are named in full. */
export function matchingTopics(cluster: Cluster, patterns: readonly RegExp[]): string[] {
  const names = cluster.topicNames()
  const matching = names.filter((name) => !isInternalTopic(name) && patterns.some((pattern) => pattern.test(name)))
  if (matching.length > 0) return matching
  throw new LeatError('UNKNOWN_TOPIC_OR_PARTITION', `no topic matches ${patterns.map((pattern) => `/${pattern.source}/`).join(', ')}`, {
    hint:
      names.length === 0
        ? 'There are no topics here.'
        : `The topics here: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}.`,
  })
}
