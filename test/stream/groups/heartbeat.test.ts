import { describe, expect, test } from 'vitest'
import { describeGroup } from '../../../src/stream/groups/descriptions.ts'
import { consumerGroupHeartbeat } from '../../../src/stream/groups/heartbeat.ts'
import { expireMembers } from '../../../src/stream/groups/expire-members.ts'
import type { ConsumerGroupHeartbeatRequest } from '../../../src/stream/groups/requests.ts'
import { classicGroup } from './records.ts'
import { TestCoordinator, heartbeatRequest, joinOf, kindsOf, partitionsOf, refusal } from './coordinator.ts'

/** Of orders with `partitionCount` partitions and members a, b …, each with its share. */
function settledGroup(partitionCount: number, ...memberIds: string[]): TestCoordinator {
  const coordinator = new TestCoordinator()
  coordinator.topics.set('orders', partitionCount)
  for (const memberId of memberIds) coordinator.join(memberId, 'orders')
  coordinator.settle()
  return coordinator
}

describe('joining', () => {
  test('the first member of a group gets every partition at once', () => {
    const coordinator = new TestCoordinator()
    coordinator.topics.set('orders', 3)
    expect(coordinator.join('a', 'orders')).toEqual({
      memberId: 'a',
      memberEpoch: 1,
      heartbeatIntervalMs: 5000,
      assignment: [partitionsOf('orders', 0, 1, 2)],
    })
    expect(coordinator.group().state).toBe('Stable')
  })

  test('writes what Kafka writes: the member, the group, the target, and what the member has', () => {
    const coordinator = new TestCoordinator()
    coordinator.topics.set('orders', 3)
    const { records } = consumerGroupHeartbeat(
      coordinator.state,
      heartbeatRequest({ memberId: 'a', ...joinOf('orders') }),
      coordinator.context,
    )
    expect(kindsOf(records)).toEqual([
      'CONSUMER_GROUP_MEMBER_METADATA group a',
      'CONSUMER_GROUP_METADATA group',
      'CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER group a',
      'CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA group',
      'CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT group a',
    ])
  })

  test('a topic that there is not is waited for', () => {
    const coordinator = new TestCoordinator()
    expect(coordinator.join('a', 'orders').assignment).toEqual([])
    coordinator.topics.set('orders', 2)
    expect(coordinator.heartbeat({ memberEpoch: 1 })).toMatchObject({ memberEpoch: 2, assignment: [partitionsOf('orders', 0, 1)] })
  })

  test('a member without any subscription is a member without partitions', () => {
    const coordinator = settledGroup(2, 'a')
    expect(coordinator.heartbeat({ memberId: 'b', ...joinOf() })).toMatchObject({ memberEpoch: 2, assignment: [] })
  })

  test('a member that lost the answer to its join joins again, and is the same member', () => {
    const coordinator = settledGroup(3, 'a')
    coordinator.join('b', 'orders')
    const again = coordinator.join('b', 'orders')
    expect(again.memberEpoch).toBe(2)
    expect(coordinator.group().groupEpoch).toBe(2)
  })

  test('a member that was fenced by its epoch may come back with nothing (KAFKA-19233)', () => {
    const coordinator = settledGroup(2, 'a', 'b')
    expect(refusal(() => coordinator.heartbeat({ memberId: 'a', memberEpoch: 9 }))).toBe('FENCED_MEMBER_EPOCH')
    expect(coordinator.join('a', 'orders')).toMatchObject({ memberEpoch: 2, assignment: [partitionsOf('orders', 0)] })
  })
})

