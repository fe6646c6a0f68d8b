// Which topics the members of a group are subscribed to, by name and by pattern (KIP-848).
import { crc32c } from '../../bytes/crc32c.ts'
import { murmur2 } from '../../bytes/murmur2.ts'
import type { CoordinatorRecord } from '../coordinator.ts'
import { isInternalTopic } from '../topics/topic-name.ts'
import { compareText, isSameSet } from './compare-text.ts'
import type { ConsumerGroup, Patterns } from './consumer-group.ts'
import type { ConsumerGroupMember } from './group-member.ts'
import { patternDeletion, patternRecord } from './group-records.ts'
import type { GroupTopic, GroupTopics } from './requests.ts'
import { topicPattern } from './topic-pattern.ts'

/** Members, and what their patterns stand for, as they will be when a command's records are replayed. */
export interface Subscriptions {
  readonly members: ReadonlyMap<string, ConsumerGroupMember>
  readonly patterns: Patterns
}

/** What the patterns stand for now; patterns that nobody uses are left out. */
export function subscriptionsOf(members: ReadonlyMap<string, ConsumerGroupMember>, topics: GroupTopics): Subscriptions {
  const used = new Set<string>()
  for (const { subscribedTopicRegex } of members.values()) if (subscribedTopicRegex) used.add(subscribedTopicRegex)
  return { members, patterns: new Map([...used].map((pattern) => [pattern, { topics: matching(pattern, topics) }])) }
}

/** Kafka's own topics are for those only who name them: a group that reads its own commits would never come to an end. */
function matching(pattern: string, topics: GroupTopics): string[] {
  const matches = topicPattern(pattern)
  const names = [...topics.topics].map(({ name }) => name)
  return names.filter((name) => !isInternalTopic(name) && matches(name)).toSorted(compareText)
}

/** The records that take a group's patterns to what they stand for now. */
export function patternRecords(group: ConsumerGroup, { patterns }: Subscriptions, nowMs: bigint): CoordinatorRecord[] {
  const gone = [...group.patterns.keys()].filter((pattern) => !patterns.has(pattern))
  const changed = [...patterns].filter(([pattern, { topics }]) => {
    const before = group.patterns.get(pattern)?.topics
    return before === undefined || !isSameSet(before, topics)
  })
  return [
    ...gone.map((pattern) => patternDeletion(group.groupId, pattern)),
    ...changed.map(([pattern, { topics }]) => patternRecord(group.groupId, pattern, topics, nowMs)),
  ]
}

/** Those that there are, of all members, by name. */
export function subscribedTopics({ members, patterns }: Subscriptions, topics: GroupTopics): GroupTopic[] {
  const names = new Set<string>()
  for (const { subscribedTopicNames } of members.values()) for (const name of subscribedTopicNames) names.add(name)
  for (const { topics: matched } of patterns.values()) for (const name of matched) names.add(name)
  return [...names].toSorted(compareText).flatMap((name) => topics.topic(name) ?? [])
}

/**
 * Says whether the topics are still those that an assignment was made for: their ids, names and numbers of partitions. 0n for none.
 * Kafka's own hash of them is another one; who takes over a group finds it changed once, and makes one more assignment.
 */
export function metadataHash(topics: readonly GroupTopic[]): bigint {
  if (topics.length === 0) return 0n
  const text = Buffer.from(topics.map(({ id, name, partitions }) => `${id} ${name} ${partitions.size}\n`).join(''))
  return (BigInt(murmur2(text, 0, text.length)) << 32n) | BigInt(crc32c(text))
}
