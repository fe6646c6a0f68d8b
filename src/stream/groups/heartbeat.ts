// ConsumerGroupHeartbeat (KIP-848): a member joins, says that it is there, or leaves; and with each heartbeat the group goes one step
// on. Static members (KIP-345) leave with epoch -2, and who joins with their instance id takes their place, partitions included.
//
// What is looked at first decides which error a client gets: the request itself, the group, its size, the member, its epoch.
import type { CoordinatorRecord, CoordinatorResult } from '../coordinator.ts'
import { type Assignment, NO_ASSIGNMENT, contains, isSameAssignment, topicPartitionsOf } from './assignment.ts'
import { checkHeartbeat } from './check-heartbeat.ts'
import { isSameSet } from './compare-text.ts'
import { ConsumerGroup, type Owners } from './consumer-group.ts'
import { fenceMembers } from './fence-members.ts'
import {
  fencedInstanceId,
  fencedMemberEpoch,
  groupIdNotFound,
  groupMaxSizeReached,
  notAConsumerGroup,
  unknownMemberId,
  unreleasedInstanceId,
} from './group-errors.ts'
import { type ConsumerGroupMember, JOIN_EPOCH, LEAVE_EPOCH, STATIC_LEAVE_EPOCH, newMember, usesClassicProtocol } from './group-member.ts'
import {
  assignmentEpochRecord,
  classicGroupDeletion,
  currentAssignmentRecord,
  groupEpochRecord,
  memberDeletions,
  memberRecord,
  partitionMetadataDeletions,
  targetAssignmentRecord,
} from './group-records.ts'
import type { GroupState } from './group-state.ts'
import { type Target, reconciled } from './reconcile.ts'
import type { ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, GroupContext } from './requests.ts'
import { metadataHash, patternRecords, subscribedTopics, subscriptionsOf } from './subscriptions.ts'
import { computeTargets, targetRecords } from './target-assignment.ts'

type Heartbeat = CoordinatorResult<ConsumerGroupHeartbeatResponse>

/**
 * @throws LeatError INVALID_REQUEST, UNSUPPORTED_ASSIGNOR, GROUP_ID_NOT_FOUND, GROUP_MAX_SIZE_REACHED, UNKNOWN_MEMBER_ID,
 * FENCED_MEMBER_EPOCH (join again, with nothing), UNRELEASED_INSTANCE_ID, FENCED_INSTANCE_ID, INVALID_REGULAR_EXPRESSION
 */
export function consumerGroupHeartbeat(state: GroupState, request: ConsumerGroupHeartbeatRequest, context: GroupContext): Heartbeat {
  checkHeartbeat(request)
  if (request.memberEpoch === LEAVE_EPOCH || request.memberEpoch === STATIC_LEAVE_EPOCH) return leave(state, request, context)
  const { group, records: groupDeletions } = groupOf(state, request)
  if (group.members.size >= context.config.maxSize && !group.members.has(request.memberId))
    throw groupMaxSizeReached(group.groupId, group.members.size)
  return new MemberHeartbeat(group, request, context, groupDeletions).result()
}

function groupOf(
  state: GroupState,
  { groupId, memberEpoch }: ConsumerGroupHeartbeatRequest,
): { group: ConsumerGroup; records: CoordinatorRecord[] } {
  const group = state.group(groupId)
  if (group?.type === 'Consumer') return { group, records: [] }
  if (memberEpoch !== JOIN_EPOCH) throw group === undefined ? groupIdNotFound(groupId) : notAConsumerGroup(groupId, group.type)
  // A classic group that all have left is upgraded; its offsets stay.
  if (group?.type === 'Classic' && group.state === 'Empty')
    return { group: new ConsumerGroup(groupId), records: [classicGroupDeletion(groupId)] }
  if (group !== undefined) throw notAConsumerGroup(groupId, group.type)
  return { group: new ConsumerGroup(groupId), records: [] }
}

/** One heartbeat of one member, with the records that it has come to so far. */
class MemberHeartbeat {
  readonly #group: ConsumerGroup
  readonly #request: ConsumerGroupHeartbeatRequest
  readonly #context: GroupContext
  readonly #records: CoordinatorRecord[]
  /** The static member that left, and whose place this one takes. */
  readonly #predecessor: ConsumerGroupMember | null
  /** As the group knows it; null when it joins. */
  readonly #known: ConsumerGroupMember | null
  readonly #targets: Map<string, Assignment>

