// ListGroups, ConsumerGroupDescribe and DescribeGroups.
import type { Uuid } from '../../bytes/uuid.ts'
import { type Assignment, type CurrentAssignment, topicPartitionsOf } from './assignment.ts'
import type { ClassicGroup } from './classic-group.ts'
import { compareText } from './compare-text.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { groupIdNotFound } from './group-errors.ts'
import type { MemberState } from './group-member.ts'
import type { GroupState } from './group-state.ts'
import type { OtherGroup } from './other-group.ts'
import type { GroupTopics } from './requests.ts'
import { preferredAssignor } from './target-assignment.ts'

export interface ListedGroup {
  readonly groupId: string
  readonly type: 'Consumer' | 'Classic' | 'Share' | 'Streams'
  /** `consumer`, `share`, `connect` …; '' of a group that nothing but offsets is known of. */
  readonly protocolType: string
  readonly state: 'Empty' | 'Assigning' | 'Reconciling' | 'Stable' | 'Unknown'
}

export interface DescribedPartitions {
  /** null in a classic group, whose members go by names. */
  readonly topicId: Uuid | null
  readonly topic: string
  readonly partitions: readonly number[]
}

export interface DescribedMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** -2: a static member that is away; null in a classic group. */
  readonly memberEpoch: number | null
  readonly state: MemberState | null
  readonly subscribedTopicNames: readonly string[]
  readonly subscribedTopicRegex: string | null
  readonly assignment: readonly DescribedPartitions[]
  readonly targetAssignment: readonly DescribedPartitions[]
}

export interface DescribedGroup extends ListedGroup {
  /** '' where there is none: a classic group without members. */
  readonly assignor: string
  /** Of a classic group its generation. */
  readonly groupEpoch: number
  readonly assignmentEpoch: number
  /** By member id. */
  readonly members: readonly DescribedMember[]
}

/** By group id. */
export function listGroups(state: GroupState): ListedGroup[] {
  return state.groups.map(listed)
}

/** Partitions of topics that are gone are left out. @throws LeatError GROUP_ID_NOT_FOUND */
export function describeGroup(state: GroupState, groupId: string, topics: GroupTopics): DescribedGroup {
  const group = state.group(groupId)
  if (group === undefined) throw groupIdNotFound(groupId)
  if (group.type === 'Consumer') return consumerGroup(group, topics)
  if (group.type === 'Classic') return classicGroup(group)
  return { ...listed(group), assignor: '', groupEpoch: -1, assignmentEpoch: -1, members: [] }
}

function listed(group: ConsumerGroup | ClassicGroup | OtherGroup): ListedGroup {
  const { groupId, type, state } = group
  return { groupId, type, protocolType: group.type === 'Classic' ? group.protocolType : type.toLowerCase(), state }
}

function consumerGroup(group: ConsumerGroup, topics: GroupTopics): DescribedGroup {
  const members = [...group.members.values()].map(
    ({ memberId, instanceId, rackId, clientId, clientHost, memberEpoch, state, ...member }): DescribedMember => ({
      memberId,
      instanceId,
      rackId,
      clientId,
      clientHost,
      memberEpoch,
      state,
      subscribedTopicNames: member.subscribedTopicNames,
      subscribedTopicRegex: member.subscribedTopicRegex,
      assignment: named(member.assignedPartitions, topics),
      targetAssignment: named(group.target(memberId), topics),
    }),
  )
  return {
    ...listed(group),
    assignor: preferredAssignor(group.members.values()),
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    members: members.toSorted((a, b) => compareText(a.memberId, b.memberId)),
  }
}

function named(assignment: Assignment | CurrentAssignment, topics: GroupTopics): DescribedPartitions[] {
  return topicPartitionsOf(assignment)
    .flatMap(({ topicId, partitions }) => {
      const topic = topics.topicById(topicId)?.name
      return topic === undefined ? [] : { topicId, topic, partitions }
    })
    .toSorted((a, b) => compareText(a.topic, b.topic))
}

function classicGroup(group: ClassicGroup): DescribedGroup {
  const members = [...group.members.values()].map((member): DescribedMember => {
    const assignment = group.assignmentOf(member).map(({ topic, partitions }) => ({ topicId: null, topic, partitions }))
    return {
      memberId: member.memberId,
      instanceId: member.groupInstanceId,
      rackId: null,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberEpoch: null,
      state: null,
      subscribedTopicNames: group.topicsOf(member) ?? [],
      subscribedTopicRegex: null,
      assignment,
      targetAssignment: assignment,
    }
  })
  return {
    ...listed(group),
    assignor: group.state === 'Empty' ? '' : (group.protocol ?? ''),
    groupEpoch: group.generation,
    assignmentEpoch: group.generation,
    members: members.toSorted((a, b) => compareText(a.memberId, b.memberId)),
  }
}
