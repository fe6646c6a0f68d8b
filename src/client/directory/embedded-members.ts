// Members of consumer groups in a data directory: the coordinator of stream/groups, run under the lock of the group's partition by whichever
// member speaks. Nobody leads and there is no daemon. A heartbeat that changes nothing takes no lock and writes nothing.
//
//   touch the member's file · replay · who is gone? · heartbeat    all without a lock, as long as nothing is to be written
//   lock · replay · fence who is gone · heartbeat · append · unlock
import type { Uuid } from '../../bytes/uuid.ts'
import type { CoordinatorResult } from '../../stream/coordinator.ts'
import type { ConsumerGroup } from '../../stream/groups/consumer-group.ts'
import { expireMembers } from '../../stream/groups/expire-members.ts'
import { type ConsumerGroupMember, isReconciledTo } from '../../stream/groups/group-member.ts'
import { classicGroupDeletion } from '../../stream/groups/group-records.ts'
import type { GroupState } from '../../stream/groups/group-state.ts'
import { consumerGroupHeartbeat } from '../../stream/groups/heartbeat.ts'
import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse,
  FencedMember,
  GroupContext,
  MemberLiveness,
} from '../../stream/groups/requests.ts'
import { type HeartbeatResponse, JOIN_EPOCH, type MemberOptions, STATIC_LEAVE_EPOCH } from '../groups.ts'
import type { CoordinatorLog } from './coordinator-log.ts'
import { EmbeddedLiveness } from './embedded-liveness.ts'
import { type GroupHost, groupContext } from './group-host.ts'
import { MemberLocks } from './member-lock.ts'
import type { TopicPartition } from '../../record/topic-partition.ts'

/** How often a member looks whether others died: nothing but a lock that is free tells of it. */
const HEARTBEAT_INTERVAL_MS = 150
/** What Kafka shows of a client on the same machine. */
const CLIENT_HOST = '/127.0.0.1'

export class EmbeddedMembers {
  readonly #host: GroupHost
  readonly #locks: MemberLocks
  readonly #liveness: EmbeddedLiveness
  /** Ids of the topics that members of this process have partitions of, by member id and name: another topic may have the name by now. */
  readonly #topicIds = new Map<string, ReadonlyMap<string, Uuid>>()

  constructor(host: GroupHost) {
    this.#host = host
    this.#locks = new MemberLocks(host.system, host.location)
    this.#liveness = new EmbeddedLiveness(this.#locks, host.system.clock)
  }

  /** As members that died are shown before anybody has fenced them. */
  get seen(): MemberLiveness {
    return this.#liveness.seen
  }

  heartbeat(
    log: CoordinatorLog<GroupState>,
    member: MemberOptions,
    memberEpoch: number,
    owned: readonly TopicPartition[],
  ): HeartbeatResponse {
    const { groupId, memberId, sessionTimeoutMs } = member
    this.#host.refreshTopics()
    if (memberEpoch === JOIN_EPOCH) {
      this.#locks.sweep()
      this.#locks.acquire(memberId, groupId, sessionTimeoutMs)
    }
    this.#locks.touch(memberId)
    this.#keepTopicIds(memberId, owned)
    try {
      const response = this.#beat(log, this.#requestOf(member, memberEpoch, owned))
      if (memberEpoch < JOIN_EPOCH) this.#release(memberId, memberEpoch === STATIC_LEAVE_EPOCH)
      return this.#answer(log.read(), groupId, response)
    } catch (error) {
      this.#release(memberId)
      throw error
    }
  }

  /** Of the topic that the member was given partitions of by this name, or else of the one that has it. */
  topicIdOf(memberId: string, topic: string): Uuid | undefined {
    return this.#topicIds.get(memberId)?.get(topic) ?? this.#host.groupTopics.topic(topic)?.id
  }

