import { expect, test } from 'vitest'
import { TestCoordinator, joinOf, kindsOf, refusal } from './coordinator.ts'

/** Of orders with four partitions: the static member till-1 as `a`, and a dynamic one as `b`. */
function groupWithTill(): TestCoordinator {
  const coordinator = new TestCoordinator()
  coordinator.topics.set('orders', 4)
  coordinator.join('a', 'orders', { instanceId: 'till-1' })
  coordinator.join('b', 'orders')
  coordinator.settle()
  return coordinator
}

test('a static member that comes back within its session has its partitions again, and nobody else notices', () => {
  const coordinator = groupWithTill()
  const { groupEpoch } = coordinator.group()
  const before = coordinator.owned()
  expect(coordinator.heartbeat({ memberId: 'a', instanceId: 'till-1', memberEpoch: -2 })).toMatchObject({ memberEpoch: -2 })
  expect(coordinator.member('a').memberEpoch).toBe(-2)
  const back = coordinator.join('a2', 'orders', { instanceId: 'till-1' })
  expect(back.memberEpoch).toBe(groupEpoch)
  expect(coordinator.owned()).toEqual({ a2: before['a'], b: before['b'] })
  expect(coordinator.heartbeat({ memberId: 'b', memberEpoch: groupEpoch }).assignment).toBeNull()
  expect(coordinator.group()).toMatchObject({ groupEpoch, state: 'Stable' })
})

test('while it is away nobody gets its partitions', () => {
  const coordinator = groupWithTill()
  const before = coordinator.owned()
  coordinator.heartbeat({ memberId: 'a', instanceId: 'till-1', memberEpoch: -2 })
  coordinator.settle()
  expect(coordinator.owned()).toEqual(before)
  expect(coordinator.group().state).toBe('Reconciling')
})

test('what it had to let go of when it left is free', () => {
  const coordinator = new TestCoordinator()
  coordinator.topics.set('orders', 2)
  coordinator.join('a', 'orders', { instanceId: 'till-1' })
  coordinator.join('b', 'orders')
  coordinator.heartbeat({ memberId: 'a', instanceId: 'till-1', memberEpoch: 1 })
  expect(coordinator.member('a').state).toBe('UNREVOKED_PARTITIONS')
  coordinator.heartbeat({ memberId: 'a', instanceId: 'till-1', memberEpoch: -2 })
  coordinator.settle()
  expect(coordinator.owned()).toEqual({ a: ['orders-0'], b: ['orders-1'] })
})

test('its place is taken by records that end the old member and make the new one', () => {
  const coordinator = groupWithTill()
  coordinator.heartbeat({ memberId: 'a', instanceId: 'till-1', memberEpoch: -2 })
  const written = coordinator.log.length
  coordinator.join('a2', 'orders', { instanceId: 'till-1' })
  expect(kindsOf(coordinator.log.slice(written) as never)).toEqual([
    '-CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT group a',
    '-CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER group a',
    '-CONSUMER_GROUP_MEMBER_METADATA group a',
    'CONSUMER_GROUP_MEMBER_METADATA group a2',
    'CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER group a2',
    'CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT group a2',
    'CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT group a2',
  ])
})

test('two processes with one instance id: the second waits until the first has left', () => {
  const coordinator = groupWithTill()
  const join = (): unknown => coordinator.join('a2', 'orders', { instanceId: 'till-1' })
  expect(refusal(join)).toBe('UNRELEASED_INSTANCE_ID')
  coordinator.heartbeat({ memberId: 'a', instanceId: 'till-1', memberEpoch: -2 })
  join()
  expect(refusal(() => coordinator.heartbeat({ memberId: 'a', instanceId: 'till-1', memberEpoch: 2 }))).toBe('FENCED_INSTANCE_ID')
  expect(refusal(() => coordinator.heartbeat({ memberId: 'a', instanceId: 'till-1', memberEpoch: -2 }))).toBe('FENCED_INSTANCE_ID')
  expect(refusal(() => coordinator.heartbeat({ memberId: 'a', instanceId: 'till-1', memberEpoch: -1 }))).toBe('FENCED_INSTANCE_ID')
})

test('the member itself may join again without having left: it was fenced, or lost an answer', () => {
  const coordinator = groupWithTill()
  const before = coordinator.owned()
  coordinator.join('a', 'orders', { instanceId: 'till-1' })
  expect(coordinator.owned()).toEqual(before)
})

test('it may come back with another subscription', () => {
  const coordinator = groupWithTill()
  coordinator.topics.set('clicks', 1)
  coordinator.heartbeat({ memberId: 'a', instanceId: 'till-1', memberEpoch: -2 })
  coordinator.heartbeat({ memberId: 'a2', instanceId: 'till-1', ...joinOf('clicks') })
  coordinator.settle()
  expect(coordinator.owned()).toEqual({ a2: ['clicks-0'], b: ['orders-0', 'orders-1', 'orders-2', 'orders-3'] })
})

test('a static member can leave for good', () => {
  const coordinator = groupWithTill()
  coordinator.heartbeat({ memberId: 'a', instanceId: 'till-1', memberEpoch: -1 })
  coordinator.settle()
  expect(Object.keys(coordinator.owned())).toEqual(['b'])
  coordinator.join('a2', 'orders', { instanceId: 'till-1' })
  expect(coordinator.group().staticMember('till-1')?.memberId).toBe('a2')
})