describe('rebalancing', () => {
  test('a partition is handed over only when its owner has let go of it', () => {
    const coordinator = settledGroup(2, 'a')
    expect(coordinator.join('b', 'orders')).toMatchObject({ memberEpoch: 2, assignment: [] })
    expect(coordinator.member('b').state).toBe('UNRELEASED_PARTITIONS')
    // a is told, and works on until it says that it has let go.
    expect(coordinator.heartbeat({ memberEpoch: 1 })).toMatchObject({ memberEpoch: 1, assignment: [partitionsOf('orders', 0)] })
    expect(coordinator.member('a').state).toBe('UNREVOKED_PARTITIONS')
    expect(coordinator.heartbeat({ memberId: 'b', memberEpoch: 2 }).assignment).toBeNull()
    coordinator.heartbeat({ memberEpoch: 1, topicPartitions: [partitionsOf('orders', 0, 1)] })
    expect(coordinator.heartbeat({ memberId: 'b', memberEpoch: 2 }).assignment).toBeNull()
    expect(coordinator.heartbeat({ memberEpoch: 1, topicPartitions: [partitionsOf('orders', 0)] })).toMatchObject({
      memberEpoch: 2,
      assignment: null,
    })
    expect(coordinator.heartbeat({ memberId: 'b', memberEpoch: 2 })).toMatchObject({ assignment: [partitionsOf('orders', 1)] })
    expect(coordinator.group().state).toBe('Stable')
  })

  test('who has to let go twice is an epoch further each time, so that late commits of what it lost are refused', () => {
    const coordinator = settledGroup(6, 'a')
    coordinator.join('b', 'orders')
    coordinator.heartbeat({ memberEpoch: 1 })
    coordinator.join('c', 'orders')
    const firstKept = [partitionsOf('orders', 0, 1, 2)]
    expect(coordinator.heartbeat({ memberEpoch: 1, topicPartitions: firstKept })).toMatchObject({
      memberEpoch: 2,
      assignment: [partitionsOf('orders', 0, 1)],
    })
    expect(coordinator.member('a').state).toBe('UNREVOKED_PARTITIONS')
    expect(coordinator.heartbeat({ memberEpoch: 2, topicPartitions: [partitionsOf('orders', 0, 1)] })).toMatchObject({
      memberEpoch: 3,
      assignment: null,
    })
  })

  test('the group says how far it is', () => {
    const coordinator = settledGroup(2, 'a', 'b')
    coordinator.heartbeat({ memberId: 'b', memberEpoch: -1 })
    expect(coordinator.group().state).toBe('Assigning')
    coordinator.heartbeat({ memberEpoch: 2 })
    expect(coordinator.group().state).toBe('Stable')
    coordinator.join('c', 'orders')
    expect(coordinator.group().state).toBe('Reconciling')
    coordinator.settle()
    expect(coordinator.owned()).toEqual({ a: ['orders-0'], c: ['orders-1'] })
    for (const memberId of ['a', 'c']) coordinator.heartbeat({ memberId, memberEpoch: -1 })
    expect(coordinator.group().state).toBe('Empty')
  })

  test('more members than partitions leave some idle, and a new partition finds one of them', () => {
    const coordinator = settledGroup(1, 'a', 'b')
    expect(coordinator.owned()).toEqual({ a: ['orders-0'], b: [] })
    coordinator.topics.set('orders', 2)
    coordinator.settle()
    expect(coordinator.owned()).toEqual({ a: ['orders-0'], b: ['orders-1'] })
  })

  test('a topic that was deleted and made again is another one', () => {
    const coordinator = settledGroup(1, 'a')
    coordinator.topics.set('orders', 1, 1)
    coordinator.settle()
    expect(coordinator.member('a').assignedPartitions.has(coordinator.topics.topic('orders')!.id)).toBe(true)
    expect(coordinator.member('a').assignedPartitions.size).toBe(1)
  })

  test('a heartbeat that changes nothing writes nothing', () => {
    const coordinator = settledGroup(4, 'a', 'b')
    const written = coordinator.log.length
    const full = { ...joinOf('orders'), memberEpoch: 2, topicPartitions: [partitionsOf('orders', 0, 1)] }
    expect(coordinator.heartbeat({ memberEpoch: 2 }).assignment).toBeNull()
    expect(coordinator.heartbeat(full).assignment).toEqual([partitionsOf('orders', 0, 1)])
    expect(coordinator.log).toHaveLength(written)
  })

  test('the answer that brought a new epoch may have been lost once, not twice', () => {
    const coordinator = settledGroup(2, 'a')
    coordinator.topics.set('orders', 3)
    coordinator.heartbeat({ memberEpoch: 1 })
    const lost = { memberEpoch: 1, topicPartitions: [partitionsOf('orders', 0, 1)] }
    expect(coordinator.heartbeat({ ...lost, ...fullRequest('orders') })).toMatchObject({
      memberEpoch: 2,
      assignment: [partitionsOf('orders', 0, 1, 2)],
    })
    expect(refusal(() => coordinator.heartbeat({ memberEpoch: 1 }))).toBe('FENCED_MEMBER_EPOCH')
    coordinator.topics.set('orders', 4)
    coordinator.heartbeat({ memberEpoch: 2 })
    expect(refusal(() => coordinator.heartbeat(lost))).toBe('FENCED_MEMBER_EPOCH')
  })

  test('the assignor that most members ask for makes the assignment', () => {
    const coordinator = new TestCoordinator()
    coordinator.topics.set('orders', 4)
    for (const [memberId, serverAssignor] of [
      ['a', null],
      ['b', 'range'],
      ['c', 'range'],
      ['d', 'round-robin'],
    ] as const)
      coordinator.join(memberId, 'orders', { serverAssignor })
    expect(describeGroup(coordinator.state, 'group', coordinator.topics).assignor).toBe('range')
    for (const memberId of ['c', 'd']) coordinator.heartbeat({ memberId, memberEpoch: -1 })
    coordinator.settle()
    expect(coordinator.owned()).toEqual({ a: ['orders-0', 'orders-1'], b: ['orders-2', 'orders-3'] })
  })
})

