// A disk that is full, or refuses, in the middle of a change of topics: the change is there as a whole, or not at all.
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { simulatedSystem, type SimulatedSystem } from '../simulation/system.ts'
import { batchOf } from '../support/batches.ts'
import { openDirectory } from '../support/records.ts'

const ROOT = '/data'

async function prepare(): Promise<SimulatedSystem> {
  const system = simulatedSystem()
  const cluster = openDirectory(system, ROOT)
  await cluster.beginWriting()
  cluster.createTopic('there', { partitions: 1, configs: new Map() })
  cluster.openAppender('there').append(0, batchOf(['a']))
  await cluster.close()
  return system
}

type Change = (cluster: DirectoryCluster) => void

const create: Change = (cluster) => cluster.createTopic('new', { partitions: 3, configs: new Map([['retention.ms', '1000']]) })
const alter: Change = (cluster) => cluster.alterTopic('there', { partitions: 4, configs: new Map([['retention.ms', '1000']]) })

/** Whether it went well, and its error where it did not. */
async function attempt(system: SimulatedSystem, change: Change): Promise<{ isDone: boolean; error: unknown }> {
  const process = system.anotherProcess()
  try {
    const cluster = openDirectory(process, ROOT)
    await cluster.beginWriting()
    change(cluster)
    await cluster.sync()
    return { isDone: true, error: null }
  } catch (error) {
    return { isDone: false, error }
  } finally {
    process.kill()
  }
}

const foldersIn = ({ files }: SimulatedSystem): string[] =>
  files.list(ROOT).flatMap(({ name, kind }) => (kind === 'directory' ? [name] : []))

test.for<[string, Change, string, number]>([
  ['create', create, 'new', 3],
  ['alter --partitions', alter, 'there', 4],
])('topic %s on a disk that fills up at any byte makes all of it or nothing', async ([, change, topic, partitions]) => {
  const outcomes = new Set<boolean>()
  for (let room = 0; room < 4096; room += 64) {
    const system = await prepare()
    const before = foldersIn(system)
    system.files.capacity = system.files.sizeInUse + room
    const { isDone } = await attempt(system, change)
    outcomes.add(isDone)
    system.files.capacity = Infinity
    const cluster = openDirectory(system.anotherProcess(), ROOT)
    const found = cluster.hasTopic(topic) ? cluster.describeTopic(topic).partitions.length : 0
    await cluster.close()
    expect(found === partitions, `with ${room} bytes left`).toBe(isDone)
    if (!isDone) expect(foldersIn(system)).toEqual(before)
    if (!isDone) expect(await attempt(system, change)).toEqual({ isDone: true, error: null })
  }
  expect(outcomes).toEqual(new Set([true, false]))
})

test('a topic that is deleted where the disk is too full to forget what checkpoints say of it is gone, and no half of a file is left', async () => {
  const remove: Change = (cluster) => {
    cluster.deleteTopic('there')
  }
  const rehearsal = await prepare()
  await attempt(rehearsal, remove)
  const number = 1 + rehearsal.files.journal.findLastIndex(({ syscall, path }) => syscall === 'write' && path.includes('checkpoint'))
  const system = await prepare()
  system.files.failCall(number, 'ENOSPC')
  expect(await attempt(system, remove)).toMatchObject({ isDone: false })
  expect(foldersIn(system)).toEqual(['__cluster_metadata-0'])
  expect(system.files.list(ROOT).filter(({ name }) => name.endsWith('.tmp'))).toEqual([])
})
