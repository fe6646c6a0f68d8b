// A topic's name goes from one topic to another: nothing that is done for the one touches the other, whatever processes come between.
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { readCheckpoint } from '../../src/log/checkpoint-files.ts'
import { writePartitionMetadata } from '../../src/log/meta-properties.ts'
import { PendingSyncs } from '../../src/log/pending-syncs.ts'
import { type SimulatedSystem, simulatedSystem } from '../simulation/system.ts'
import { batchOf } from '../support/batches.ts'
import { openDirectory, readPartition } from '../support/records.ts'

const ROOT = '/data'
const FOLDER = `${ROOT}/orders-0`
const ORDERS = { partitions: 1, configs: new Map<string, string>() }

async function writing(system: SimulatedSystem): Promise<DirectoryCluster> {
  const cluster = openDirectory(system, ROOT)
  await cluster.beginWriting()
  return cluster
}

/** With a topic of these values. */
async function withTopic(values: readonly string[]): Promise<{ system: SimulatedSystem; cluster: DirectoryCluster }> {
  const system = simulatedSystem()
  const cluster = await writing(system)
  cluster.createTopic('orders', ORDERS)
  if (values.length > 0) cluster.openAppender('orders').append(0, batchOf([...values]))
  return { system, cluster }
}

async function valuesIn(system: SimulatedSystem): Promise<unknown[]> {
  const { records } = await readPartition(openDirectory(system.anotherProcess(), ROOT), 'orders', 0)
  return records.map(({ value }) => value)
}

test('a deletion that is about to move folders away leaves those that another process makes under the name', async () => {
  const { system, cluster } = await withTopic(['old'])
  await cluster.close()
  const [deleting, making] = [await writing(system), await writing(system.anotherProcess())]
  let isMade = false
  const make = (): void => {
    making.refreshTopics()
    making.createTopic('orders', ORDERS)
    making.openAppender('orders').append(0, batchOf(['kept']))
    isMade = true
  }
  const rename = system.files.rename.bind(system.files)
  system.files.rename = (from, to) => {
    if (from === FOLDER) {
      system.files.rename = rename
      // Another process has to wait, which none can here.
      try {
        make()
      } catch (error) {
        expect(String(error)).toContain('would wait')
      }
    }
    rename(from, to)
  }
  deleting.deleteTopic('orders')
  if (!isMade) make()
  await making.sync()
  await deleting.close()
  expect(await valuesIn(system)).toEqual(['kept'])
})

test.each([
  ['stays where it says that it is of another topic', 'AAAAAAAAAAAAAAAAAAAAAQ', true],
  ['goes where it does not say whose it is', 'torn', false],
])('a folder with the name of a deleted topic %s', async (_, id, stays) => {
  const { system, cluster } = await withTopic(['a'])
  await cluster.close()
  writePartitionMetadata(system.files, FOLDER, id, new PendingSyncs(system.files))
  const deleting = await writing(system)
  deleting.deleteTopic('orders')
  await deleting.close()
  expect(system.files.stat(FOLDER) !== null).toBe(stays)
})

test('what another process trims stays trimmed when the one that made the topic syncs', async () => {
  const { system, cluster } = await withTopic(['a', 'b'])
  const trimming = await writing(system.anotherProcess())
  await trimming.applyRetention('orders', 0, { startOffset: 1n, withLimits: false })
  await trimming.close()
  cluster.openAppender('orders').append(0, batchOf(['c']))
  await cluster.close()
  expect(await valuesIn(system)).toEqual(['b', 'c'])
})

test.each(['before', 'after'] as const)('a deletion killed %s it moved a folder away leaves no start to the next topic', async (when) => {
  const { system, cluster } = await withTopic(['a', 'b'])
  await cluster.applyRetention('orders', 0, { startOffset: 2n, withLimits: false })
  await cluster.close()
  const killed = system.anotherProcess()
  const deleting = await writing(killed)
  const rename = killed.files.rename.bind(killed.files)
  killed.files.rename = (from, to) => {
    if (when === 'after') rename(from, to)
    killed.kill()
    throw new Error('killed')
  }
  expect(() => deleting.deleteTopic('orders')).toThrow('killed')
  killed.files.rename = rename
  const making = await writing(system)
  making.createTopic('orders', ORDERS)
  // Before the one that made it has synced anything.
  const appending = await writing(system.anotherProcess())
  expect(appending.openAppender('orders').append(0, batchOf(['first']))).toBe(0n)
  expect(await valuesIn(system)).toEqual(['first'])
})

test('a log that is closed as its topic is made anew leaves its end to nobody', async () => {
  const { system, cluster } = await withTopic(['a', 'b', 'c'])
  await cluster.sync()
  const other = await writing(system.anotherProcess())
  let isMadeAnew = false
  system.files.onCall = ({ syscall, path }) => {
    if (isMadeAnew || syscall !== 'fdatasync' || path !== `${FOLDER}/${'0'.repeat(20)}.timeindex`) return
    isMadeAnew = true
    other.deleteTopic('orders')
    other.createTopic('orders', ORDERS)
  }
  await cluster.close()
  expect(isMadeAnew).toBe(true)
  for (const kind of ['recoveryPoint', 'highWatermark'] as const)
    expect(readCheckpoint(system.files, ROOT, kind).get('orders-0') ?? 0n, kind).toBe(0n)
})

test('a trim that a deletion overtakes trims nothing of the next topic', async () => {
  const { system, cluster } = await withTopic(['a', 'b', 'c'])
  await cluster.sync()
  const other = await writing(system.anotherProcess())
  let isMadeAnew = false
  system.files.onCall = ({ syscall, path }) => {
    if (isMadeAnew || syscall !== 'open' || path !== `${ROOT}/.leat.lock`) return
    isMadeAnew = true
    other.deleteTopic('orders')
    other.createTopic('orders', ORDERS)
    other.openAppender('orders').append(0, batchOf(['kept']))
  }
  const trim = cluster.applyRetention('orders', 0, { startOffset: 2n, withLimits: false })
  await expect(trim).rejects.toThrow('deleted by another process')
  expect(isMadeAnew).toBe(true)
  expect(await valuesIn(system)).toEqual(['kept'])
})