function fullRequest(topic: string): Partial<ConsumerGroupHeartbeatRequest> {
  return { rebalanceTimeoutMs: 60_000, subscribedTopicNames: [topic] }
}

describe('patterns', () => {
  test('a member gets all topics whose whole name matches, and those that come later', () => {
    const coordinator = new TestCoordinator()
    coordinator.topics.set('clicks', 1).set('clicks.eu', 1).set('my-clicks', 1)
    coordinator.heartbeat({ ...joinOf(), subscribedTopicNames: null, subscribedTopicRegex: 'clicks(\\..*)?' })
    expect(coordinator.owned()).toEqual({ a: ['clicks-0', 'clicks.eu-0'] })
    coordinator.topics.set('clicks.us', 1)
    coordinator.settle()
    expect(coordinator.owned()).toEqual({ a: ['clicks-0', 'clicks.eu-0', 'clicks.us-0'] })
    coordinator.topics.delete('clicks.eu')
    coordinator.settle()
    expect(coordinator.owned()).toEqual({ a: ['clicks-0', 'clicks.us-0'] })
  })

  test("Kafka's own topics match no pattern", () => {
    const coordinator = new TestCoordinator()
    coordinator.topics.set('orders', 1).set('__consumer_offsets', 4)
    coordinator.heartbeat({ ...joinOf(), subscribedTopicRegex: '.*' })
    expect(coordinator.owned()).toEqual({ a: ['orders-0'] })
  })

  test('names and pattern add up, and an empty pattern ends the subscription by pattern', () => {
    const coordinator = new TestCoordinator()
    coordinator.topics.set('orders', 1).set('clicks', 1)
    coordinator.join('a', 'orders', { subscribedTopicRegex: 'cl.*' })
    expect(coordinator.owned()).toEqual({ a: ['clicks-0', 'orders-0'] })
    expect(kindsOf(coordinator.log as never)).toContain('CONSUMER_GROUP_REGULAR_EXPRESSION group cl.*')
    const written = coordinator.log.length
    coordinator.heartbeat({ memberEpoch: 1, subscribedTopicRegex: '' })
    coordinator.settle()
    expect(coordinator.owned()).toEqual({ a: ['orders-0'] })
    expect(kindsOf(coordinator.log.slice(written) as never)).toContain('-CONSUMER_GROUP_REGULAR_EXPRESSION group cl.*')
    expect(coordinator.group().patterns.size).toBe(0)
  })

  test('a topic that only another member had by name is shared when it comes to match', () => {
    const coordinator = new TestCoordinator()
    coordinator.topics.set('orders', 2)
    coordinator.join('a', 'orders')
    coordinator.heartbeat({ memberId: 'b', ...joinOf(), subscribedTopicRegex: 'x' })
    coordinator.heartbeat({ memberId: 'b', memberEpoch: 2, subscribedTopicRegex: 'o.*' })
    coordinator.settle()
    expect(coordinator.owned()).toEqual({ a: ['orders-0'], b: ['orders-1'] })
  })
})

describe('leaving', () => {
  test('what a member had goes to those that stay', () => {
    const coordinator = settledGroup(2, 'a', 'b')
    expect(coordinator.heartbeat({ memberEpoch: -1 })).toEqual({ memberId: 'a', memberEpoch: -1, heartbeatIntervalMs: 0, assignment: null })
    coordinator.settle()
    expect(coordinator.owned()).toEqual({ b: ['orders-0', 'orders-1'] })
  })

  test('the last one leaves a group that is still there', () => {
    const coordinator = settledGroup(2, 'a')
    coordinator.heartbeat({ memberEpoch: -1 })
    expect(coordinator.group()).toMatchObject({ state: 'Empty', groupEpoch: 2, metadataHash: 0n })
    expect(coordinator.join('a', 'orders').memberEpoch).toBe(3)
  })
})

describe('fencing', () => {
  test('members that are not heard of go, all of a group in one epoch', () => {
    const coordinator = settledGroup(3, 'a', 'b', 'c')
    const before = coordinator.group().groupEpoch
    const liveness = { verdict: (_: string, { memberId }: { memberId: string }) => (memberId === 'b' ? null : ('session' as const)) }
    expect(coordinator.run(expireMembers(coordinator.state, liveness, coordinator.context))).toEqual([
      { groupId: 'group', memberId: 'a', reason: 'session' },
      { groupId: 'group', memberId: 'c', reason: 'session' },
    ])
    expect(coordinator.group().groupEpoch).toBe(before + 1)
    expect(refusal(() => coordinator.heartbeat({ memberId: 'a', memberEpoch: before }))).toBe('UNKNOWN_MEMBER_ID')
    coordinator.settle()
    expect(coordinator.owned()).toEqual({ b: ['orders-0', 'orders-1', 'orders-2'] })
  })

  test('a group whose members are all alive stays as it is', () => {
    const coordinator = settledGroup(3, 'a', 'b')
    expect(expireMembers(coordinator.state, { verdict: () => null }, coordinator.context)).toEqual({ records: [], response: [] })
  })
})

