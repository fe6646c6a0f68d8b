// A coordinator for tests: one state, the log of all that its commands wrote, topics and a clock that tests set.
import { createHash } from 'node:crypto'
import type { LeatError } from '../../../src/errors/leat-error.ts'
import { internalRecordJson } from '../../../src/record/internal/internal-record.ts'
import type { CoordinatorRecord, CoordinatorResult } from '../../../src/stream/coordinator.ts'
import type { TopicPartitions } from '../../../src/stream/groups/assignment.ts'
import type { ConsumerGroup } from '../../../src/stream/groups/consumer-group.ts'
import type { ConsumerGroupMember } from '../../../src/stream/groups/group-member.ts'
import { GroupState } from '../../../src/stream/groups/group-state.ts'
import { consumerGroupHeartbeat } from '../../../src/stream/groups/heartbeat.ts'
import {
  type ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatResponse,
  DEFAULT_GROUP_CONFIG,
  type GroupConfig,
  type GroupContext,
  type GroupTopic,
  type GroupTopics,
} from '../../../src/stream/groups/requests.ts'

export class TestTopics implements GroupTopics {
  readonly #byName = new Map<string, GroupTopic>()

  get topics(): Iterable<GroupTopic> {
    return this.#byName.values()
  }

  topic(name: string): GroupTopic | undefined {
    return this.#byName.get(name)
  }

  topicById(id: string): GroupTopic | undefined {
    return [...this.#byName.values()].find((topic) => topic.id === id)
  }

  /** Creates the topic, or gives it more partitions. @param incarnation another one has another id */
  set(name: string, partitionCount: number, incarnation = 0): this {
    this.#byName.set(name, { name, id: topicId(name, incarnation), partitions: { size: partitionCount } })
    return this
  }

  delete(name: string): void {
    this.#byName.delete(name)
  }
}

/** The same for the same name, so that tests can speak of topics by names. */
export function topicId(name: string, incarnation = 0): string {
  return createHash('md5').update(`${name} ${incarnation}`).digest('base64url')
}

export interface LoggedRecord extends CoordinatorRecord {
  readonly producerId: bigint
}

export class TestCoordinator {
  readonly state = new GroupState()
  readonly topics = new TestTopics()
  readonly log: (LoggedRecord | { readonly producerId: bigint; readonly isCommitted: boolean })[] = []
  config: GroupConfig = DEFAULT_GROUP_CONFIG
  nowMs = 1_000_000n

  get context(): GroupContext {
    return { nowMs: this.nowMs, topics: this.topics, config: this.config }
  }

  /** Appends and replays, as whoever runs a coordinator does. */
  run<T>({ records, response }: CoordinatorResult<T>, producerId = -1n): T {
    for (const record of records) {
      this.state.replay(record, BigInt(this.log.length), producerId, this.nowMs)
      this.log.push({ ...record, producerId })
    }
    return response
  }

  endTransaction(producerId: bigint, isCommitted: boolean): void {
    this.log.push({ producerId, isCommitted })
    this.state.replayEndTransactionMarker(producerId, isCommitted)
  }

  heartbeat(request: Partial<ConsumerGroupHeartbeatRequest>): ConsumerGroupHeartbeatResponse {
    return this.run(consumerGroupHeartbeat(this.state, heartbeatRequest(request), this.context))
  }

  join(memberId: string, topic: string, request: Partial<ConsumerGroupHeartbeatRequest> = {}): ConsumerGroupHeartbeatResponse {
    return this.heartbeat({ memberId, ...joinOf(topic), ...request })
  }

  group(groupId = 'group'): ConsumerGroup {
    const group = this.state.group(groupId)
    if (group?.type !== 'Consumer') throw new Error(`there is no consumer group ${groupId}`)
    return group
  }

  member(memberId: string, groupId = 'group'): ConsumerGroupMember {
    return this.group(groupId).members.get(memberId)!
  }

  /** Heartbeats of all members that do what they are told, until nothing changes any more. */
  settle(groupId = 'group'): void {
    for (let round = 0; round < 20; round++) {
      const before = this.log.length
      for (const { memberId, memberEpoch, instanceId, assignedPartitions } of this.group(groupId).members.values()) {
        if (memberEpoch < 0) continue
        const topicPartitions = [...assignedPartitions].map(([id, partitions]) => ({ topicId: id, partitions: [...partitions.keys()] }))
        this.heartbeat({ groupId, memberId, memberEpoch, instanceId, topicPartitions })
      }
      if (this.log.length === before) return
    }
    throw new Error('the group does not come to rest')
  }

  /** What each member has, as `topic-partition`. */
  owned(groupId = 'group'): Record<string, string[]> {
    return Object.fromEntries(
      [...this.group(groupId).members.values()].map(({ memberId, assignedPartitions }) => [
        memberId,
        [...assignedPartitions]
          .flatMap(([id, partitions]) => [...partitions.keys()].map((partition) => `${this.topics.topicById(id)?.name}-${partition}`))
          .toSorted(),
      ]),
    )
  }
}

export function heartbeatRequest(request: Partial<ConsumerGroupHeartbeatRequest>): ConsumerGroupHeartbeatRequest {
  return {
    groupId: 'group',
    memberId: 'a',
    memberEpoch: 0,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: -1,
    subscribedTopicNames: null,
    subscribedTopicRegex: null,
    serverAssignor: null,
    topicPartitions: null,
    clientId: 'client',
    clientHost: '/127.0.0.1',
    ...request,
  }
}

export function joinOf(...topics: string[]): Partial<ConsumerGroupHeartbeatRequest> {
  return { memberEpoch: 0, rebalanceTimeoutMs: 60_000, subscribedTopicNames: topics, topicPartitions: [] }
}

export function partitionsOf(topic: string, ...partitions: number[]): TopicPartitions {
  return { topicId: topicId(topic), partitions }
}

/** Code of the error, for tables of tests. */
export function refusal(attempt: () => unknown): string {
  try {
    attempt()
  } catch (error) {
    return (error as LeatError).code
  }
  throw new Error('it was not refused')
}

/** Type and key of records, with `-` before deletions. */
export function kindsOf(records: readonly CoordinatorRecord[]): string[] {
  return records.map(({ key, value }) => {
    const { type, key: fields } = internalRecordJson('__consumer_offsets', key, value)!
    return `${value === null ? '-' : ''}${type} ${Object.values(fields as Record<string, string>).join(' ')}`
  })
}
