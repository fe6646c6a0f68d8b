// A member's way from what it has to what it shall have (KIP-848): first let go, then take what nobody has any more.
import type { Uuid } from '../../bytes/uuid.ts'
import { type Assignment, type CurrentAssignment, type TopicPartitions, overlaps } from './assignment.ts'
import type { Owners } from './consumer-group.ts'
import { fencedMemberEpoch } from './group-errors.ts'
import { type ConsumerGroupMember, isReconciledTo } from './group-member.ts'

export interface Target {
  readonly epoch: number
  readonly assignment: Assignment
}

export interface Reconciliation {
  readonly groupId: string
  readonly target: Target
  /** Who has each partition, or has still to let go of it. */
  readonly owners: () => Owners
  /** What the member says it has; null where it says nothing. */
  readonly owned: readonly TopicPartitions[] | null
}

type Epochs = Map<Uuid, Map<number, number>>

/** The member as it is after this heartbeat. @throws LeatError FENCED_MEMBER_EPOCH for a member in a state that is not known */
export function reconciled(member: ConsumerGroupMember, reconciliation: Reconciliation): ConsumerGroupMember {
  const { target, owned } = reconciliation
  if (isReconciledTo(member, target.epoch)) return member
  switch (member.state) {
    case 'STABLE':
    case 'UNRELEASED_PARTITIONS':
      return next(member, member.memberEpoch, reconciliation)
    case 'UNREVOKED_PARTITIONS':
      if (stillHas(owned, member.partitionsPendingRevocation)) return member
      return next(member, member.memberEpoch + 1, reconciliation)
    case 'UNKNOWN':
      if (owned === null || owned.length > 0)
        throw fencedMemberEpoch(reconciliation.groupId, member.memberId, member.memberEpoch, target.epoch)
      return next(member, target.epoch, reconciliation)
  }
}

/** A member that does not say what it has may have it all. */
function stillHas(owned: readonly TopicPartitions[] | null, partitions: CurrentAssignment): boolean {
  return owned === null || overlaps(partitions, owned)
}

function next(member: ConsumerGroupMember, epoch: number, { target, owners, owned }: Reconciliation): ConsumerGroupMember {
  const kept: Epochs = new Map()
  const pendingRevocation: Epochs = new Map()
  for (const [topicId, partitions] of member.assignedPartitions)
    for (const [partition, assignedIn] of partitions) {
      const isKept = target.assignment.get(topicId)?.has(partition) === true
      put(isKept ? kept : pendingRevocation, topicId, partition, assignedIn)
    }
  if (pendingRevocation.size > 0 && stillHas(owned, pendingRevocation))
    return {
      ...member,
      state: 'UNREVOKED_PARTITIONS',
      memberEpoch: epoch,
      previousMemberEpoch: member.memberEpoch,
      assignedPartitions: kept,
      partitionsPendingRevocation: pendingRevocation,
    }
  const others = owners()
  let isWaiting = false
  const free: Epochs = new Map()
  for (const [topicId, partitions] of target.assignment)
    for (const partition of partitions) {
      if (kept.get(topicId)?.has(partition) === true) continue
      if (others.get(topicId)?.has(partition) === true) isWaiting = true
      else put(free, topicId, partition, target.epoch)
    }
  for (const [topicId, partitions] of free) for (const [partition, assignedIn] of partitions) put(kept, topicId, partition, assignedIn)
  return {
    ...member,
    state: isWaiting ? 'UNRELEASED_PARTITIONS' : 'STABLE',
    memberEpoch: target.epoch,
    previousMemberEpoch: member.memberEpoch,
    assignedPartitions: kept,
    partitionsPendingRevocation: new Map(),
  }
}

function put(epochs: Epochs, topicId: Uuid, partition: number, epoch: number): void {
  const partitions = epochs.get(topicId) ?? new Map<number, number>()
  epochs.set(topicId, partitions.set(partition, epoch))
}
