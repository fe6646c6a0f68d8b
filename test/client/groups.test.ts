import { expect, test } from 'vitest'
import { type HeartbeatResponse, JOIN_EPOCH, LEAVE_EPOCH, STATIC_LEAVE_EPOCH } from '../../src/client/groups.ts'
import type { SimulatedSystem } from '../simulation/system.ts'
import { openDirectory } from '../support/records.ts'
import { machine, Member, settle } from './member.ts'

function memberFiles({ files }: SimulatedSystem): string[] {
  return files.list('/data').flatMap(({ name }) => (name.startsWith('.leat.member.') ? [name] : []))
}

test('two members have half each, and a partition changes hands only after its owner has said that it let go', async () => {
  const system = await machine()
  const [a, b] = [await Member.start(system, 'a'), await Member.start(system, 'b')]
  expect((await a.beat()).isSettled).toBe(true)
  expect(a.partitions).toEqual([0, 1, 2, 3])
  const joined = await b.beat()
  expect([joined.assigned, joined.isSettled]).toEqual([[], false])
  // Told what to let go of, but still with all of it in its hands.
  const told = await a.cluster.groups.heartbeat(a.options, a.epoch, a.owned)
  expect(told.assigned.length).toBe(2)
  await a.commit(5n)
  expect((await b.beat()).assigned).toEqual([])
  a.owned = told.assigned
  await a.beat()
  await b.beat()
  expect([...a.partitions, ...b.partitions].toSorted((x, y) => x - y)).toEqual([0, 1, 2, 3])
  expect((await b.beat()).isSettled).toBe(true)
})

test('a heartbeat that changes nothing writes nothing', async () => {
  const system = await machine()
  const a = await Member.start(system, 'a')
  await settle(a)
  const size = (): number => system.files.list('/data').reduce((sum, { name }) => sum + sizeIn(system, `/data/${name}`), 0)
  const before = size()
  for (let beat = 0; beat < 10; beat++) await a.beat()
  expect(size()).toBe(before)
})

function sizeIn({ files }: SimulatedSystem, path: string): number {
  const stat = files.stat(path)
  if (stat?.kind !== 'directory') return stat?.size ?? 0
  return files.list(path).reduce((sum, { name }) => sum + (files.stat(`${path}/${name}`)?.size ?? 0), 0)
}

test('a killed member is fenced by the next heartbeat of another, which has its partitions then', async () => {
  const system = await machine()
  const [a, b] = [await Member.start(system, 'a'), await Member.start(system, 'b')]
  await settle(a, b)
  a.system.kill()
  await b.beat()
  expect(b.partitions).toEqual([0, 1, 2, 3])
  expect(memberFiles(system)).toEqual(['.leat.member.b'])
})

test('a member that is silent for its session is fenced: what it commits when it wakes is refused, and it can join again', async () => {
  const system = await machine()
  const [a, b] = [await Member.start(system, 'a'), await Member.start(system, 'b')]
  await settle(a, b)
  await a.commit(7n)
  await system.clock.advance(9_000)
  await b.beat()
  expect(b.partitions.length).toBe(2)
  await system.clock.advance(2_000)
  await b.beat()
  expect(b.partitions).toEqual([0, 1, 2, 3])
  await b.commit(9n)
  await expect(a.commit(8n)).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER_ID' })
  await expect(a.beat()).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER_ID' })
  expect((await b.cluster.groups.fetchOffsets('g')).map(({ offset }) => offset)).toEqual([9n, 9n, 9n, 9n])
  a.epoch = JOIN_EPOCH
  a.owned = []
  await settle(a, b)
  expect([a.partitions.length, b.partitions.length]).toEqual([2, 2])
})

test('a member that does not let go within its rebalance timeout is fenced', async () => {
  const system = await machine()
  const [a, b] = [await Member.start(system, 'a'), await Member.start(system, 'b')]
  await a.beat()
  await b.beat()
  const keep = (): Promise<HeartbeatResponse> => a.cluster.groups.heartbeat(a.options, a.epoch, a.owned)
  await keep()
  for (let second = 0; second < 5; second++) {
    await keep()
    await b.beat()
    await system.clock.advance(1_000)
  }
  await b.beat()
  expect(b.partitions).toEqual([0, 1, 2, 3])
  await expect(keep()).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER_ID' })
})

test('a static member leaves its partitions to itself: another process with its instance id gets them, and nobody else', async () => {
  const system = await machine()
  const [a, b] = [await Member.start(system, 'a', 'one'), await Member.start(system, 'b')]
  await settle(a, b)
  const before = a.partitions
  await a.cluster.groups.heartbeat(a.options, STATIC_LEAVE_EPOCH, [])
  await settle(b)
  expect(b.partitions.length).toBe(2)
  const back = await Member.start(system, 'c', 'one')
  await settle(back, b)
  expect(back.partitions).toEqual(before)
  back.system.kill()
  const again = await Member.start(system, 'd', 'one')
  await settle(again, b)
  expect(again.partitions).toEqual(before)
  again.system.kill()
  await system.clock.advance(11_000)
  await settle(b)
  expect(b.partitions).toEqual([0, 1, 2, 3])
  expect(memberFiles(system)).toEqual(['.leat.member.b'])
})

