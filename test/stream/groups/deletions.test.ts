import { describe, expect, test } from 'vitest'
import { ZERO_UUID } from '../../../src/bytes/uuid.ts'
import { groupRecords } from '../../../src/record/internal/group-records.ts'
import { encodeKey, encodeValue } from '../../../src/record/internal/keyed-record.ts'
import {
  deleteExpiredOffsets,
  deleteGroup,
  deleteOffsets,
  deleteOffsetsOfGoneTopics,
  deleteOffsetsOfTopic,
} from '../../../src/stream/groups/deletions.ts'
import { listGroups } from '../../../src/stream/groups/descriptions.ts'
import { commitOffsets, commitTransactionalOffsets } from '../../../src/stream/groups/offset-commits.ts'
import { fetchOffsets } from '../../../src/stream/groups/offset-reads.ts'
import { TestCoordinator, joinOf, kindsOf, refusal, topicId } from './coordinator.ts'
import { type ClassicGroupOptions, classicGroup } from './records.ts'

const DAY_MS = 24n * 3_600_000n

function committed(coordinator: TestCoordinator, topic: string, partition = 0, groupId = 'group'): void {
  const offsets = [
    { topic, topicId: coordinator.topics.topic(topic)?.id ?? ZERO_UUID, partition, offset: 5n, leaderEpoch: -1, metadata: '' },
  ]
  const empty = coordinator.state.group(groupId)?.state !== 'Stable'
  const member = empty ? { memberId: '', memberEpoch: -1 } : { memberId: 'a', memberEpoch: 1 }
  coordinator.run(commitOffsets(coordinator.state, { groupId, ...member, instanceId: null, offsets }, coordinator.context))
}

function pending(coordinator: TestCoordinator, topic: string, partition = 0): void {
  const offsets = [
    { topic, topicId: coordinator.topics.topic(topic)?.id ?? ZERO_UUID, partition, offset: 5n, leaderEpoch: -1, metadata: '' },
  ]
  const request = { groupId: 'group', memberId: '', memberEpoch: -1, instanceId: null, offsets }
  coordinator.run(commitTransactionalOffsets(coordinator.state, request, coordinator.context), 7n)
}

function offsetsOf(coordinator: TestCoordinator, groupId = 'group'): string[] {
  return [...coordinator.state.offsets.of(groupId)].map(({ topic, partition }) => `${topic}-${partition}`)
}

function groupIds(coordinator: TestCoordinator): string[] {
  return listGroups(coordinator.state).map(({ groupId }) => groupId)
}

