// The one interface to consumer groups, after Kafka's requests (KIP-848, KIP-394 and older): a directory in this process answers, and later a
// broker. Topics go by their names here; whoever speaks in topic ids (KIP-516) translates.
import type { TopicPartition } from '../record/topic-partition.ts'

export interface OffsetAndMetadata extends TopicPartition {
  /** Of the next record to read. */
  readonly offset: bigint
  /** Of the record before it; -1: not known. */
  readonly leaderEpoch: number
  readonly metadata: string
}

export interface CommittedOffset extends OffsetAndMetadata {
  /** When it was committed, ms; null where that is not known. */
  readonly commitTimestampMs: bigint | null
}

/** What a member says of itself. */
export interface MemberOptions {
  readonly groupId: string
  /** Chosen by the member, as it joins for the first time. */
  readonly memberId: string
  /** Of a static member (KIP-345): whoever joins with it within its session gets the same partitions back. */
  readonly instanceId: string | null
  readonly clientId: string
  readonly topics: readonly string[]
  /** A regular expression; names that match are subscribed to as well. */
  readonly topicPattern: string | null
  /** null: as the group has it. */
  readonly assignor: string | null
  /** How long it may take to let go of partitions. */
  readonly rebalanceTimeoutMs: number
  /** How long it may be silent; a broker has a setting of its own for that. */
  readonly sessionTimeoutMs: number
}

/** As Kafka has it (group.consumer.session.timeout.ms). */
export const DEFAULT_SESSION_TIMEOUT_MS = 45_000

/** Member epochs with a meaning of their own. */
export const JOIN_EPOCH = 0
export const LEAVE_EPOCH = -1
/** A static member leaves, and will be back within its session timeout. */
export const STATIC_LEAVE_EPOCH = -2

export interface HeartbeatResponse {
  readonly memberEpoch: number
  /** When the member has to be heard of again at the latest. */
  readonly heartbeatIntervalMs: number
  /** What it shall have now: it lets go of everything else, and says so, before it gets more. */
  readonly assigned: readonly TopicPartition[]
  /** Whether that is all there is for it as the group is now: nobody has to let go of something for it first. */
  readonly isSettled: boolean
}

export interface OffsetCommit {
  readonly groupId: string
  /** null: from outside, which only a group without members takes. */
  readonly member: { readonly memberId: string; readonly memberEpoch: number; readonly instanceId: string | null } | null
  readonly offsets: readonly OffsetAndMetadata[]
}

export type GroupType = 'Classic' | 'Consumer' | 'Share' | 'Streams'

export interface GroupListing {
  readonly groupId: string
  readonly type: GroupType
  /** `consumer` for groups of consumers, empty where only offsets are known. */
  readonly protocolType: string
  readonly state: string
}

export interface GroupDescription extends GroupListing {
  /** Name of the assignor; empty where there is none. */
  readonly assignor: string
  /** Kafka's generation in a classic group. */
  readonly groupEpoch: number
  /** The partition of `__consumer_offsets` that has the group. */
  readonly coordinatorPartition: number
  readonly members: readonly MemberDescription[]
}

export interface MemberDescription {
  readonly memberId: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly host: string
  /** null in a classic group. */
  readonly memberEpoch: number | null
  readonly assigned: readonly TopicPartition[]
  /** What it shall have; null in a classic group. */
  readonly target: readonly TopicPartition[] | null
}

export interface Groups {
  /**
   * Joins (epoch 0), lives on, or leaves (epoch -1, -2).
   * @param owned what the member has at the moment
   * @throws LeatError UNKNOWN_MEMBER_ID, FENCED_MEMBER_EPOCH: the member has lost its partitions and has to join again;
   * UNRELEASED_INSTANCE_ID, UNSUPPORTED_ASSIGNOR, INVALID_REGULAR_EXPRESSION, GROUP_ID_NOT_FOUND
   */
  heartbeat(member: MemberOptions, memberEpoch: number, owned: readonly TopicPartition[]): Promise<HeartbeatResponse>
  /** Calls `changed` soon after something happened that the members of a group have to know. Needs `beginWriting`. */
  watch(groupId: string, changed: () => void): { close(): void }
  /**
   * What a member commits of a topic that is gone by now counts for nothing.
   * @throws LeatError UNKNOWN_TOPIC_OR_PARTITION from outside, UNKNOWN_MEMBER_ID (also from outside, of a group with members), STALE_MEMBER_EPOCH, OFFSET_METADATA_TOO_LARGE
   */
  commitOffsets(commit: OffsetCommit): Promise<void>
  /** All that the group has committed, by topic and partition; empty for a group that is not known. What it committed of a topic that was made anew since does not count. */
  fetchOffsets(groupId: string): Promise<CommittedOffset[]>
  /** Names of the topics that its members are subscribed to, as far as there are such; null where there is no such group. */
  subscribedTopics(groupId: string): Promise<readonly string[] | null>
  /** Whether anybody is in the group who may commit. */
  hasMembers(groupId: string): Promise<boolean>
  /** Of all groups, sorted. */
  ids(): Promise<string[]>
  /** By id. */
  list(): Promise<GroupListing[]>
  /** @throws LeatError GROUP_ID_NOT_FOUND */
  describe(groupId: string): Promise<GroupDescription>
  /** With all its offsets. @throws LeatError GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP */
  delete(groupId: string): Promise<void>
  /** @throws LeatError GROUP_ID_NOT_FOUND, GROUP_SUBSCRIBED_TO_TOPIC */
  deleteOffsets(groupId: string, partitions: readonly TopicPartition[]): Promise<void>
}