test('two processes cannot have one instance id at once', async () => {
  const system = await machine()
  const [a, b] = [await Member.start(system, 'a', 'one'), await Member.start(system, 'b', 'one')]
  await a.beat()
  await expect(b.beat()).rejects.toMatchObject({ code: 'UNRELEASED_INSTANCE_ID' })
  expect(memberFiles(system)).toEqual(['.leat.member.a'])
})

test('who only looks sees a killed member no more, and changes nothing', async () => {
  const system = await machine()
  const a = await Member.start(system, 'a')
  await settle(a)
  const looker = openDirectory(system.anotherProcess(), '/data')
  expect((await looker.groups.describe('g')).members.map(({ memberId }) => memberId)).toEqual(['a'])
  expect(await looker.groups.hasMembers('g')).toBe(true)
  a.system.kill()
  expect(await looker.groups.describe('g')).toMatchObject({ state: 'Empty', members: [] })
  expect(await looker.groups.hasMembers('g')).toBe(false)
  expect(memberFiles(system)).toEqual(['.leat.member.a'])
})

test('the file that a long dead member left behind goes with the next one that joins, whatever its group', async () => {
  const system = await machine()
  const a = await Member.start(system, 'a')
  await settle(a)
  a.system.kill()
  const other = await Member.start(system, 'b')
  const join = (): Promise<HeartbeatResponse> => other.cluster.groups.heartbeat({ ...other.options, groupId: 'h' }, JOIN_EPOCH, [])
  await join()
  expect(memberFiles(system)).toEqual(['.leat.member.a', '.leat.member.b'])
  await system.clock.advance(11_000)
  await join()
  expect(memberFiles(system)).toEqual(['.leat.member.b'])
  await other.cluster.groups.heartbeat({ ...other.options, groupId: 'h' }, LEAVE_EPOCH, [])
  expect(memberFiles(system)).toEqual([])
})

test('from outside, offsets are set in a group without members only', async () => {
  const system = await machine()
  const a = await Member.start(system, 'a')
  await settle(a)
  const outside = openDirectory(system.anotherProcess(), '/data')
  await outside.beginWriting()
  const commit = (): Promise<void> =>
    outside.groups.commitOffsets({
      groupId: 'g',
      member: null,
      offsets: [{ topic: 'events', partition: 0, offset: 3n, leaderEpoch: -1, metadata: '' }],
    })
  await expect(commit()).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER_ID' })
  await expect(outside.groups.delete('g')).rejects.toMatchObject({ code: 'NON_EMPTY_GROUP' })
  a.system.kill()
  await commit()
  expect((await outside.groups.fetchOffsets('g')).map(({ offset }) => offset)).toEqual([3n])
  await outside.groups.delete('g')
  await expect(outside.groups.describe('g')).rejects.toMatchObject({ code: 'GROUP_ID_NOT_FOUND' })
})

test('partitions and topics that come later are shared out by the next heartbeat', async () => {
  const system = await machine()
  const a = await Member.start(system, 'a')
  await settle(a)
  const other = openDirectory(system.anotherProcess(), '/data')
  await other.beginWriting()
  other.alterTopic('events', { partitions: 6, configs: new Map() })
  await a.beat()
  expect(a.partitions).toEqual([0, 1, 2, 3, 4, 5])
})

test('a member that joins shares out the partitions that were added until the moment it decides', async () => {
  const system = await machine()
  const b = await Member.start(system, 'b')
  const other = openDirectory(system.anotherProcess(), '/data')
  await other.beginWriting()
  let isAltered = false
  system.files.onCall = ({ syscall, path }) => {
    if (isAltered || syscall !== 'open' || !path.endsWith('.leat.member.b')) return
    isAltered = true
    other.alterTopic('events', { partitions: 6, configs: new Map() })
  }
  await b.beat()
  expect(isAltered).toBe(true)
  expect(b.partitions).toEqual([0, 1, 2, 3, 4, 5])
})

test.each(['stat', 'unlink'])('a file left behind that others remove at the same time (%s) is gone', async (syscall) => {
  const system = await machine()
  const a = await Member.start(system, 'a')
  await settle(a)
  a.system.kill()
  await system.clock.advance(11_000)
  const b = await Member.start(system, 'b')
  const path = '/data/.leat.member.a'
  const { files } = system
  const remove = files.remove.bind(files)
  let isRemoved = false
  const removeOnce = (): void => {
    if (isRemoved) return
    isRemoved = true
    remove(path)
  }
  if (syscall === 'stat')
    files.onCall = (call) => {
      if (call.syscall === 'stat' && call.path === path) removeOnce()
    }
  else
    files.remove = (removed) => {
      if (removed === path) removeOnce()
      remove(removed)
    }
  await b.beat()
  expect(isRemoved).toBe(true)
  expect(memberFiles(system)).toEqual(['.leat.member.b'])
})

test('a member id that another process has, or that no file can be named after, is refused', async () => {
  const system = await machine()
  const a = await Member.start(system, 'a')
  await a.beat()
  const same = await Member.start(system, 'a')
  await expect(same.beat()).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    message: expect.stringContaining('in use by another process'),
  })
  const long = await Member.start(system, 'x'.repeat(300))
  await expect(long.beat()).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
  await a.beat()
  expect(memberFiles(system)).toEqual(['.leat.member.a'])
})
