// A KIP-848 consumer group: what replaying its records gives.
import type { Uuid } from '../../bytes/uuid.ts'
import { type Assignment, NO_ASSIGNMENT } from './assignment.ts'
import { type ConsumerGroupMember, isReconciledTo } from './group-member.ts'

/** `Assigning`: the group changed after the target assignment was made. `Reconciling`: a member does not have its target yet. */
export type ConsumerGroupStateName = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable'

export interface ResolvedPattern {
  /** Sorted names of the topics that match. */
  readonly topics: readonly string[]
}

/** The member that has each partition, or has still to let go of it. */
export type Owners = ReadonlyMap<Uuid, ReadonlyMap<number, string>>

/** By their text. */
export type Patterns = ReadonlyMap<string, ResolvedPattern>

export class ConsumerGroup {
  readonly type = 'Consumer'
  readonly groupId: string
  /** Counts the changes of members, of their subscriptions, and of the topics that they are subscribed to. */
  groupEpoch = 0
  /** When the group epoch was raised last, ms; -1n: not known. */
  changedMs = -1n
  /** Of the topics that the target assignment was made for: another hash is another set of partitions. */
  metadataHash = 0n
  /** The group epoch that the target assignment was made for. */
  assignmentEpoch = 0
  /** Kafka 4.0 kept the topics in a record where later versions keep their hash; it goes when the group is written to. */
  hasPartitionMetadataRecord = false
  readonly #members = new Map<string, ConsumerGroupMember>()
  readonly #memberIdByInstance = new Map<string, string>()
  readonly #targets = new Map<string, Assignment>()
  readonly #patterns = new Map<string, ResolvedPattern>()

  constructor(groupId: string) {
    this.groupId = groupId
  }

  get members(): ReadonlyMap<string, ConsumerGroupMember> {
    return this.#members
  }

  /** Regular expressions that members are subscribed to, with the topics that they stand for. */
  get patterns(): Patterns {
    return this.#patterns
  }

  /** What each member shall have, by member id. */
  get targets(): ReadonlyMap<string, Assignment> {
    return this.#targets
  }

  target(memberId: string): Assignment {
    return this.#targets.get(memberId) ?? NO_ASSIGNMENT
  }

  staticMember(instanceId: string): ConsumerGroupMember | undefined {
    const memberId = this.#memberIdByInstance.get(instanceId)
    return memberId === undefined ? undefined : this.#members.get(memberId)
  }

  get state(): ConsumerGroupStateName {
    if (this.#members.size === 0) return 'Empty'
    if (this.groupEpoch > this.assignmentEpoch) return 'Assigning'
    for (const member of this.#members.values()) if (!isReconciledTo(member, this.assignmentEpoch)) return 'Reconciling'
    return 'Stable'
  }

  owners(): Owners {
    const owners = new Map<Uuid, Map<number, string>>()
    for (const member of this.#members.values())
      for (const [topicId, partitions] of [...member.assignedPartitions, ...member.partitionsPendingRevocation]) {
        const ofTopic = owners.get(topicId) ?? new Map<number, string>()
        owners.set(topicId, ofTopic)
        for (const partition of partitions.keys()) ofTopic.set(partition, member.memberId)
      }
    return owners
  }

  isSubscribedTo(topic: string): boolean {
    for (const member of this.#members.values()) if (topicNamesOf(member, this.#patterns).has(topic)) return true
    return false
  }

  replayMember(member: ConsumerGroupMember): void {
    this.#members.set(member.memberId, member)
    if (member.instanceId !== null) this.#memberIdByInstance.set(member.instanceId, member.memberId)
  }

  replayMemberRemoval(memberId: string): void {
    const instanceId = this.#members.get(memberId)?.instanceId ?? null
    this.#members.delete(memberId)
    if (instanceId !== null && this.#memberIdByInstance.get(instanceId) === memberId) this.#memberIdByInstance.delete(instanceId)
  }

  replayTarget(memberId: string, target: Assignment | null): void {
    if (target === null) this.#targets.delete(memberId)
    else this.#targets.set(memberId, target)
  }

  replayPattern(pattern: string, resolved: ResolvedPattern | null): void {
    if (resolved === null) this.#patterns.delete(pattern)
    else this.#patterns.set(pattern, resolved)
  }
}

/** Names that the member is subscribed to, whether or not there are such topics. */
export function topicNamesOf({ subscribedTopicNames, subscribedTopicRegex }: ConsumerGroupMember, patterns: Patterns): ReadonlySet<string> {
  const matched = subscribedTopicRegex === null ? undefined : patterns.get(subscribedTopicRegex)?.topics
  return new Set(matched === undefined ? subscribedTopicNames : [...subscribedTopicNames, ...matched])
}