describe('refusals', () => {
  const valid = { memberId: 'a', ...joinOf('orders') }
  test.for<[string, string, Partial<ConsumerGroupHeartbeatRequest>]>([
    ['INVALID_REQUEST', 'an empty group id', { ...valid, groupId: '' }],
    ['INVALID_REQUEST', 'an empty member id', { ...valid, memberId: '' }],
    ['INVALID_REQUEST', 'an empty instance id', { ...valid, instanceId: '' }],
    ['INVALID_REQUEST', 'an empty rack id', { ...valid, rackId: ' ' }],
    ['INVALID_REQUEST', 'a join without a rebalance timeout', { ...valid, rebalanceTimeoutMs: -1 }],
    ['INVALID_REQUEST', 'a join that does not say that it has nothing', { ...valid, topicPartitions: null }],
    ['INVALID_REQUEST', 'a join with partitions', { ...valid, topicPartitions: [partitionsOf('orders', 0)] }],
    ['INVALID_REQUEST', 'a join without a subscription', { ...valid, subscribedTopicNames: null }],
    ['INVALID_REQUEST', 'an epoch below -2', { ...valid, memberEpoch: -3 }],
    ['INVALID_REQUEST', 'leaving for a time without an instance id', { ...valid, memberEpoch: -2 }],
    ['UNSUPPORTED_ASSIGNOR', 'an assignor that there is not', { ...valid, serverAssignor: 'fair' }],
    ['INVALID_REGULAR_EXPRESSION', 'a pattern that is none', { ...valid, subscribedTopicRegex: '(' }],
    ['GROUP_ID_NOT_FOUND', 'a heartbeat to a group that there is not', { memberId: 'a', memberEpoch: 1, groupId: 'none' }],
    ['GROUP_ID_NOT_FOUND', 'leaving a group that there is not', { memberId: 'a', memberEpoch: -1, groupId: 'none' }],
    ['UNKNOWN_MEMBER_ID', 'a heartbeat of who is no member', { memberId: 'x', memberEpoch: 1 }],
    ['UNKNOWN_MEMBER_ID', 'leaving of who is no member', { memberId: 'x', memberEpoch: -1 }],
    ['UNKNOWN_MEMBER_ID', 'an instance that is no member', { memberId: 'b', memberEpoch: 1, instanceId: 'till' }],
    ['FENCED_MEMBER_EPOCH', 'an epoch from the future', { memberId: 'b', memberEpoch: 5 }],
    ['FENCED_MEMBER_EPOCH', 'an epoch from long ago', { memberId: 'b', memberEpoch: 1 }],
    ['GROUP_MAX_SIZE_REACHED', 'a member too many', { ...valid, memberId: 'd' }],
    ['GROUP_ID_NOT_FOUND', 'joining a group whose members speak the classic protocol', { ...valid, groupId: 'classic' }],
  ])('%s: %s', ([code, , request]) => {
    const coordinator = settledGroup(2, 'b', 'c')
    coordinator.config = { ...coordinator.config, maxSize: code === 'GROUP_MAX_SIZE_REACHED' ? 2 : 10 }
    coordinator.run({ records: [classicGroup('classic', ['m'])], response: null })
    const written = coordinator.log.length
    expect(refusal(() => coordinator.heartbeat(request))).toBe(code)
    expect(coordinator.log).toHaveLength(written)
  })

  test('a classic group that all have left becomes a consumer group, with its offsets', () => {
    const coordinator = new TestCoordinator()
    coordinator.topics.set('orders', 1)
    coordinator.run({ records: [classicGroup('group')], response: null })
    expect(kindsOf(consumerGroupHeartbeat(coordinator.state, heartbeatRequest(valid), coordinator.context).records)[0]).toBe(
      '-GROUP_METADATA group',
    )
    expect(coordinator.heartbeat(valid).memberEpoch).toBe(1)
    expect(coordinator.group().type).toBe('Consumer')
  })
})

test('texts that the records of a member have no room for are refused', () => {
  const coordinator = new TestCoordinator()
  const long = 'x'.repeat(32_768)
  for (const name of ['groupId', 'memberId', 'instanceId', 'rackId', 'subscribedTopicRegex'])
    expect(refusal(() => coordinator.heartbeat({ ...joinOf('orders'), [name]: long }))).toBe('INVALID_REQUEST')
})
