import { expect, test } from 'vitest'
import { groupRecords } from '../../../src/record/internal/group-records.ts'
import { encodeKey, encodeValue } from '../../../src/record/internal/keyed-record.ts'
import type { CoordinatorRecord } from '../../../src/stream/coordinator.ts'
import { deleteGroup } from '../../../src/stream/groups/deletions.ts'
import { describeGroup, listGroups } from '../../../src/stream/groups/descriptions.ts'
import { GroupState } from '../../../src/stream/groups/group-state.ts'
import { commitOffsets, commitTransactionalOffsets } from '../../../src/stream/groups/offset-commits.ts'
import { TestCoordinator, joinOf, partitionsOf, topicId } from './coordinator.ts'
import { classicGroup } from './records.ts'
import { viewOf } from './view.ts'

type Logged = TestCoordinator['log'][number]

function replayed(log: readonly Logged[]): GroupState {
  const state = new GroupState()
  for (const [offset, entry] of log.entries())
    if ('key' in entry) state.replay(entry, BigInt(offset), entry.producerId)
    else state.replayEndTransactionMarker(entry.producerId, entry.isCommitted)
  return state
}

/** What the log cleaner leaves: of each key the last record, and no deletion. */
function compacted(log: readonly Logged[]): Logged[] {
  const last = new Map(log.flatMap((entry) => ('key' in entry ? [[entry.key.toString('hex'), entry] as const] : [])))
  return log.filter((entry) => 'key' in entry && last.get(entry.key.toString('hex')) === entry && entry.value !== null)
}

/** Members that came, left, were replaced; offsets with and without transactions; a group that is gone. */
function eventful(): TestCoordinator {
  const coordinator = new TestCoordinator()
  coordinator.topics.set('orders', 4).set('clicks', 1)
  coordinator.join('a', 'orders', { instanceId: 'till-1' })
  coordinator.heartbeat({ memberId: 'b', ...joinOf(), subscribedTopicRegex: 'o.*|c.*' })
  coordinator.join('c', 'orders', { serverAssignor: 'range', rackId: 'r1' })
  coordinator.settle()
  coordinator.heartbeat({ memberId: 'c', memberEpoch: -1 })
  coordinator.heartbeat({ memberId: 'a', instanceId: 'till-1', memberEpoch: -2 })
  coordinator.join('a2', 'orders', { instanceId: 'till-1' })
  coordinator.topics.set('orders', 5)
  coordinator.settle()
  for (const groupId of ['tool', 'gone']) {
    const request = {
      groupId,
      memberId: '',
      memberEpoch: -1,
      instanceId: null,
      offsets: [{ topic: 'orders', topicId: topicId('orders'), partition: 0, offset: 5n, leaderEpoch: 2, metadata: 'm' }],
    }
    coordinator.run(commitOffsets(coordinator.state, request, coordinator.context))
  }
  coordinator.run(deleteGroup(coordinator.state, 'gone'))
  coordinator.join('x', 'orders', { groupId: 'emptied' })
  coordinator.heartbeat({ groupId: 'emptied', memberId: 'x', memberEpoch: -1 })
  return coordinator
}

test('replaying the log gives the state again', () => {
  const coordinator = eventful()
  const request = { groupId: 'tool', memberId: '', memberEpoch: -1, instanceId: null }
  for (const [producerId, offset] of [
    [7n, 8n],
    [8n, 9n],
  ] as const) {
    const offsets = [{ topic: 'orders', topicId: topicId('orders'), partition: Number(producerId), offset, leaderEpoch: -1, metadata: '' }]
    coordinator.run(commitTransactionalOffsets(coordinator.state, { ...request, offsets }, coordinator.context), producerId)
  }
  coordinator.endTransaction(7n, true)
  expect(viewOf(replayed(coordinator.log))).toBe(viewOf(coordinator.state))
})

test('so does replaying what compaction leaves of it', () => {
  const coordinator = eventful()
  const cleaned = compacted(coordinator.log)
  expect(cleaned.length).toBeLessThan(coordinator.log.length)
  const withoutPositions = (state: GroupState): string => viewOf(state).replaceAll(/recordOffset: \d+n/g, '')
  expect(withoutPositions(replayed(cleaned))).toBe(withoutPositions(coordinator.state))
})

test('deletions of what is not there are passed over', () => {
  const state = new GroupState()
  const log = eventful().log
  for (const [offset, entry] of log.entries()) if ('key' in entry) state.replay({ key: entry.key, value: null }, BigInt(offset), -1n)
  expect(state.groups).toEqual([])
})

test('records of kinds and versions that are not known are passed over', () => {
  const state = new GroupState()
  state.replay({ key: Buffer.from([0x7f, 0xff, 1, 2]), value: Buffer.from([0, 0, 1]) }, 0n, -1n)
  state.replay({ key: encodeKey(groupRecords.consumerGroupMetadata, { groupId: 'g' }), value: Buffer.from([0x7f, 0xff]) }, 1n, -1n)
  expect(state.groups).toEqual([])
})

