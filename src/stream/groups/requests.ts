// What group commands are asked and what they answer. Field names and sentinel values are those of Kafka's requests, so that a broker's
// handler hands them on as they are.
import type { LeatError } from '../../errors/leat-error.ts'
import type { Uuid } from '../../bytes/uuid.ts'
import type { TopicPartitions } from './assignment.ts'
import type { ConsumerGroupMember } from './group-member.ts'

export interface GroupTopic {
  readonly name: string
  readonly id: Uuid
  readonly partitions: { readonly size: number }
}

/** The topics that there are; `MetadataImage` of stream/topics is one. */
export interface GroupTopics {
  topic(name: string): GroupTopic | undefined
  topicById(id: Uuid): GroupTopic | undefined
  readonly topics: Iterable<GroupTopic>
}

/** Configuration of the coordinator, with Kafka's defaults. */
export interface GroupConfig {
  /** `group.consumer.session.timeout.ms`: a member that is silent for longer is fenced. */
  readonly sessionTimeoutMs: number
  /** `group.consumer.heartbeat.interval.ms`: what members are told. */
  readonly heartbeatIntervalMs: number
  /** `group.consumer.max.size` */
  readonly maxSize: number
  /** `offset.metadata.max.bytes`, which Kafka holds against characters. */
  readonly offsetMetadataMaxLength: number
  /** `offsets.retention.minutes`, in milliseconds. */
  readonly offsetsRetentionMs: bigint
  /** Groups whose offsets are kept however old they are. */
  readonly isKept: (groupId: string) => boolean
}

export const DEFAULT_GROUP_CONFIG: GroupConfig = {
  sessionTimeoutMs: 45_000,
  heartbeatIntervalMs: 5_000,
  maxSize: 0x7fff_ffff,
  offsetMetadataMaxLength: 4_096,
  offsetsRetentionMs: 7n * 24n * 3_600_000n,
  // leat's own, which remember what is done of a dead-letter topic.
  isKept: (groupId) => groupId.startsWith('leat.'),
}

export interface GroupContext {
  /** Milliseconds since the epoch. */
  readonly nowMs: bigint
  readonly topics: GroupTopics
  readonly config: GroupConfig
}

/** ConsumerGroupHeartbeat. What did not change since the last one may be left out, as null or -1; a join (epoch 0) says everything. */
export interface ConsumerGroupHeartbeatRequest {
  readonly groupId: string
  /** Made by the member (a random UUID), and the same for as long as it lives. */
  readonly memberId: string
  /** 0 to join (again), -1 to leave, -2 for a static member that will be back; else what the last response said. */
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly rackId: string | null
  /** How long the member may take to let go of partitions; -1: as before. */
  readonly rebalanceTimeoutMs: number
  readonly subscribedTopicNames: readonly string[] | null
  /** Matches whole names; '' for none any more. */
  readonly subscribedTopicRegex: string | null
  /** `uniform`, `range`, `round-robin` or `sticky`; null: as before, or the group's. */
  readonly serverAssignor: string | null
  /** All partitions that the member has in its hands, null: as before. Empty when it joins. */
  readonly topicPartitions: readonly TopicPartitions[] | null
  readonly clientId: string
  readonly clientHost: string
}

export interface ConsumerGroupHeartbeatResponse {
  readonly memberId: string
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  /**
   * All partitions that the member may have: it lets go of others and then says so with a heartbeat. null: as it was. A partition comes
   * into it only once nobody else has it.
   */
  readonly assignment: readonly TopicPartitions[] | null
}

/** A refusal of one partition, or null where it went well. */
export interface PartitionResult {
  readonly topic: string
  readonly partition: number
  readonly error: LeatError | null
}

export interface OffsetToCommit {
  readonly topic: string
  /** Of the topic that the offset is of: another one may have its name later. `ZERO_UUID`: not known. */
  readonly topicId: Uuid
  readonly partition: number
  readonly offset: bigint
  /** -1: not known. */
  readonly leaderEpoch: number
  readonly metadata: string
}

export interface OffsetCommitRequest {
  readonly groupId: string
  /** '' from a client that is not a member. */
  readonly memberId: string
  /** Member epoch, or generation of a classic group; -1 from a client that is not a member. */
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly offsets: readonly OffsetToCommit[]
}

export interface OffsetFetchRequest {
  readonly groupId: string
  /** null and -1 from a client that is not a member. */
  readonly memberId: string | null
  readonly memberEpoch: number
  /** null: all that the group has committed. */
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[] | null
  /** Refuses partitions with an offset of a transaction that is still open (KIP-447). */
  readonly requireStable: boolean
}

export interface FetchedOffset extends OffsetToCommit, PartitionResult {
  /** Milliseconds since the epoch; -1n: nothing was committed. Kafka's response has no place for it. */
  readonly commitTimestamp: bigint
  /** -1n: nothing was committed. */
  readonly offset: bigint
}

/** Who is alive is not in the log: a broker counts the time since the last heartbeat, a directory without one looks at lock files. */
export interface MemberLiveness {
  /** Why the member has to go, or null where it may stay. */
  verdict(groupId: string, member: ConsumerGroupMember): FenceReason | null
}

/** `session`: nothing was heard of it. `rebalance`: it did not let go of partitions in time. */
export type FenceReason = 'session' | 'rebalance'

export interface FencedMember {
  readonly groupId: string
  readonly memberId: string
  readonly reason: FenceReason
}
