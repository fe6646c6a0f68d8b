import { expect, test } from 'vitest'
import { type ConsumerGroupMember, newMember } from '../../../src/stream/groups/group-member.ts'
import { LivenessTimers } from '../../../src/stream/groups/liveness.ts'

const SESSION_MS = 1000
const member: ConsumerGroupMember = { ...newMember('a'), memberEpoch: 3, rebalanceTimeoutMs: 300 }
const revoking: ConsumerGroupMember = { ...member, state: 'UNREVOKED_PARTITIONS' }

function verdict(timers: LivenessTimers, nowMs: bigint, of: ConsumerGroupMember = member): string | null {
  return timers.at(nowMs, SESSION_MS).verdict('group', of)
}

test('a member is fenced when its session timeout has passed since its last heartbeat', () => {
  const timers = new LivenessTimers()
  timers.heard('group', 'a', 100n)
  timers.heard('group', 'a', 500n)
  expect(verdict(timers, 1499n)).toBeNull()
  expect(verdict(timers, 1500n)).toBe('session')
})

test('a member that is not known has a whole session: another process has run the coordinator until now', () => {
  const timers = new LivenessTimers()
  expect(verdict(timers, 5000n)).toBeNull()
  expect(verdict(timers, 5999n)).toBeNull()
  expect(verdict(timers, 6000n)).toBe('session')
})

test('a member that has left is a new one when it comes back', () => {
  const timers = new LivenessTimers()
  timers.heard('group', 'a', 0n)
  timers.forget('group', 'a')
  expect(verdict(timers, 5000n)).toBeNull()
})

test('a member that does not let go of partitions within its rebalance timeout is fenced', () => {
  const timers = new LivenessTimers()
  timers.heard('group', 'a', 900n)
  expect(verdict(timers, 1000n, revoking)).toBeNull()
  expect(verdict(timers, 1299n, revoking)).toBeNull()
  expect(verdict(timers, 1300n, revoking)).toBe('rebalance')
})

test('each epoch, and each time that it has to let go, has a timeout of its own', () => {
  const timers = new LivenessTimers()
  timers.heard('group', 'a', 1000n)
  expect(verdict(timers, 1000n, revoking)).toBeNull()
  expect(verdict(timers, 1250n, { ...revoking, memberEpoch: 4 })).toBeNull()
  expect(verdict(timers, 1500n, { ...revoking, memberEpoch: 4 })).toBeNull()
  expect(verdict(timers, 1510n, member)).toBeNull()
  expect(verdict(timers, 1600n, { ...revoking, memberEpoch: 4 })).toBeNull()
  expect(verdict(timers, 1900n, { ...revoking, memberEpoch: 4 })).toBe('rebalance')
})

test('a static member that is away has its session to come back, whatever it was to let go of', () => {
  const timers = new LivenessTimers()
  timers.heard('group', 'a', 0n)
  const away = { ...revoking, memberEpoch: -2 }
  expect(verdict(timers, 100n, away)).toBeNull()
  expect(verdict(timers, 999n, away)).toBeNull()
  expect(verdict(timers, 1000n, away)).toBe('session')
})

test('members of the same name in different groups are different ones', () => {
  const timers = new LivenessTimers()
  timers.heard('ab', 'c', 0n)
  timers.heard('a', 'bc', 900n)
  expect(timers.at(1000n, SESSION_MS).verdict('a', newMember('bc'))).toBeNull()
  expect(timers.at(1000n, SESSION_MS).verdict('ab', newMember('c'))).toBe('session')
})