describe('deleting offsets', () => {
  const orders = { groupId: 'group', partitions: [{ topic: 'orders', partition: 0 }] }

  test('takes them out; those that are not there are no error', () => {
    const coordinator = new TestCoordinator()
    committed(coordinator, 'orders')
    committed(coordinator, 'jobs')
    const partitions = [...orders.partitions, { topic: 'orders', partition: 9 }]
    const result = deleteOffsets(coordinator.state, { groupId: 'group', partitions })
    expect(kindsOf(result.records)).toEqual(['-OFFSET_COMMIT group orders 0'])
    expect(coordinator.run(result).every(({ error }) => error === null)).toBe(true)
    expect(offsetsOf(coordinator)).toEqual(['jobs-0'])
  })

  test('what an open transaction has committed does not come back with its marker', () => {
    const coordinator = new TestCoordinator()
    pending(coordinator, 'orders')
    coordinator.run(deleteOffsets(coordinator.state, orders))
    coordinator.endTransaction(7n, true)
    expect(offsetsOf(coordinator)).toEqual([])
  })

  test('of a topic that members are subscribed to is refused, by name and by pattern', () => {
    const coordinator = new TestCoordinator()
    coordinator.topics.set('orders', 1).set('clicks', 1)
    coordinator.join('a', 'orders', { subscribedTopicRegex: 'cl.*' })
    for (const topic of ['orders', 'clicks', 'old']) committed(coordinator, topic)
    const partitions = ['orders', 'clicks', 'old'].map((topic) => ({ topic, partition: 0 }))
    const response = coordinator.run(deleteOffsets(coordinator.state, { groupId: 'group', partitions }))
    expect(response.map(({ error }) => error?.code)).toEqual(['GROUP_SUBSCRIBED_TO_TOPIC', 'GROUP_SUBSCRIBED_TO_TOPIC', undefined])
    expect(offsetsOf(coordinator)).toEqual(['orders-0', 'clicks-0'])
  })

  test.for<[string, string, readonly string[], ClassicGroupOptions]>([
    ['GROUP_SUBSCRIBED_TO_TOPIC', 'consumers whose subscriptions cannot be read may be subscribed to anything', ['m'], {}],
    ['NON_EMPTY_GROUP', 'what members of another protocol do, only they know', ['m'], { protocolType: 'connect' }],
    ['', 'a classic group that all have left is free', [], {}],
  ])('%s: %s', ([code, , members, options]) => {
    const coordinator = new TestCoordinator()
    coordinator.run({ records: [classicGroup('group', members, options)], response: null })
    const attempt = (): string | undefined => deleteOffsets(coordinator.state, orders).response[0]!.error?.code
    if (code === 'NON_EMPTY_GROUP') expect(refusal(attempt)).toBe(code)
    else expect(attempt() ?? '').toBe(code)
  })

  test('of a group that there is not is refused', () => {
    expect(refusal(() => deleteOffsets(new TestCoordinator().state, orders))).toBe('GROUP_ID_NOT_FOUND')
  })
})

describe('deleting a group', () => {
  test('leaves nothing of it', () => {
    const coordinator = new TestCoordinator()
    coordinator.topics.set('orders', 2)
    coordinator.heartbeat({ ...joinOf('orders'), subscribedTopicRegex: 'o.*' })
    committed(coordinator, 'orders')
    coordinator.heartbeat({ memberEpoch: -1 })
    pending(coordinator, 'orders', 0)
    pending(coordinator, 'orders', 1)
    const result = deleteGroup(coordinator.state, 'group')
    expect(kindsOf(result.records)).toEqual([
      '-OFFSET_COMMIT group orders 0',
      '-OFFSET_COMMIT group orders 1',
      '-CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA group',
      '-CONSUMER_GROUP_METADATA group',
    ])
    coordinator.run(result)
    coordinator.endTransaction(7n, true)
    expect(groupIds(coordinator)).toEqual([])
    expect(coordinator.heartbeat(joinOf('orders')).memberEpoch).toBe(1)
  })

  test('that only has offsets takes them', () => {
    const coordinator = new TestCoordinator()
    committed(coordinator, 'orders')
    coordinator.run(deleteGroup(coordinator.state, 'group'))
    expect(groupIds(coordinator)).toEqual([])
  })

  test('with members is refused, also one that is away for a time', () => {
    const coordinator = new TestCoordinator()
    coordinator.heartbeat({ ...joinOf('orders'), instanceId: 'till' })
    expect(refusal(() => deleteGroup(coordinator.state, 'group'))).toBe('NON_EMPTY_GROUP')
    coordinator.heartbeat({ memberEpoch: -2, instanceId: 'till' })
    expect(refusal(() => deleteGroup(coordinator.state, 'group'))).toBe('NON_EMPTY_GROUP')
    coordinator.run({ records: [classicGroup('classic', ['m'])], response: null })
    expect(refusal(() => deleteGroup(coordinator.state, 'classic'))).toBe('NON_EMPTY_GROUP')
  })

  test('that there is not is refused, and so is a share group', () => {
    const coordinator = new TestCoordinator()
    expect(refusal(() => deleteGroup(coordinator.state, 'group'))).toBe('GROUP_ID_NOT_FOUND')
    const key = encodeKey(groupRecords.shareGroupMetadata, { groupId: 'queue' })
    const value = encodeValue(groupRecords.shareGroupMetadata, 0, { epoch: 1, metadataHash: 0n })
    coordinator.run({ records: [{ key, value }], response: null })
    expect(refusal(() => deleteGroup(coordinator.state, 'queue'))).toBe('GROUP_ID_NOT_FOUND')
    expect(refusal(() => coordinator.heartbeat({ ...joinOf('orders'), groupId: 'queue' }))).toBe('GROUP_ID_NOT_FOUND')
    expect(listGroups(coordinator.state)).toEqual([{ groupId: 'queue', type: 'Share', protocolType: 'share', state: 'Empty' }])
  })
})

