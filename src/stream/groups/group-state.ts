// What one partition of `__consumer_offsets` says: groups, their members and assignments, committed offsets. It is what replaying the
// partition's records gives, and nothing else changes it.
//
//   heartbeat.ts        join, stay, leave: consumerGroupHeartbeat (KIP-848, static members KIP-345)
//   expire-members.ts   fences members that are dead or too slow, as a MemberLiveness tells (liveness.ts has the one with timers)
//   offset-commits.ts   commitOffsets, commitTransactionalOffsets (KIP-447)      offset-reads.ts   fetchOffsets
//   deletions.ts        deleteOffsets, deleteGroup, deleteExpiredOffsets, deleteOffsetsOf{Topic,GoneTopics}
//   descriptions.ts     listGroups, describeGroup                                 partition-for.ts   which partition a group is in
//
// Every command is a pure function of (state, request, context) and gives { records, response }, or throws a LeatError with Kafka's code.
// The caller appends the records as one batch (transactional commits: as a batch of that producer), replays them here, and then the
// response holds. Who runs commands must have replayed the partition to its end, and nobody else may append in between.
//
// How a rebalance goes (KIP-848). Three epochs move after each other, and each is in records:
//
//   group epoch        raised when members, subscriptions or topics change
//   assignment epoch   follows at the next heartbeat of any member: an assignor makes the target assignment for the whole group
//   member epoch       each member's own heartbeats take it there: first it lets go of what is not in its target (UNREVOKED_PARTITIONS, it
//                      keeps its epoch until it says so), then it gets what nobody has any more (UNRELEASED_PARTITIONS while it waits)
//
// So no partition is ever in the hands of two members, and members that keep what they have never stop. What is not in records is who
// is alive: see MemberLiveness.
import { ZERO_UUID } from '../../bytes/uuid.ts'
import { decodeGroupRecord } from '../../record/internal/group-records.ts'
import type { CoordinatorRecord, CoordinatorState } from '../coordinator.ts'
import { assignmentOf } from './assignment.ts'
import { ClassicGroup } from './classic-group.ts'
import { CommittedOffsets } from './committed-offsets.ts'
import { ConsumerGroup } from './consumer-group.ts'
import { newMember, withCurrentAssignment, withMetadata, withoutAssignment } from './group-member.ts'
import { OtherGroup } from './other-group.ts'

export type Group = ConsumerGroup | ClassicGroup | OtherGroup

type GroupRecord = NonNullable<ReturnType<typeof decodeGroupRecord>>
type OffsetRecord = Extract<GroupRecord, { type: 'OFFSET_COMMIT' | 'LEGACY_OFFSET_COMMIT' }>
type ConsumerGroupRecord = Extract<GroupRecord, { type: `CONSUMER_GROUP_${string}` }>
type OtherGroupRecord = Exclude<GroupRecord, OffsetRecord | ConsumerGroupRecord | { type: 'GROUP_METADATA' }>

export class GroupState implements CoordinatorState {
  readonly #groups = new Map<string, Group>()
  readonly offsets = new CommittedOffsets()

  /** A group that only has committed offsets counts as a classic one without members ("simple" in Kafka) and goes with its last offset. */
  group(groupId: string): Group | undefined {
    return this.#groups.get(groupId) ?? (this.offsets.has(groupId) ? new ClassicGroup(groupId, null) : undefined)
  }

