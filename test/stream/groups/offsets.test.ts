import { describe, expect, test } from 'vitest'
import { ByteReader } from '../../../src/bytes/reader.ts'
import { internalRecordJson } from '../../../src/record/internal/internal-record.ts'
import { commitOffsets, commitTransactionalOffsets } from '../../../src/stream/groups/offset-commits.ts'
import { fetchOffsets } from '../../../src/stream/groups/offset-reads.ts'
import type { OffsetCommitRequest, OffsetFetchRequest, OffsetToCommit } from '../../../src/stream/groups/requests.ts'
import { TestCoordinator, partitionsOf, refusal, topicId } from './coordinator.ts'
import { classicGroup } from './records.ts'

function offset(topic: string, partition: number, at: bigint, metadata = ''): OffsetToCommit {
  return { topic, topicId: topicId(topic), partition, offset: at, leaderEpoch: -1, metadata }
}

function commitOf(request: Partial<OffsetCommitRequest>): OffsetCommitRequest {
  return { groupId: 'group', memberId: '', memberEpoch: -1, instanceId: null, offsets: [offset('orders', 0, 5n)], ...request }
}

function commit(coordinator: TestCoordinator, request: Partial<OffsetCommitRequest>): unknown {
  return coordinator.run(commitOffsets(coordinator.state, commitOf(request), coordinator.context))
}

function commitInTransaction(coordinator: TestCoordinator, producerId: bigint, request: Partial<OffsetCommitRequest>): unknown {
  return coordinator.run(commitTransactionalOffsets(coordinator.state, commitOf(request), coordinator.context), producerId)
}

function fetched(coordinator: TestCoordinator, request: Partial<OffsetFetchRequest> = {}): string[] {
  const base = { groupId: 'group', memberId: null, memberEpoch: -1, partitions: null, requireStable: false }
  return fetchOffsets(coordinator.state, { ...base, ...request }, coordinator.topics).map(
    ({ topic, partition, offset: at, error }) => `${topic}-${partition} ${error === null ? at : error.code}`,
  )
}

/** Member a has orders-0 and orders-1, and is at epoch 1. */
function groupOfOne(): TestCoordinator {
  const coordinator = new TestCoordinator()
  coordinator.topics.set('orders', 2)
  coordinator.join('a', 'orders')
  return coordinator
}