describe('expiry', () => {
  function expired(coordinator: TestCoordinator): string[] {
    const before = offsetsOf(coordinator)
    coordinator.run(deleteExpiredOffsets(coordinator.state, coordinator.context))
    const after = offsetsOf(coordinator)
    return before.filter((partition) => !after.includes(partition))
  }

  test('offsets without a group go a retention after the last commit of any, as those that did not move are not committed again', () => {
    const coordinator = new TestCoordinator()
    committed(coordinator, 'orders')
    coordinator.nowMs += DAY_MS
    committed(coordinator, 'jobs')
    coordinator.nowMs += 7n * DAY_MS - 1n
    expect(expired(coordinator)).toEqual([])
    coordinator.nowMs += 1n
    expect(expired(coordinator)).toEqual(['orders-0', 'jobs-0'])
    expect(groupIds(coordinator)).toEqual([])
  })

  test('what leat remembers of dead letters stays', () => {
    const coordinator = new TestCoordinator()
    committed(coordinator, 'orders.dlq', 0, 'leat.replay.orders.dlq')
    coordinator.nowMs += 80n * DAY_MS
    coordinator.run(deleteExpiredOffsets(coordinator.state, coordinator.context))
    expect(groupIds(coordinator)).toEqual(['leat.replay.orders.dlq'])
  })

  test('offsets of topics that the group is subscribed to stay, and so does a group with members', () => {
    const coordinator = new TestCoordinator()
    coordinator.join('a', 'orders')
    committed(coordinator, 'orders')
    committed(coordinator, 'old')
    coordinator.nowMs += 8n * DAY_MS
    expect(expired(coordinator)).toEqual(['old-0'])
    // Nothing has come for a week, and it may be back.
    coordinator.heartbeat({ memberEpoch: -1 })
    coordinator.nowMs += 7n * DAY_MS - 1n
    expect(expired(coordinator)).toEqual([])
    coordinator.nowMs += 1n
    expect(expired(coordinator)).toEqual(['orders-0'])
    expect(groupIds(coordinator)).toEqual([])
  })

  test('an open transaction keeps its partitions, and the group', () => {
    const coordinator = new TestCoordinator()
    committed(coordinator, 'orders')
    pending(coordinator, 'orders')
    coordinator.nowMs += 8n * DAY_MS
    expect(expired(coordinator)).toEqual([])
    coordinator.endTransaction(7n, false)
    expect(expired(coordinator)).toEqual(['orders-0'])
  })

  test('a group without offsets is kept for those that a transaction may bring', () => {
    const coordinator = new TestCoordinator()
    coordinator.join('a', 'orders')
    coordinator.heartbeat({ memberEpoch: -1 })
    pending(coordinator, 'orders')
    expect(expired(coordinator)).toEqual([])
    expect(coordinator.group().groupEpoch).toBe(2)
    coordinator.endTransaction(7n, false)
    expect(expired(coordinator)).toEqual([])
    expect(groupIds(coordinator)).toEqual([])
  })

  test('a classic group has its offsets until a retention after all have left it', () => {
    const coordinator = new TestCoordinator()
    committed(coordinator, 'orders')
    coordinator.nowMs += 10n * DAY_MS
    coordinator.run({ records: [classicGroup('group', ['m'])], response: null })
    expect(expired(coordinator)).toEqual([])
    coordinator.run({ records: [classicGroup('group', [], { currentStateTimestamp: coordinator.nowMs })], response: null })
    expect(expired(coordinator)).toEqual([])
    coordinator.nowMs += 7n * DAY_MS
    expect(expired(coordinator)).toEqual(['orders-0'])
    expect(groupIds(coordinator)).toEqual([])
  })

  test('an offset with a time of its own, from an old client, goes by that', () => {
    const coordinator = new TestCoordinator()
    const key = encodeKey(groupRecords.offsetCommit, { group: 'group', topic: 'orders', partition: 0 })
    const times = { commitTimestamp: coordinator.nowMs, expireTimestamp: coordinator.nowMs + 100n, topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }
    const value = encodeValue(groupRecords.offsetCommit, 1, { offset: 5n, leaderEpoch: -1, metadata: '', ...times })
    coordinator.run({ records: [{ key, value }], response: null })
    coordinator.nowMs += 99n
    expect(expired(coordinator)).toEqual([])
    coordinator.nowMs += 1n
    expect(expired(coordinator)).toEqual(['orders-0'])
  })
})