test('what compaction has left of a classic group, or of a static member that was replaced, does not take away what came after', () => {
  const coordinator = new TestCoordinator()
  coordinator.join('a', 'orders', { instanceId: 'till' })
  const deletions = [encodeKey(groupRecords.groupMetadata, { group: 'group' })]
  coordinator.run({ records: deletions.map((key) => ({ key, value: null })), response: null })
  expect(coordinator.group().members.size).toBe(1)
  const key = (memberId: string): Buffer => encodeKey(groupRecords.consumerGroupMemberMetadata, { groupId: 'group', memberId })
  const written = coordinator.log.find((entry) => 'key' in entry && entry.key.equals(key('a'))) as CoordinatorRecord
  coordinator.run({
    records: [
      { key: key('b'), value: written.value },
      { key: key('a'), value: null },
    ],
    response: null,
  })
  expect(coordinator.group().staticMember('till')?.memberId).toBe('b')
})

test("Kafka 4.0's record of a group's topics goes when the group changes", () => {
  const coordinator = new TestCoordinator()
  coordinator.topics.set('orders', 1)
  coordinator.join('a', 'orders')
  const key = encodeKey(groupRecords.consumerGroupPartitionMetadata, { groupId: 'group' })
  const value = encodeValue(groupRecords.consumerGroupPartitionMetadata, 0, { topics: [] })
  coordinator.run({ records: [{ key, value }], response: null })
  coordinator.join('b', 'orders')
  expect(coordinator.log.some((entry) => 'key' in entry && entry.key.equals(key) && entry.value === null)).toBe(true)
  expect(coordinator.group().hasPartitionMetadataRecord).toBe(false)
})

test('a member in a state that a newer Kafka knows has to begin anew', () => {
  const coordinator = new TestCoordinator()
  coordinator.topics.set('orders', 1)
  coordinator.join('a', 'orders')
  const value = { memberEpoch: 1, previousMemberEpoch: 0, state: 9, assignedPartitions: [], partitionsPendingRevocation: [] }
  const record: CoordinatorRecord = {
    key: encodeKey(groupRecords.consumerGroupCurrentMemberAssignment, { groupId: 'group', memberId: 'a' }),
    value: encodeValue(groupRecords.consumerGroupCurrentMemberAssignment, 0, value),
  }
  coordinator.run({ records: [record], response: null })
  expect(() => coordinator.heartbeat({ memberEpoch: 1 })).toThrow('epoch')
  expect(coordinator.join('a', 'orders').assignment).toEqual([partitionsOf('orders', 0)])
})

test('groups are listed by id, each with its type and state', () => {
  const coordinator = eventful()
  coordinator.run({ records: [classicGroup('classic', ['m'], { protocolType: 'connect' })], response: null })
  expect(listGroups(coordinator.state)).toEqual([
    { groupId: 'classic', type: 'Classic', protocolType: 'connect', state: 'Stable' },
    { groupId: 'emptied', type: 'Consumer', protocolType: 'consumer', state: 'Empty' },
    { groupId: 'group', type: 'Consumer', protocolType: 'consumer', state: 'Stable' },
    { groupId: 'tool', type: 'Classic', protocolType: '', state: 'Empty' },
  ])
})

test('a described member has what it has, and what it shall have', () => {
  const coordinator = new TestCoordinator()
  coordinator.topics.set('orders', 2).set('clicks', 1)
  coordinator.heartbeat({ memberId: 'b', ...joinOf('orders', 'clicks') })
  coordinator.join('a', 'orders', { instanceId: 'till', rackId: 'r1' })
  const { members, ...group } = describeGroup(coordinator.state, 'group', coordinator.topics)
  expect(group).toEqual({
    groupId: 'group',
    type: 'Consumer',
    protocolType: 'consumer',
    state: 'Reconciling',
    assignor: 'uniform',
    groupEpoch: 2,
    assignmentEpoch: 2,
  })
  expect(members[0]).toMatchObject({
    memberId: 'a',
    instanceId: 'till',
    rackId: 'r1',
    memberEpoch: 2,
    state: 'UNRELEASED_PARTITIONS',
    assignment: [],
  })
  expect(members[0]!.targetAssignment).toMatchObject([{ topic: 'orders', topicId: topicId('orders'), partitions: [1] }])
  expect(members[1]).toMatchObject({ memberId: 'b', subscribedTopicNames: ['clicks', 'orders'] })
  expect(members[1]!.assignment).toMatchObject([
    { topic: 'clicks', partitions: [0] },
    { topic: 'orders', partitions: [0, 1] },
  ])
  coordinator.topics.delete('clicks')
  expect(describeGroup(coordinator.state, 'group', coordinator.topics).members[1]!.assignment).toHaveLength(1)
})