describe('committing', () => {
  test('without a group, offsets make one that has only them', () => {
    const coordinator = new TestCoordinator()
    expect(commit(coordinator, { offsets: [offset('orders', 0, 9_007_199_254_740_993n), offset('jobs', 2, 7n, 'by hand')] })).toEqual([
      { topic: 'orders', partition: 0, error: null },
      { topic: 'jobs', partition: 2, error: null },
    ])
    expect(fetched(coordinator)).toEqual(['orders-0 9007199254740993', 'jobs-2 7'])
    expect(coordinator.state.group('group')).toMatchObject({ type: 'Classic', state: 'Empty', protocolType: '' })
  })

  test('writes version 4 with the id of the topic, as Kafka does', () => {
    const { records } = commitOffsets(
      new TestCoordinator().state,
      commitOf({ offsets: [{ ...offset('orders', 0, 5n, 'm'), leaderEpoch: 4 }] }),
      new TestCoordinator().context,
    )
    const [record] = records
    expect(new ByteReader(record!.value!).int16()).toBe(4)
    expect(internalRecordJson('__consumer_offsets', record!.key, record!.value)).toMatchObject({
      type: 'OFFSET_COMMIT',
      key: { group: 'group', topic: 'orders', partition: 0 },
      value: { offset: 5n, leaderEpoch: 4, metadata: 'm', commitTimestamp: 1_000_000n, topicId: topicId('orders') },
    })
  })

  test('a member commits with its epoch', () => {
    const coordinator = groupOfOne()
    commit(coordinator, { memberId: 'a', memberEpoch: 1 })
    expect(fetched(coordinator)).toEqual(['orders-0 5'])
  })

  test('a partition that a member has had all the time is committed with an older epoch, too (KIP-1251)', () => {
    const coordinator = groupOfOne()
    coordinator.join('b', 'orders')
    coordinator.settle()
    expect(coordinator.member('a').memberEpoch).toBe(2)
    commit(coordinator, { memberId: 'a', memberEpoch: 1 })
    expect(refusal(() => commit(coordinator, { memberId: 'a', memberEpoch: 1, offsets: [offset('orders', 1, 5n)] }))).toBe(
      'STALE_MEMBER_EPOCH',
    )
    expect(fetched(coordinator)).toEqual(['orders-0 5'])
  })

  test('a partition that a member lost and got back is not committed with the epoch from before', () => {
    const coordinator = groupOfOne()
    coordinator.join('b', 'orders')
    coordinator.settle()
    coordinator.heartbeat({ memberId: 'b', memberEpoch: -1 })
    coordinator.settle()
    expect(coordinator.owned()).toEqual({ a: ['orders-0', 'orders-1'] })
    expect(refusal(() => commit(coordinator, { memberId: 'a', memberEpoch: 1, offsets: [offset('orders', 1, 5n)] }))).toBe(
      'STALE_MEMBER_EPOCH',
    )
  })

  test('what a member has still to let go of is its to commit', () => {
    const coordinator = groupOfOne()
    coordinator.join('b', 'orders')
    coordinator.heartbeat({ memberEpoch: 1 })
    expect(coordinator.member('a').state).toBe('UNREVOKED_PARTITIONS')
    commit(coordinator, { memberId: 'a', memberEpoch: 1, offsets: [offset('orders', 1, 5n)] })
    expect(fetched(coordinator)).toEqual(['orders-1 5'])
  })

  test('also with the epoch before, which a commit on its way may have', () => {
    const coordinator = groupOfOne()
    coordinator.heartbeat({ memberEpoch: 1, subscribedTopicNames: ['orders', 'none'] })
    coordinator.join('b', 'orders')
    coordinator.heartbeat({ memberEpoch: 2 })
    expect([...coordinator.member('a').partitionsPendingRevocation.values()]).toEqual([new Map([[1, 1]])])
    commit(coordinator, { memberId: 'a', memberEpoch: 1, offsets: [offset('orders', 1, 5n)] })
    expect(fetched(coordinator)).toEqual(['orders-1 5'])
  })

  test('metadata that is too large is refused for its partition only', () => {
    const coordinator = new TestCoordinator()
    const response = commit(coordinator, {
      offsets: [offset('orders', 0, 5n, 'x'.repeat(4097)), offset('orders', 1, 6n, 'x'.repeat(4096))],
    })
    expect(response).toMatchObject([{ error: { code: 'OFFSET_METADATA_TOO_LARGE' } }, { error: null }])
    expect(fetched(coordinator)).toEqual(['orders-1 6'])
  })

  test('without a member only while the group has none', () => {
    const coordinator = groupOfOne()
    expect(refusal(() => commit(coordinator, {}))).toBe('UNKNOWN_MEMBER_ID')
    coordinator.heartbeat({ memberId: 'a', memberEpoch: -1 })
    commit(coordinator, {})
    expect(fetched(coordinator)).toEqual(['orders-0 5'])
  })

  test.for<[string, Partial<OffsetCommitRequest>]>([
    ['GROUP_ID_NOT_FOUND', { groupId: 'none', memberId: 'a', memberEpoch: 1 }],
    ['UNKNOWN_MEMBER_ID', { memberId: 'x', memberEpoch: 1 }],
    ['STALE_MEMBER_EPOCH', { memberId: 'a', memberEpoch: 0 }],
    ['STALE_MEMBER_EPOCH', { memberId: 'a', memberEpoch: 2 }],
    ['STALE_MEMBER_EPOCH', { memberId: 'a', memberEpoch: 0, offsets: [offset('unknown', 0, 1n)] }],
    ['UNKNOWN_MEMBER_ID', { groupId: 'classic' }],
    ['UNKNOWN_MEMBER_ID', { groupId: 'classic', memberId: 'x', memberEpoch: 3 }],
    ['UNKNOWN_MEMBER_ID', { groupId: 'classic', memberId: 'm', memberEpoch: 3, instanceId: 'other' }],
    ['FENCED_INSTANCE_ID', { groupId: 'classic', memberId: 'x', memberEpoch: 3, instanceId: 'till' }],
    ['ILLEGAL_GENERATION', { groupId: 'classic', memberId: 'm', memberEpoch: 2 }],
  ])('%s', ([code, request]) => {
    const coordinator = groupOfOne()
    coordinator.run({ records: [classicGroup('classic', ['m'], { instanceId: 'till' })], response: null })
    const written = coordinator.log.length
    expect(refusal(() => commit(coordinator, request))).toBe(code)
    expect(coordinator.log).toHaveLength(written)
  })

  test('a member of a classic group commits with its generation', () => {
    const coordinator = new TestCoordinator()
    coordinator.run({ records: [classicGroup('group', ['m'], { instanceId: 'till' })], response: null })
    commit(coordinator, { memberId: 'm', memberEpoch: 3, instanceId: 'till' })
    expect(fetched(coordinator)).toEqual(['orders-0 5'])
  })
})