  /** In the order of their ids. */
  get groups(): Group[] {
    const ids = new Set([...this.#groups.keys(), ...this.offsets.groupIds])
    return [...ids].toSorted().flatMap((groupId) => this.group(groupId) ?? [])
  }

  /** Those that have members to look after, in no order. */
  get consumerGroups(): Iterable<ConsumerGroup> {
    return this.#groups.values().filter((group) => group.type === 'Consumer')
  }

  /** Kinds that a newer Kafka wrote are passed over. @throws TruncatedInput, MalformedInput for known ones whose bytes are wrong */
  replay({ key, value }: CoordinatorRecord, offset: bigint, producerId: bigint, timestampMs = -1n): void {
    const record = decodeGroupRecord(key, value)
    if (record === null) return
    if (record.type === 'OFFSET_COMMIT' || record.type === 'LEGACY_OFFSET_COMMIT') this.#replayOffset(record, offset, producerId)
    else if (record.type === 'GROUP_METADATA') this.#replayClassicGroup(record)
    else if (isConsumerGroupRecord(record)) this.#replayConsumerGroup(record, timestampMs)
    else this.#replayOtherGroup(record)
  }

  replayEndTransactionMarker(producerId: bigint, isCommitted: boolean): void {
    this.offsets.replayEndTransactionMarker(producerId, isCommitted)
  }

  #replayOffset(record: OffsetRecord, recordOffset: bigint, producerId: bigint): void {
    const { group, topic, partition } = record.key
    if (record.value === null) this.offsets.replayDeletion(group, topic, partition)
    else {
      const { offset, metadata, commitTimestamp } = record.value
      const leaderEpoch = 'leaderEpoch' in record.value ? record.value.leaderEpoch : -1
      const topicId = 'topicId' in record.value ? record.value.topicId : ZERO_UUID
      const expireTimestamp = 'expireTimestamp' in record.value ? record.value.expireTimestamp : -1n
      const committed = { offset, leaderEpoch, metadata, topicId, commitTimestamp, expireTimestamp, recordOffset }
      this.offsets.replayCommit(group, topic, partition, committed, producerId)
    }
  }

  #replayClassicGroup({ key, value }: Extract<GroupRecord, { type: 'GROUP_METADATA' }>): void {
    if (value !== null) this.#groups.set(key.group, new ClassicGroup(key.group, value))
    else if (this.#groups.get(key.group)?.type === 'Classic') this.#groups.delete(key.group)
  }

  #replayConsumerGroup(record: ConsumerGroupRecord, timestampMs: bigint): void {
    const present = this.#groups.get(record.key.groupId)
    let group = present?.type === 'Consumer' ? present : null
    if (group === null) {
      // A deletion of what is not there: compaction has dropped the rest.
      if (record.value === null) return
      group = new ConsumerGroup(record.key.groupId)
      this.#groups.set(group.groupId, group)
    }
    if (record.type === 'CONSUMER_GROUP_METADATA' && record.value === null) this.#groups.delete(group.groupId)
    else replayConsumerGroupRecord(group, record, timestampMs)
  }

  #replayOtherGroup({ type, key, value }: OtherGroupRecord): void {
    const present = this.#groups.get(key.groupId)
    const groupType = type.startsWith('SHARE_') ? 'Share' : 'Streams'
    if (type === 'SHARE_GROUP_METADATA' || type === 'STREAMS_GROUP_METADATA') {
      if (value === null && present?.type === groupType) this.#groups.delete(key.groupId)
      else if (value !== null && present?.type !== groupType) this.#groups.set(key.groupId, new OtherGroup(key.groupId, groupType))
    } else if (type === 'SHARE_GROUP_MEMBER_METADATA' || type === 'STREAMS_GROUP_MEMBER_METADATA') {
      let group = present instanceof OtherGroup ? present : null
      if (group === null && value !== null) this.#groups.set(key.groupId, (group = new OtherGroup(key.groupId, groupType)))
      group?.replayMember(key.memberId, value !== null)
    }
  }
}

function isConsumerGroupRecord(record: GroupRecord): record is ConsumerGroupRecord {
  return record.type.startsWith('CONSUMER_GROUP_')
}

/** Records of a member come in any order once the log was compacted: each makes the member where it is not there yet. */
function replayConsumerGroupRecord(group: ConsumerGroup, { type, key, value }: ConsumerGroupRecord, timestampMs: bigint): void {
  switch (type) {
    case 'CONSUMER_GROUP_METADATA':
      group.groupEpoch = value?.epoch ?? 0
      group.changedMs = timestampMs
      group.metadataHash = value?.metadataHash ?? 0n
      return
    case 'CONSUMER_GROUP_PARTITION_METADATA':
      group.hasPartitionMetadataRecord = value !== null
      return
    case 'CONSUMER_GROUP_MEMBER_METADATA':
      if (value === null) group.replayMemberRemoval(key.memberId)
      else group.replayMember(withMetadata(group.members.get(key.memberId) ?? newMember(key.memberId), value))
      return
    case 'CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA':
      group.assignmentEpoch = value?.assignmentEpoch ?? -1
      return
    case 'CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER':
      group.replayTarget(key.memberId, value === null ? null : assignmentOf(value.topicPartitions))
      return
    case 'CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT': {
      const member = group.members.get(key.memberId)
      if (value !== null) group.replayMember(withCurrentAssignment(member ?? newMember(key.memberId), value))
      else if (member !== undefined) group.replayMember(withoutAssignment(member))
      return
    }
    case 'CONSUMER_GROUP_REGULAR_EXPRESSION':
      group.replayPattern(key.regularExpression, value)
  }
}
