// Consumer groups in a data directory: the coordinator of stream/groups, run under the lock of the group's partition by whichever member
// speaks. Nobody leads and there is no daemon. A heartbeat that changes nothing takes no lock and writes nothing.
//
//   touch the member's file · replay · who is gone? · heartbeat    all without a lock, as long as nothing is to be written
//   lock · replay · fence who is gone · heartbeat · append · unlock
import type { Uuid } from '../../bytes/uuid.ts'
import type { Damage } from '../../log/segment-walker.ts'
import type { CoordinatorResult } from '../../stream/coordinator.ts'
import { classicGroupDeletion } from '../../stream/groups/group-records.ts'
import { deleteGroup, deleteOffsets, deleteOffsetsOfPartitions } from '../../stream/groups/deletions.ts'
import { describeGroup, listGroups } from '../../stream/groups/descriptions.ts'
import { fenceMembers } from '../../stream/groups/fence-members.ts'
import { groupIdNotFound } from '../../stream/groups/group-errors.ts'
import { type ConsumerGroupMember, isReconciledTo } from '../../stream/groups/group-member.ts'
import type { ConsumerGroup } from '../../stream/groups/consumer-group.ts'
import { GroupState } from '../../stream/groups/group-state.ts'
import { consumerGroupHeartbeat } from '../../stream/groups/heartbeat.ts'
import { commitOffsets } from '../../stream/groups/offset-commits.ts'
import { fetchOffsets } from '../../stream/groups/offset-reads.ts'
import { partitionFor } from '../../stream/groups/partition-for.ts'
import {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  DEFAULT_GROUP_CONFIG,
  type GroupContext,
  type GroupTopics,
  type PartitionResult,
} from '../../stream/groups/requests.ts'
import {
  type GroupDescription,
  type GroupListing,
  type Groups,
  type HeartbeatResponse,
  JOIN_EPOCH,
  type MemberOptions,
  type OffsetAndMetadata,
  type OffsetCommit,
  STATIC_LEAVE_EPOCH,
  type TopicPartition,
} from '../groups.ts'
import type { CoordinatorLog } from './coordinator-log.ts'
import { type CoordinatorHost, CoordinatorTopic } from './coordinator-topic.ts'
import { EmbeddedLiveness } from './embedded-liveness.ts'
import { MemberLocks } from './member-lock.ts'
import { ReadSyncs } from './read-syncs.ts'

export interface GroupHost extends CoordinatorHost {
  readonly location: string
  readonly groupTopics: GroupTopics
}

export const OFFSETS_TOPIC = '__consumer_offsets'

/** As Kafka makes the topic. */
const CONFIGS = new Map([
  ['cleanup.policy', 'compact'],
  ['compression.type', 'producer'],
  ['segment.bytes', '104857600'],
])

/** How often a member looks whether others died: nothing but a lock that is free tells of it. */
const HEARTBEAT_INTERVAL_MS = 150
/** What Kafka shows of a client on the same machine. */
const CLIENT_HOST = '/127.0.0.1'

export class DirectoryGroups implements Groups {
  readonly #host: GroupHost
  readonly #onDamage: (damage: Damage) => void
  readonly #topic: CoordinatorTopic<GroupState>
  readonly #locks: MemberLocks
  readonly #liveness: EmbeddedLiveness
  readonly #reads: ReadSyncs

  constructor(host: GroupHost, onDamage: (damage: Damage) => void) {
    this.#host = host
    this.#onDamage = onDamage
    this.#topic = this.#openTopic()
    this.#locks = new MemberLocks(host.system, host.location)
    this.#liveness = new EmbeddedLiveness(this.#locks, host.system.clock)
    this.#reads = new ReadSyncs(host.system.files, host.location)
  }

  async heartbeat(member: MemberOptions, memberEpoch: number, owned: readonly TopicPartition[]): Promise<HeartbeatResponse> {
    const { groupId, memberId, sessionTimeoutMs } = member
    this.#host.refreshTopics()
    const log = this.#topic.logOf(groupId)
    if (memberEpoch === JOIN_EPOCH) {
      this.#locks.sweep()
      this.#locks.acquire(memberId, groupId, sessionTimeoutMs)
    }
    this.#locks.touch(memberId)
    try {
      const response = this.#beat(log, member, memberEpoch, owned)
      if (memberEpoch < JOIN_EPOCH) this.#locks.release(memberId, memberEpoch === STATIC_LEAVE_EPOCH)
      return this.#answer(log.read(), groupId, response)
    } catch (error) {
      this.#locks.release(memberId)
      throw error
    }
  }

  watch(groupId: string, changed: () => void): { close(): void } {
    this.#topic.logOf(groupId)
    return this.#host.system.files.watch(this.#topic.folderOf(groupId) ?? this.#host.location, changed)
  }

