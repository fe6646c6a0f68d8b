// Whether more waits in dead-letter topics than should.
import { printable } from '../../errors/printable.ts'
import { type DepthContext, topicDepth, type TopicDepth } from './depth.ts'

/** null: no limit. */
export interface DepthLimits {
  readonly maxDepth: number | null
  readonly maxPerHour: number | null
  readonly maxAgeMs: number | null
}

export interface WatchedTopic extends TopicDepth {
  /** The limits that it is over, each as a sentence. */
  readonly problems: readonly string[]
}

export async function watchedTopics(context: DepthContext, topics: readonly string[], limits: DepthLimits): Promise<WatchedTopic[]> {
  const watched: WatchedTopic[] = []
  for (const topic of topics) {
    const depth = await topicDepth(context, topic)
    watched.push({ ...depth, problems: problemsOf(depth, limits) })
  }
  return watched
}

export function problemsOf({ topic, depth, arrivalsLastHour, oldestAgeMs }: TopicDepth, limits: DepthLimits): string[] {
  const { maxDepth, maxPerHour, maxAgeMs } = limits
  const name = printable(topic)
  return [
    ...(maxDepth !== null && depth > maxDepth ? [`${depth} letters wait in '${name}', more than --max-depth ${maxDepth}`] : []),
    ...(maxPerHour !== null && arrivalsLastHour > maxPerHour
      ? [`${arrivalsLastHour} letters in '${name}' failed within the last hour, more than --max-per-hour ${maxPerHour}`]
      : []),
    ...(maxAgeMs !== null && oldestAgeMs !== null && oldestAgeMs > maxAgeMs
      ? [`the oldest letter in '${name}' failed ${Math.floor(oldestAgeMs / 1000)} s ago, longer than --max-age ${maxAgeMs / 1000}s`]
      : []),
  ]
}