  hasMembers(group: ConsumerGroup): boolean {
    return group.members.values().some((member) => this.#liveness.verdict(group.groupId, member) === null)
  }

  /** Takes out who is gone; members of the classic protocol speak to brokers only, and none runs here. Within the log's lock. */
  clear(log: CoordinatorLog<GroupState>, state: GroupState, groupId: string): void {
    const group = state.group(groupId)
    if (group?.type === 'Classic' && group.members.size > 0) log.applyLocked({ records: [classicGroupDeletion(groupId)], response: null })
    if (group?.type === 'Consumer') this.#forget(log.applyLocked(this.#expire(state, [group])))
  }

  /** Takes out who is gone, in all groups. Within the log's lock. */
  clearAll(log: CoordinatorLog<GroupState>, state: GroupState): void {
    this.#forget(log.applyLocked(this.#expire(state, state.consumerGroups)))
  }

  close(): void {
    this.#locks.close()
  }

  #beat(log: CoordinatorLog<GroupState>, request: ConsumerGroupHeartbeatRequest): ConsumerGroupHeartbeatResponse {
    const { groupId, memberEpoch } = request
    const decide = (state: GroupState): CoordinatorResult<ConsumerGroupHeartbeatResponse> =>
      consumerGroupHeartbeat(state, request, this.#context())
    const state = log.read()
    const group = state.group(groupId)
    if (memberEpoch > JOIN_EPOCH && group?.type === 'Consumer' && this.#expire(state, [group]).response.length === 0) {
      const { records, response } = decide(state)
      if (records.length === 0) return response
    }
    return log.withLock((newest) => {
      // Who wrote last may have known of topics that were not there before the lock.
      this.#host.refreshTopics()
      if (memberEpoch === JOIN_EPOCH) this.#makeRoom(log, newest, request)
      else this.clear(log, newest, groupId)
      return log.applyLocked(decide(newest))
    })
  }

  /** What is in the way of a member that joins, and of nobody who lives. */
  #makeRoom(log: CoordinatorLog<GroupState>, state: GroupState, { groupId, memberId, instanceId }: ConsumerGroupHeartbeatRequest): void {
    const present = state.group(groupId)
    const before = present?.type === 'Consumer' && instanceId !== null ? present.staticMember(instanceId) : undefined
    if (before !== undefined && before.memberId !== memberId && this.#liveness.isAway(before)) {
      // One that was killed could not say that it leaves for a time.
      const away = plainRequest({ groupId, memberId: before.memberId, instanceId, clientId: before.clientId }, STATIC_LEAVE_EPOCH)
      if (before.memberEpoch >= JOIN_EPOCH) log.applyLocked(consumerGroupHeartbeat(state, away, this.#context()))
      this.#locks.forget(before.memberId)
    }
    this.clear(log, state, groupId)
  }

  #expire(state: GroupState, groups: Iterable<ConsumerGroup>): CoordinatorResult<FencedMember[]> {
    return expireMembers(state, this.#liveness, this.#context(), groups)
  }

  #forget(fenced: readonly FencedMember[]): void {
    for (const { memberId } of fenced) this.#locks.forget(memberId)
  }

  #release(memberId: string, isReturning = false): void {
    this.#topicIds.delete(memberId)
    this.#locks.release(memberId, isReturning)
  }

  #answer(state: GroupState, groupId: string, { memberId, memberEpoch, assignment }: ConsumerGroupHeartbeatResponse): HeartbeatResponse {
    const group = state.group(groupId)
    const member = group?.type === 'Consumer' ? group.members.get(memberId) : undefined
    const isSettled = group?.type !== 'Consumer' || member === undefined || isSettledIn(group, member)
    const ids = new Map(this.#topicIds.get(memberId))
    const assigned = (assignment ?? []).flatMap(({ topicId, partitions }) => {
      const topic = this.#host.groupTopics.topicById(topicId)?.name
      if (topic === undefined) return []
      ids.set(topic, topicId)
      return partitions.map((partition) => ({ topic, partition }))
    })
    if (memberEpoch >= JOIN_EPOCH) this.#topicIds.set(memberId, ids)
    return { memberEpoch, heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS, assigned, isSettled }
  }

  #keepTopicIds(memberId: string, owned: readonly TopicPartition[]): void {
    const topics = new Set(owned.map(({ topic }) => topic))
    this.#topicIds.set(memberId, new Map([...(this.#topicIds.get(memberId) ?? [])].filter(([topic]) => topics.has(topic))))
  }

  #context(): GroupContext {
    return groupContext(this.#host)
  }

  /** Everything each time, so that the answer is whole each time. */
  #requestOf(member: MemberOptions, memberEpoch: number, owned: readonly TopicPartition[]): ConsumerGroupHeartbeatRequest {
    if (memberEpoch < JOIN_EPOCH) return plainRequest(member, memberEpoch)
    const { memberId, topics, topicPattern, assignor, rebalanceTimeoutMs } = member
    const byTopic = [...Map.groupBy(owned, ({ topic }) => topic)]
    return {
      ...plainRequest(member, memberEpoch),
      rebalanceTimeoutMs,
      subscribedTopicNames: topics,
      subscribedTopicRegex: topicPattern ?? '',
      serverAssignor: assignor,
      topicPartitions: byTopic.flatMap(([topic, some]) => {
        const topicId = this.#topicIds.get(memberId)?.get(topic)
        return topicId === undefined ? [] : [{ topicId, partitions: some.map(({ partition }) => partition) }]
      }),
    }
  }
}

type Who = Pick<MemberOptions, 'groupId' | 'memberId' | 'instanceId' | 'clientId'>

/** A heartbeat that says nothing new. */
function plainRequest({ groupId, memberId, instanceId, clientId }: Who, memberEpoch: number): ConsumerGroupHeartbeatRequest {
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