describe('in transactions', () => {
  test('offsets count when the marker says so', () => {
    const coordinator = new TestCoordinator()
    commit(coordinator, { offsets: [offset('orders', 0, 1n)] })
    commitInTransaction(coordinator, 7n, { offsets: [offset('orders', 0, 2n), offset('orders', 1, 3n)] })
    expect(fetched(coordinator)).toEqual(['orders-0 1'])
    coordinator.endTransaction(7n, true)
    expect(fetched(coordinator)).toEqual(['orders-0 2', 'orders-1 3'])
  })

  test('those of an aborted transaction never count', () => {
    const coordinator = new TestCoordinator()
    commitInTransaction(coordinator, 7n, {})
    coordinator.endTransaction(7n, false)
    coordinator.endTransaction(7n, true)
    expect(fetched(coordinator)).toEqual([])
    expect(coordinator.state.group('group')).toBeUndefined()
  })

  test('each producer has its own', () => {
    const coordinator = new TestCoordinator()
    commitInTransaction(coordinator, 7n, { offsets: [offset('orders', 0, 7n)] })
    commitInTransaction(coordinator, 8n, { offsets: [offset('orders', 1, 8n)] })
    coordinator.endTransaction(7n, false)
    coordinator.endTransaction(8n, true)
    expect(fetched(coordinator)).toEqual(['orders-1 8'])
  })

  test('the commit that is later in the log wins over one whose transaction ended later', () => {
    const coordinator = new TestCoordinator()
    commitInTransaction(coordinator, 7n, { offsets: [offset('orders', 0, 2n)] })
    commit(coordinator, { offsets: [offset('orders', 0, 3n)] })
    coordinator.endTransaction(7n, true)
    expect(fetched(coordinator)).toEqual(['orders-0 3'])
  })

  test('who must not miss them is told to wait (KIP-447)', () => {
    const coordinator = new TestCoordinator()
    commit(coordinator, { offsets: [offset('orders', 0, 1n), offset('orders', 1, 1n)] })
    commitInTransaction(coordinator, 7n, { offsets: [offset('orders', 0, 2n)] })
    expect(fetched(coordinator, { requireStable: true })).toEqual(['orders-0 UNSTABLE_OFFSET_COMMIT', 'orders-1 1'])
    coordinator.endTransaction(7n, true)
    expect(fetched(coordinator, { requireStable: true })).toEqual(['orders-0 2', 'orders-1 1'])
  })

  test('a producer that does not say whose offsets they are may commit for a group with members (before KIP-447)', () => {
    const coordinator = groupOfOne()
    commitInTransaction(coordinator, 7n, {})
    coordinator.endTransaction(7n, true)
    expect(fetched(coordinator)).toEqual(['orders-0 5'])
  })

  test.for<[string, Partial<OffsetCommitRequest>]>([
    ['ILLEGAL_GENERATION', { groupId: 'none', memberId: 'a', memberEpoch: 1 }],
    ['ILLEGAL_GENERATION', { memberId: 'a', memberEpoch: 2 }],
    ['ILLEGAL_GENERATION', { memberId: 'a', memberEpoch: 0 }],
    ['UNKNOWN_MEMBER_ID', { memberId: 'x', memberEpoch: 1 }],
    ['UNKNOWN_MEMBER_ID', { memberId: 'x' }],
  ])('%s', ([code, request]) => {
    const coordinator = groupOfOne()
    expect(refusal(() => commitInTransaction(coordinator, 7n, request))).toBe(code)
  })
})

describe('fetching', () => {
  test('partitions that nothing was committed of have offset -1, and so has a group that there is not', () => {
    const coordinator = new TestCoordinator()
    commit(coordinator, {})
    const partitions = [
      { topic: 'orders', partition: 0 },
      { topic: 'orders', partition: 1 },
    ]
    expect(fetched(coordinator, { partitions })).toEqual(['orders-0 5', 'orders-1 -1'])
    expect(fetched(coordinator, { groupId: 'none', partitions })).toEqual(['orders-0 -1', 'orders-1 -1'])
    expect(fetched(coordinator, { groupId: 'none' })).toEqual([])
  })

  test.for<[string, Partial<OffsetFetchRequest>]>([
    ['UNKNOWN_MEMBER_ID', { memberId: 'x', memberEpoch: 1 }],
    ['UNKNOWN_MEMBER_ID', { memberEpoch: 1 }],
    ['STALE_MEMBER_EPOCH', { memberId: 'a', memberEpoch: 0 }],
  ])('%s: a member that was fenced does not go on from what it reads', ([code, request]) => {
    const coordinator = groupOfOne()
    expect(fetched(coordinator, { memberId: 'a', memberEpoch: 1 })).toEqual([])
    expect(refusal(() => fetched(coordinator, request))).toBe(code)
  })

  test('a member sees what the one before it has committed', () => {
    const coordinator = groupOfOne()
    commit(coordinator, { memberId: 'a', memberEpoch: 1, offsets: [offset('orders', 1, 42n)] })
    coordinator.heartbeat({ memberId: 'a', memberEpoch: -1 })
    const { memberEpoch, assignment } = coordinator.join('b', 'orders')
    expect(assignment).toEqual([partitionsOf('orders', 0, 1)])
    expect(fetched(coordinator, { memberId: 'b', memberEpoch, partitions: [{ topic: 'orders', partition: 1 }] })).toEqual(['orders-1 42'])
  })
})