  async commitOffsets({ groupId, member, offsets }: OffsetCommit): Promise<void> {
    const { memberId, memberEpoch, instanceId } = member ?? { memberId: '', memberEpoch: -1, instanceId: null }
    const request = { groupId, memberId, memberEpoch, instanceId, offsets }
    this.#reads.add(offsets)
    await this.#reads.flush()
    const log = this.#topic.logOf(groupId)
    const results = log.withLock((state) => {
      if (member === null) this.#clear(log, state, groupId)
      return log.applyLocked(commitOffsets(state, request, this.#context()))
    })
    throwFirst(results)
  }

  async fetchOffsets(groupId: string): Promise<OffsetAndMetadata[]> {
    const request = { groupId, memberId: null, memberEpoch: -1, partitions: null, requireStable: false }
    return fetchOffsets(this.#topic.read(groupId), request).map(({ error: _, ...offset }) => offset)
  }

  async hasMembers(groupId: string): Promise<boolean> {
    const group = this.#topic.read(groupId).group(groupId)
    return group?.type === 'Consumer' && this.#liveness.goneMembers(group).length < group.members.size
  }

  async list(): Promise<GroupListing[]> {
    return this.#look((topic) => topic.readAll().flatMap((state) => listGroups(this.#withoutGone(state)))).toSorted((a, b) =>
      a.groupId < b.groupId ? -1 : 1,
    )
  }

  async describe(groupId: string): Promise<GroupDescription> {
    const group = this.#look((topic, topics) => describeGroup(this.#withoutGone(topic.read(groupId)), groupId, topics))
    return {
      ...group,
      coordinatorPartition: partitionFor(groupId, this.#host.describeTopic(OFFSETS_TOPIC).partitions.length),
      members: group.members.map(({ clientHost, assignment, targetAssignment, ...member }) => ({
        ...member,
        host: clientHost,
        assigned: flat(assignment),
        target: group.type === 'Classic' ? null : flat(targetAssignment),
      })),
    }
  }

  async delete(groupId: string): Promise<void> {
    this.#changeFromOutside(groupId, (state) => deleteGroup(state, groupId))
  }

  async deleteOffsets(groupId: string, partitions: readonly TopicPartition[]): Promise<void> {
    throwFirst(this.#changeFromOutside(groupId, (state) => deleteOffsets(state, { groupId, partitions })))
  }

  /** Of a topic that was deleted: what groups committed of it would hide records of the next topic with its name. */
  forgetPartitions(partitions: readonly TopicPartition[]): void {
    for (const log of this.#topic.logs()) log.changeIfNeeded((state) => deleteOffsetsOfPartitions(state, partitions))
  }

  close(): void {
    this.#locks.close()
    this.#topic.close()
  }

  #openTopic(): CoordinatorTopic<GroupState> {
    return openOffsetsTopic(this.#host, this.#onDamage)
  }

  #beat(
    log: CoordinatorLog<GroupState>,
    member: MemberOptions,
    memberEpoch: number,
    owned: readonly TopicPartition[],
  ): ConsumerGroupHeartbeatResponse {
    const decide = (state: GroupState): CoordinatorResult<ConsumerGroupHeartbeatResponse> =>
      consumerGroupHeartbeat(state, this.#requestOf(member, memberEpoch, owned), this.#context())
    const state = log.read()
    if (memberEpoch > JOIN_EPOCH && this.#goneMembers(state, member.groupId).length === 0) {
      const { records, response } = decide(state)
      if (records.length === 0) return response
    }
    return log.withLock((newest) => {
      // Who wrote last may have known of topics that were not there before the lock.
      this.#host.refreshTopics()
      if (memberEpoch === JOIN_EPOCH) this.#makeRoom(log, newest, member)
      this.#fenceGone(log, newest, member.groupId)
      return log.applyLocked(decide(newest))
    })
  }

  /** What is in the way of a member that joins, and of nobody who lives. */
  #makeRoom(log: CoordinatorLog<GroupState>, state: GroupState, { groupId, memberId, instanceId }: MemberOptions): void {
    if (state.group(groupId)?.type === 'Classic') this.#clear(log, state, groupId)
    const group = state.group(groupId)
    const before = group?.type === 'Consumer' && instanceId !== null ? group.staticMember(instanceId) : undefined
    if (before === undefined || before.memberId === memberId || !this.#liveness.isAway(before)) return
    // One that was killed could not say that it leaves for a time.
    const away = requestOf({ groupId, memberId: before.memberId, instanceId, clientId: before.clientId }, STATIC_LEAVE_EPOCH)
    if (before.memberEpoch >= JOIN_EPOCH) log.applyLocked(consumerGroupHeartbeat(state, away, this.#context()))
    this.#locks.forget(before.memberId)
  }

  #goneMembers(state: GroupState, groupId: string): string[] {
    const group = state.group(groupId)
    return group?.type === 'Consumer' ? this.#liveness.goneMembers(group) : []
  }

  #fenceGone(log: CoordinatorLog<GroupState>, state: GroupState, groupId: string): void {
    const group = state.group(groupId)
    const gone = this.#goneMembers(state, groupId)
    if (group?.type !== 'Consumer' || gone.length === 0) return
    log.applyLocked({ records: fenceMembers(group, gone, this.#context()), response: null })
    for (const memberId of gone) this.#locks.forget(memberId)
  }

  /** Takes out who is gone; members of the classic protocol speak to brokers only, and none runs here. */
  #clear(log: CoordinatorLog<GroupState>, state: GroupState, groupId: string): void {
    const group = state.group(groupId)
    if (group?.type === 'Classic' && group.members.size > 0) log.applyLocked({ records: [classicGroupDeletion(groupId)], response: null })
    this.#fenceGone(log, state, groupId)
  }

  #changeFromOutside<T>(groupId: string, decide: (state: GroupState) => CoordinatorResult<T>): T {
    if (this.#topic.read(groupId).group(groupId) === undefined) throw groupIdNotFound(groupId)
    const log = this.#topic.logOf(groupId)
    return log.withLock((state) => {
      this.#clear(log, state, groupId)
      return log.applyLocked(decide(state))
    })
  }

  /** On a state of its own: what is shown may differ from what is in the log. */
  #look<T>(action: (topic: CoordinatorTopic<GroupState>, topics: GroupTopics) => T): T {
    const topic = this.#openTopic()
    try {
      return action(topic, this.#host.groupTopics)
    } finally {
      topic.close()
    }
  }

  /** Members that died are shown as gone before anybody has fenced them. */
  #withoutGone(state: GroupState): GroupState {
    for (const group of state.groups) {
      const gone = group.type === 'Consumer' ? this.#liveness.knownGoneMembers(group) : []
      if (group.type !== 'Consumer' || gone.length === 0) continue
      for (const record of fenceMembers(group, gone, this.#context())) state.replay(record, -1n, -1n)
    }
    return state
  }

  #answer(state: GroupState, groupId: string, { memberId, memberEpoch, assignment }: ConsumerGroupHeartbeatResponse): HeartbeatResponse {
    const group = state.group(groupId)
    const member = group?.type === 'Consumer' ? group.members.get(memberId) : undefined
    const isSettled = group?.type !== 'Consumer' || member === undefined || isSettledIn(group, member)
    const assigned = (assignment ?? []).flatMap(({ topicId, partitions }) => this.#named(topicId, partitions))
    return { memberEpoch, heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS, assigned, isSettled }
  }

  #context(): GroupContext {
    const { system, groupTopics: topics } = this.#host
    return { nowMs: system.clock.now(), topics, config: DEFAULT_GROUP_CONFIG }
  }

  /** Everything each time, so that the answer is whole each time. */
  #requestOf(member: MemberOptions, memberEpoch: number, owned: readonly TopicPartition[]): ConsumerGroupHeartbeatRequest {
    if (memberEpoch < JOIN_EPOCH) return requestOf(member, memberEpoch)
    const { topics, topicPattern, assignor, rebalanceTimeoutMs } = member
    const byTopic = [...Map.groupBy(owned, ({ topic }) => topic)]
    return {
      ...requestOf(member, memberEpoch),
      rebalanceTimeoutMs,
      subscribedTopicNames: topics,
      subscribedTopicRegex: topicPattern ?? '',
      serverAssignor: assignor,
      topicPartitions: byTopic.flatMap(([topic, some]) => {
        const id = this.#host.groupTopics.topic(topic)?.id
        // A topic that was deleted meanwhile has no partitions that anybody could own.
        return id === undefined ? [] : [{ topicId: id, partitions: some.map(({ partition }) => partition) }]
      }),
    }
  }

  #named(topicId: Uuid, partitions: readonly number[]): TopicPartition[] {
    const topic = this.#host.groupTopics.topicById(topicId)?.name
    return topic === undefined ? [] : partitions.map((partition) => ({ topic, partition }))
  }
}

export function openOffsetsTopic(host: CoordinatorHost, onDamage: (damage: Damage) => void): CoordinatorTopic<GroupState> {
  return new CoordinatorTopic({ host, name: OFFSETS_TOPIC, configs: CONFIGS, makeState: () => new GroupState(), onDamage })
}

type Who = Pick<MemberOptions, 'groupId' | 'memberId' | 'instanceId' | 'clientId'>

/** A heartbeat that says nothing new. */
function requestOf({ groupId, memberId, instanceId, clientId }: Who, memberEpoch: number): ConsumerGroupHeartbeatRequest {
  return {
    groupId,
    memberId,
    memberEpoch,
    instanceId,
    clientId,
    clientHost: CLIENT_HOST,
    rackId: null,
    rebalanceTimeoutMs: -1,
    subscribedTopicNames: null,
    subscribedTopicRegex: null,
    serverAssignor: null,
    topicPartitions: null,
  }
}

/** Whether the member has its whole target, of an assignment that is still good. */
function isSettledIn(group: ConsumerGroup, member: ConsumerGroupMember): boolean {
  return group.groupEpoch <= group.assignmentEpoch && isReconciledTo(member, group.assignmentEpoch)
}

function flat(topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]): TopicPartition[] {
  return topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })))
}

function throwFirst(results: readonly PartitionResult[]): void {
  for (const { error } of results) if (error !== null) throw error
}
