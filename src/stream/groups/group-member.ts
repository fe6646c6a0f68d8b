// A member of a KIP-848 consumer group, as records describe it: what it wants, and what it has.
import type { Infer } from '../../bytes/schema.ts'
import type { consumerGroupRecords } from '../../record/internal/consumer-group-records.ts'
import { type CurrentAssignment, NO_ASSIGNMENT } from './assignment.ts'

/** Member epochs with a meaning of their own. */
export const JOIN_EPOCH = 0
export const LEAVE_EPOCH = -1
/** A static member is away, and will be back within its session timeout. */
export const STATIC_LEAVE_EPOCH = -2

/**
 * - `STABLE`: it has what it shall have, or has to be told what is new.
 * - `UNREVOKED_PARTITIONS`: it has to let go of partitions before anything else.
 * - `UNRELEASED_PARTITIONS`: it waits for partitions that other members have to let go of.
 * - `UNKNOWN`: a newer Kafka wrote a state that is not known here.
 */
export type MemberState = 'STABLE' | 'UNREVOKED_PARTITIONS' | 'UNRELEASED_PARTITIONS' | 'UNKNOWN'

const STATES: readonly MemberState[] = ['STABLE', 'UNREVOKED_PARTITIONS', 'UNRELEASED_PARTITIONS']
const UNKNOWN_STATE = 127

type MemberMetadataValue = Infer<(typeof consumerGroupRecords.consumerGroupMemberMetadata)['value']>
type CurrentAssignmentValue = Infer<(typeof consumerGroupRecords.consumerGroupCurrentMemberAssignment)['value']>
type OwnedPartitions = CurrentAssignmentValue['assignedPartitions']

export interface ConsumerGroupMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly subscribedTopicNames: readonly string[]
  readonly subscribedTopicRegex: string | null
  /** -1: not said yet. */
  readonly rebalanceTimeoutMs: number
  readonly serverAssignor: string | null
  /** Of a member that speaks the classic protocol in a group that was upgraded (KIP-848); null for all others. */
  readonly classicMemberMetadata: MemberMetadataValue['classicMemberMetadata']
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
  readonly state: MemberState
  readonly assignedPartitions: CurrentAssignment
  readonly partitionsPendingRevocation: CurrentAssignment
}

export function newMember(memberId: string): ConsumerGroupMember {
  return {
    memberId,
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    subscribedTopicNames: [],
    subscribedTopicRegex: null,
    rebalanceTimeoutMs: -1,
    serverAssignor: null,
    classicMemberMetadata: null,
    memberEpoch: JOIN_EPOCH,
    previousMemberEpoch: JOIN_EPOCH,
    state: 'STABLE',
    assignedPartitions: NO_ASSIGNMENT,
    partitionsPendingRevocation: NO_ASSIGNMENT,
  }
}

/** A member that speaks the classic protocol commits with generations in place of member epochs. */
export function usesClassicProtocol(member: ConsumerGroupMember): boolean {
  return member.classicMemberMetadata !== null && member.classicMemberMetadata.supportedProtocols.length > 0
}

export function isReconciledTo(member: ConsumerGroupMember, epoch: number): boolean {
  return member.state === 'STABLE' && member.memberEpoch === epoch
}

export function withMetadata(member: ConsumerGroupMember, value: MemberMetadataValue): ConsumerGroupMember {
  return { ...member, ...value }
}

export function withCurrentAssignment(member: ConsumerGroupMember, value: CurrentAssignmentValue): ConsumerGroupMember {
  return {
    ...member,
    memberEpoch: value.memberEpoch,
    previousMemberEpoch: value.previousMemberEpoch,
    state: STATES[value.state] ?? 'UNKNOWN',
    assignedPartitions: currentAssignmentOf(value.assignedPartitions, value.memberEpoch),
    partitionsPendingRevocation: currentAssignmentOf(value.partitionsPendingRevocation, value.memberEpoch),
  }
}

export function withoutAssignment(member: ConsumerGroupMember): ConsumerGroupMember {
  return {
    ...member,
    memberEpoch: LEAVE_EPOCH,
    previousMemberEpoch: LEAVE_EPOCH,
    assignedPartitions: NO_ASSIGNMENT,
    partitionsPendingRevocation: NO_ASSIGNMENT,
  }
}

export function metadataValue(member: ConsumerGroupMember): MemberMetadataValue {
  const { instanceId, rackId, clientId, clientHost, subscribedTopicNames, subscribedTopicRegex, rebalanceTimeoutMs, serverAssignor } =
    member
  return {
    instanceId,
    rackId,
    clientId,
    clientHost,
    subscribedTopicNames: [...subscribedTopicNames],
    subscribedTopicRegex,
    rebalanceTimeoutMs,
    serverAssignor,
    classicMemberMetadata: member.classicMemberMetadata,
  }
}

export function currentAssignmentValue(member: ConsumerGroupMember): CurrentAssignmentValue {
  const state = STATES.indexOf(member.state)
  return {
    memberEpoch: member.memberEpoch,
    previousMemberEpoch: member.previousMemberEpoch,
    state: state < 0 ? UNKNOWN_STATE : state,
    assignedPartitions: ownedPartitionsOf(member.assignedPartitions),
    partitionsPendingRevocation: ownedPartitionsOf(member.partitionsPendingRevocation),
  }
}

/** Records from before KIP-1251 name no epochs: then it is the member's own, or 0 of a static member that is away. */
function currentAssignmentOf(topics: OwnedPartitions, memberEpoch: number): CurrentAssignment {
  return new Map(
    topics.map(({ topicId, partitions, assignmentEpochs }) => [
      topicId,
      new Map(partitions.map((partition, index) => [partition, assignmentEpochs?.[index] ?? Math.max(memberEpoch, 0)])),
    ]),
  )
}

function ownedPartitionsOf(assignment: CurrentAssignment): OwnedPartitions {
  return [...assignment]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([topicId, epochs]) => {
      const ordered = [...epochs].toSorted(([a], [b]) => a - b)
      return { topicId, partitions: ordered.map(([partition]) => partition), assignmentEpochs: ordered.map(([, epoch]) => epoch) }
    })
}