  constructor(group: ConsumerGroup, request: ConsumerGroupHeartbeatRequest, context: GroupContext, records: readonly CoordinatorRecord[]) {
    this.#group = group
    this.#request = request
    this.#context = context
    this.#records = [...records]
    const existing = existingMember(group, request)
    const isPredecessor = existing !== null && request.instanceId !== null && request.memberEpoch === JOIN_EPOCH
    this.#predecessor = isPredecessor ? existing : null
    this.#known = isPredecessor ? { ...existing, memberId: request.memberId, memberEpoch: 0, previousMemberEpoch: 0 } : existing
    this.#targets = new Map(group.targets)
    if (this.#predecessor !== null && this.#known !== null) this.#replace(this.#predecessor, this.#known)
  }

  result(): Heartbeat {
    const { groupId } = this.#group
    const before = this.#known ?? newMember(this.#request.memberId)
    const member = this.#withRequest(before)
    const target = this.#target(member, this.#update(before, member))
    const owners = (): Owners => this.#group.owners()
    const after = reconciled(member, { groupId, target, owners, owned: this.#request.topicPartitions })
    const record = currentAssignmentRecord(groupId, after)
    if (!isSameRecord(record, currentAssignmentRecord(groupId, before))) this.#records.push(record)
    const isAssignmentTold = isFullRequest(this.#request) || !isSameAssignment(before.assignedPartitions, after.assignedPartitions)
    return {
      records: this.#records,
      response: {
        memberId: after.memberId,
        memberEpoch: after.memberEpoch,
        heartbeatIntervalMs: this.#context.config.heartbeatIntervalMs,
        assignment: isAssignmentTold ? topicPartitionsOf(after.assignedPartitions) : null,
      },
    }
  }

  /** Of the group, with this one as it is now. */
  #members(member: ConsumerGroupMember): ReadonlyMap<string, ConsumerGroupMember> {
    const members = new Map(this.#group.members)
    if (this.#predecessor !== null) members.delete(this.#predecessor.memberId)
    return members.set(member.memberId, member)
  }

  #replace(predecessor: ConsumerGroupMember, member: ConsumerGroupMember): void {
    const { groupId } = this.#group
    const target = this.#group.target(predecessor.memberId)
    this.#targets.delete(predecessor.memberId)
    this.#targets.set(member.memberId, target)
    this.#records.push(
      ...memberDeletions(groupId, predecessor.memberId),
      memberRecord(groupId, member),
      targetAssignmentRecord(groupId, member.memberId, target),
      currentAssignmentRecord(groupId, member),
    )
  }

  #withRequest(member: ConsumerGroupMember): ConsumerGroupMember {
    const { rebalanceTimeoutMs, subscribedTopicNames } = this.#request
    return {
      ...member,
      instanceId: this.#request.instanceId ?? member.instanceId,
      rackId: this.#request.rackId ?? member.rackId,
      rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
      serverAssignor: this.#request.serverAssignor ?? member.serverAssignor,
      subscribedTopicNames: subscribedTopicNames === null ? member.subscribedTopicNames : [...new Set(subscribedTopicNames)].toSorted(),
      subscribedTopicRegex: this.#request.subscribedTopicRegex ?? member.subscribedTopicRegex,
      clientId: this.#request.clientId,
      clientHost: this.#request.clientHost,
      classicMemberMetadata: null,
    }
  }

  /** Whether the group has to have another assignment for what the member wants now. */
  #update(before: ConsumerGroupMember, member: ConsumerGroupMember): boolean {
    const record = memberRecord(this.#group.groupId, member)
    if (this.#known === null || !isSameRecord(record, memberRecord(this.#group.groupId, before))) this.#records.push(record)
    return (
      this.#known === null ||
      !isSameSet(before.subscribedTopicNames, member.subscribedTopicNames) ||
      before.subscribedTopicRegex !== member.subscribedTopicRegex
    )
  }

  /** The member's target, of an assignment that is made now where the group has changed. */
  #target(member: ConsumerGroupMember, hasSubscriptionChanged: boolean): Target {
    const { groupId, groupEpoch, assignmentEpoch } = this.#group
    const { nowMs, topics } = this.#context
    const subscriptions = subscriptionsOf(this.#members(member), topics)
    const subscribed = subscribedTopics(subscriptions, topics)
    const hash = metadataHash(subscribed)
    this.#records.push(...patternRecords(this.#group, subscriptions, nowMs))
    let epoch = groupEpoch
    if (hasSubscriptionChanged || hash !== this.#group.metadataHash) {
      epoch++
      this.#records.push(...partitionMetadataDeletions(this.#group), groupEpochRecord(groupId, { epoch, metadataHash: hash }))
    }
    if (epoch <= assignmentEpoch) return { epoch: assignmentEpoch, assignment: this.#targets.get(member.memberId) ?? NO_ASSIGNMENT }
    const targets = computeTargets(subscriptions, subscribed, this.#targets)
    this.#records.push(...targetRecords(groupId, this.#targets, targets), assignmentEpochRecord(groupId, epoch, nowMs))
    return { epoch, assignment: targets.get(member.memberId) ?? NO_ASSIGNMENT }
  }
}

/** The member that the request is of; of a static one that joins, the one whose place it takes. null for a new one. */
function existingMember(group: ConsumerGroup, request: ConsumerGroupHeartbeatRequest): ConsumerGroupMember | null {
  const { memberId, memberEpoch, instanceId, topicPartitions } = request
  const isJoining = memberEpoch === JOIN_EPOCH
  const member = (instanceId === null ? group.members.get(memberId) : group.staticMember(instanceId)) ?? null
  if (member === null) {
    if (!isJoining) throw unknownMemberId(group.groupId, instanceId === null ? memberId : `instance id '${instanceId}'`)
    return null
  }
  if (instanceId !== null && isJoining) {
    const isReleased = member.memberEpoch === STATIC_LEAVE_EPOCH || usesClassicProtocol(member) || member.memberId === memberId
    if (!isReleased) throw unreleasedInstanceId(group.groupId, instanceId, member.memberId)
    return member
  }
  if (instanceId !== null && member.memberId !== memberId) throw fencedInstanceId(group.groupId, instanceId, member.memberId)
  // A member that joins again has nothing any more: it was told so, or lost the answer to its first join.
  if (isJoining || memberEpoch === member.memberEpoch) return member
  // The response with the next epoch may have been lost.
  const isBehind = memberEpoch === member.previousMemberEpoch && memberEpoch < member.memberEpoch
  if (isBehind && topicPartitions !== null && contains(member.assignedPartitions, topicPartitions)) return member
  throw fencedMemberEpoch(group.groupId, memberId, memberEpoch, member.memberEpoch)
}

function leave(
  state: GroupState,
  { groupId, memberId, memberEpoch, instanceId }: ConsumerGroupHeartbeatRequest,
  context: GroupContext,
): Heartbeat {
  const group = state.group(groupId)
  if (group === undefined) throw groupIdNotFound(groupId)
  if (group.type !== 'Consumer') throw notAConsumerGroup(groupId, group.type)
  const member = instanceId === null ? group.members.get(memberId) : group.staticMember(instanceId)
  if (member === undefined) throw unknownMemberId(groupId, instanceId === null ? memberId : `instance id '${instanceId}'`)
  if (instanceId !== null && member.memberId !== memberId) throw fencedInstanceId(groupId, instanceId, member.memberId)
  const response = { memberId, memberEpoch, heartbeatIntervalMs: 0, assignment: null }
  if (memberEpoch === LEAVE_EPOCH) return { records: fenceMembers(group, [memberId], context), response }
  // What it had to let go of is free; the rest waits for it.
  const away = { ...member, memberEpoch: STATIC_LEAVE_EPOCH, partitionsPendingRevocation: NO_ASSIGNMENT }
  return { records: [currentAssignmentRecord(groupId, away)], response }
}

function isFullRequest(request: ConsumerGroupHeartbeatRequest): boolean {
  const { memberEpoch, rebalanceTimeoutMs, subscribedTopicNames, subscribedTopicRegex, topicPartitions } = request
  const saysTopics = subscribedTopicNames !== null || subscribedTopicRegex !== null
  return memberEpoch === JOIN_EPOCH || (rebalanceTimeoutMs !== -1 && saysTopics && topicPartitions !== null)
}

function isSameRecord(a: CoordinatorRecord, b: CoordinatorRecord): boolean {
  return a.value !== null && b.value !== null && a.value.equals(b.value)
}