describe('offsets of a topic that was deleted', () => {
  test('go in all groups, with those that do not say which topic they are of', () => {
    const coordinator = new TestCoordinator()
    committed(coordinator, 'orders', 1, 'a')
    coordinator.topics.set('orders', 2).set('jobs', 1)
    for (const groupId of ['a', 'b']) for (const topic of ['orders', 'jobs']) committed(coordinator, topic, 0, groupId)
    coordinator.run(deleteOffsetsOfTopic(coordinator.state, 'orders', topicId('orders')))
    expect([...offsetsOf(coordinator, 'a'), ...offsetsOf(coordinator, 'b')]).toEqual(['jobs-0', 'jobs-0'])
  })

  test('go, and those of the topic that has its name by now stay', () => {
    const coordinator = new TestCoordinator()
    coordinator.topics.set('orders', 2)
    for (const partition of [0, 1]) committed(coordinator, 'orders', partition)
    coordinator.topics.set('orders', 2, 1)
    committed(coordinator, 'orders', 1)
    const { records } = deleteOffsetsOfTopic(coordinator.state, 'orders', topicId('orders'))
    expect(kindsOf(records)).toEqual(['-OFFSET_COMMIT group orders 0'])
    expect(kindsOf(deleteOffsetsOfGoneTopics(coordinator.state, coordinator.topics).records)).toEqual(kindsOf(records))
  })

  test('do not say where a group is in the topic that has its name by now', () => {
    const coordinator = new TestCoordinator()
    coordinator.topics.set('orders', 1)
    committed(coordinator, 'orders')
    coordinator.topics.set('orders', 1, 1)
    const request = { groupId: 'group', memberId: null, memberEpoch: -1, requireStable: false }
    const fetch = (partitions: { topic: string; partition: number }[] | null): bigint[] =>
      fetchOffsets(coordinator.state, { ...request, partitions }, coordinator.topics).map(({ offset }) => offset)
    expect([fetch(null), fetch([{ topic: 'orders', partition: 0 }])]).toEqual([[], [-1n]])
    committed(coordinator, 'orders')
    expect(fetch(null)).toEqual([5n])
  })

  test('that an open transaction committed go with its partition only where nothing that counts is there', () => {
    const coordinator = new TestCoordinator()
    coordinator.topics.set('orders', 1)
    pending(coordinator, 'orders')
    coordinator.topics.set('orders', 1, 1)
    committed(coordinator, 'orders')
    expect(deleteOffsetsOfGoneTopics(coordinator.state, coordinator.topics).records).toEqual([])
  })
})
