// A topic that is deleted, and made again with the same name: nothing of what groups committed of the first counts for the second.
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { openOffsetsTopic } from '../../src/client/directory/offsets-topic.ts'
import type { Files, OpenFile } from '../../src/system/files.ts'
import type { RecoveryReport } from '../../src/log/recovery.ts'
import { LagReader } from '../../src/operations/lag/lag-reader.ts'
import { Samples } from '../../src/operations/lag/samples.ts'
import { groupRecords } from '../../src/record/internal/group-records.ts'
import { encodeKey, encodeValue } from '../../src/record/internal/keyed-record.ts'
import { systemError } from '../simulation/faults.ts'
import { type SimulatedSystem, simulatedSystem } from '../simulation/system.ts'
import { batchOf } from '../support/batches.ts'
import { openDirectory } from '../support/records.ts'
import { machine, Member, settle } from './member.ts'

const EVENTS = { partitions: 4, configs: new Map() }

async function writer(system: SimulatedSystem): Promise<DirectoryCluster> {
  const cluster = openDirectory(system.anotherProcess(), '/data')
  await cluster.beginWriting()
  return cluster
}

/** Dies between the record that the topic is gone, and what follows from it. */
async function killedWhileDeleting(on: SimulatedSystem): Promise<void> {
  const system = on.anotherProcess()
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  const { rename } = system.files
  system.files.rename = () => {
    system.kill()
    throw new Error('killed')
  }
  expect(() => cluster.deleteTopic('events')).toThrow('killed')
  system.files.rename = rename
}

async function committedOffsets(cluster: DirectoryCluster): Promise<bigint[]> {
  return (await cluster.groups.fetchOffsets('g')).map(({ offset }) => offset)
}

test('offsets that a killed deletion left behind do not count for the next topic with the name', async () => {
  const system = await machine()
  const a = await Member.start(system, 'a')
  await settle(a)
  await a.commit(7n)
  a.system.kill()
  await killedWhileDeleting(system)
  const cluster = await writer(system)
  cluster.refreshTopics()
  cluster.createTopic('events', EVENTS)
  expect(await committedOffsets(cluster)).toEqual([])
  const reader = new LagReader({ cluster, clock: system.clock })
  const { looks } = await reader.look({ groups: ['g'], topics: null }, new Samples(''))
  reader.close()
  expect(looks.map(({ lag }) => lag.currentOffset)).toEqual([null, null, null, null])
})

test('neither do those that do not say which topic they are of, as Kafka before 4.1 wrote them', async () => {
  const system = await machine()
  const first = await writer(system)
  const key = encodeKey(groupRecords.offsetCommit, { group: 'g', topic: 'events', partition: 0 })
  const fields = { leaderEpoch: 0, metadata: '', commitTimestamp: 1n, expireTimestamp: -1n, topicId: '' }
  const value = encodeValue(groupRecords.offsetCommit, 3, { offset: 7n, ...fields })
  const offsets = openOffsetsTopic(first, () => {})
  offsets.logOf('g').change(() => ({ records: [{ key, value }], response: null }))
  expect(await committedOffsets(first)).toEqual([7n])
  await killedWhileDeleting(system)
  const cluster = await writer(system)
  cluster.createTopic('events', EVENTS)
  expect(await committedOffsets(cluster)).toEqual([])
})

test('what a member commits of a topic that is gone is passed over, whether or not another has its name', async () => {
  const system = await machine()
  const a = await Member.start(system, 'a')
  await settle(a)
  const cluster = await writer(system)
  cluster.deleteTopic('events')
  await a.commit(7n)
  expect(await committedOffsets(cluster)).toEqual([])
  cluster.createTopic('events', EVENTS)
  await a.commit(8n)
  expect(await committedOffsets(cluster)).toEqual([])
  // It is told to let go of the old ones before it gets the new ones.
  expect((await a.beat()).assigned).toEqual([])
  await settle(a)
  expect(a.partitions).toEqual([0, 1, 2, 3])
  await a.commit(2n)
  expect(await committedOffsets(cluster)).toEqual([2n, 2n, 2n, 2n])
})

test('a deletion that is late with tidying up leaves alone what was committed of the next topic', async () => {
  const system = await machine()
  const [first, second] = [await writer(system), await writer(system)]
  const { id } = first.describeTopic('events')
  const commit = (cluster: DirectoryCluster): Promise<void> =>
    cluster.groups.commitOffsets({
      groupId: 'g',
      member: null,
      offsets: [{ topic: 'events', partition: 0, offset: 3n, leaderEpoch: 0, metadata: '' }],
    })
  await commit(first)
  second.deleteTopic('events')
  second.createTopic('events', EVENTS)
  await commit(second)
  first.groups.forgetTopic('events', id)
  expect(await committedOffsets(second)).toEqual([3n])
})

/** A sync takes its time, and fails when its file is closed meanwhile. */
function withSlowSyncs(files: Files): Files {
  return new Proxy(files, {
    get: (target, name) =>
      name === 'open'
        ? (...args: Parameters<Files['open']>) => withSlowSync(target.open(...args))
        : (Reflect.get(target, name) as () => unknown).bind(target),
  })
}

function withSlowSync(file: OpenFile): OpenFile {
  let isClosed = false
  const close = (): void => {
    isClosed = true
    file.close()
  }
  const sync = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve))
    if (isClosed) throw systemError('EBADF', 'fdatasync', file.path)
    await file.sync()
  }
  return new Proxy(file, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown
      if (name === 'sync') return sync
      if (name === 'close') return close
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value
    },
  })
}

test('a topic that another process deletes keeps no other from being closed in order', async () => {
  const system = simulatedSystem()
  const reports: RecoveryReport[] = []
  const cluster = openDirectory({ ...system, files: withSlowSyncs(system.files) }, '/data', (report) => reports.push(report))
  await cluster.beginWriting()
  for (const name of ['a', 'b', 'c']) {
    cluster.createTopic(name, { partitions: 1, configs: new Map() })
    cluster.openAppender(name).append(0, batchOf(['v']))
  }
  await cluster.sync()
  const other = openDirectory(system.anotherProcess(), '/data')
  await other.beginWriting()
  other.deleteTopic('b')
  await other.close()
  await expect(cluster.close()).rejects.toThrow('deleted by another process')
  await setTimeout(20)
  expect(reports).toEqual([])
})
