// OffsetCommit and TxnOffsetCommit. A member commits with the epoch it knows: the group's coordinator refuses what a member that was
// fenced, or that has lost the partition since, wants to commit.
import type { CoordinatorRecord, CoordinatorResult } from '../coordinator.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import {
  fencedInstanceId,
  groupIdNotFound,
  illegalGeneration,
  notAConsumerGroup,
  offsetMetadataTooLarge,
  offsetsMoved,
  staleMemberEpoch,
  unknownMemberId,
  unstableOffsetCommit,
} from './group-errors.ts'
import { type ConsumerGroupMember, usesClassicProtocol } from './group-member.ts'
import { offsetCommitRecord } from './group-records.ts'
import type { GroupState } from './group-state.ts'
import type { GroupContext, GroupTopics, OffsetCommitRequest, OffsetToCommit, PartitionResult } from './requests.ts'

type Commit = CoordinatorResult<PartitionResult[]>

/**
 * Without a member (memberId '', epoch -1) only while the group has none: a tool that sets offsets, a consumer that chose its
 * partitions itself. Whether there are such topics is the caller's to check.
 *
 * @throws LeatError GROUP_ID_NOT_FOUND, UNKNOWN_MEMBER_ID, STALE_MEMBER_EPOCH; of classic groups FENCED_INSTANCE_ID, ILLEGAL_GENERATION;
 * a partition's OFFSET_METADATA_TOO_LARGE is in the response
 */
export function commitOffsets(state: GroupState, request: OffsetCommitRequest, context: GroupContext): Commit {
  const group = state.group(request.groupId)
  if (group?.type === 'Consumer') checkConsumerCommit(group, request, false)
  else if (group?.type === 'Classic') checkClassicCommit(group, request, false)
  else if (group !== undefined) throw notAConsumerGroup(group.groupId, group.type)
  else if (request.memberEpoch >= 0) throw groupIdNotFound(request.groupId)
  return commit(request, context)
}

/**
 * The records are to be appended as a transactional batch of the producer, and count when its transaction is committed.
 * @throws LeatError UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, FENCED_INSTANCE_ID; a partition's OFFSET_METADATA_TOO_LARGE is in the response
 */
export function commitTransactionalOffsets(state: GroupState, request: OffsetCommitRequest, context: GroupContext): Commit {
  const group = state.group(request.groupId)
  if (group?.type === 'Consumer') checkConsumerCommit(group, request, true)
  else if (group?.type === 'Classic') checkClassicCommit(group, request, true)
  else if (group !== undefined) throw notAConsumerGroup(group.groupId, group.type)
  else if (request.memberEpoch >= 0) throw illegalGeneration(request.groupId, request.memberId, request.memberEpoch, -1)
  return commit(request, context)
}

function commit({ groupId, offsets }: OffsetCommitRequest, { nowMs, config }: GroupContext): Commit {
  const records: CoordinatorRecord[] = []
  const response = offsets.map((offset): PartitionResult => {
    const { topic, partition, metadata } = offset
    const isTooLarge = metadata.length > config.offsetMetadataMaxLength
    if (!isTooLarge) records.push(offsetCommitRecord(groupId, offset, nowMs))
    return { topic, partition, error: isTooLarge ? offsetMetadataTooLarge(topic, partition, config.offsetMetadataMaxLength) : null }
  })
  return { records, response }
}

function checkConsumerCommit(group: ConsumerGroup, request: OffsetCommitRequest, isTransactional: boolean): void {
  const { memberId, memberEpoch, instanceId, offsets } = request
  if (memberEpoch < 0 && group.members.size === 0) return
  // Producers from before KIP-447 do not say who they are.
  if (isTransactional && memberEpoch === -1 && memberId === '' && instanceId === null) return
  const member = group.members.get(memberId)
  if (member === undefined) throw unknownMemberId(group.groupId, memberId === '' ? 'who is no member' : memberId)
  if (memberEpoch === member.memberEpoch) return
  const refusal = isTransactional || usesClassicProtocol(member) ? illegalGeneration : staleMemberEpoch
  // A member that has had the partition all the time may be an epoch behind with a commit on its way (KIP-1251).
  const isNewer = memberEpoch > member.memberEpoch
  if (isNewer || offsets.some((offset) => memberEpoch < epochOf(member, offset)))
    throw refusal(group.groupId, memberId, memberEpoch, member.memberEpoch)
}

/** Since which epoch the member has had the partition; later than any where it does not have it. */
function epochOf(member: ConsumerGroupMember, { topicId, partition }: OffsetToCommit): number {
  const epoch = member.assignedPartitions.get(topicId)?.get(partition) ?? member.partitionsPendingRevocation.get(topicId)?.get(partition)
  return epoch ?? Number.POSITIVE_INFINITY
}

function checkClassicCommit(group: ClassicGroup, request: OffsetCommitRequest, isTransactional: boolean): void {
  const { memberId, memberEpoch, instanceId } = request
  if (memberEpoch < 0 && group.state === 'Empty') return
  const saysWho = memberEpoch >= 0 || memberId !== '' || instanceId !== null
  if (!saysWho) {
    if (isTransactional) return
    throw unknownMemberId(group.groupId, 'who does not say its member id')
  }
  if (instanceId !== null) {
    const owner = [...group.members.values()].find((member) => member.groupInstanceId === instanceId)
    if (owner === undefined) throw unknownMemberId(group.groupId, `instance id '${instanceId}'`)
    if (owner.memberId !== memberId) throw fencedInstanceId(group.groupId, instanceId, owner.memberId)
  } else if (!group.members.has(memberId)) throw unknownMemberId(group.groupId, memberId)
  if (memberEpoch !== group.generation) throw illegalGeneration(group.groupId, memberId, memberEpoch, group.generation)
}

interface KnownOffset {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/** @throws LeatError OFFSETS_MOVED, UNSTABLE_OFFSET_COMMIT where the group is not where somebody read on from; -1n: nowhere */
export function checkPrevious(state: GroupState, groupId: string, previous: readonly KnownOffset[], topics: GroupTopics): void {
  for (const { topic, partition, offset } of previous) {
    if (state.offsets.isPending(groupId, topic, partition)) throw unstableOffsetCommit(topic, partition)
    const present = state.offsets.presentAt(groupId, topic, partition, topics)?.offset ?? -1n
    if (present !== offset) throw offsetsMoved(groupId, topic, partition)
  }
}
