// Several processes write to one directory, and one of them is killed or loses its power.
import { describe, expect, test } from 'vitest'
import type { CrashMode } from '../simulation/file-node.ts'
import { type SimulatedSystem, simulatedSystem } from '../simulation/system.ts'
import { PendingSyncs } from '../../src/log/pending-syncs.ts'
import { readCheckpoint } from '../../src/log/checkpoint-files.ts'
import { listSegments } from '../../src/log/segment-files.ts'
import { DirectoryWriter } from '../../src/log/directory-writer.ts'
import { batchOf } from '../support/batches.ts'
import { openDirectory, readPartition } from '../support/records.ts'

const ROOT = '/srv/queues/data'
const MODES: readonly CrashMode[] = ['drop', 'keep', 'zeros', 'random']
const NO_CONFIGS = new Map<string, string>()
/** An index entry for each batch, and room for two: the log rolls often. */
const ROLLS_OFTEN = new Map([
  ['segment.index.bytes', '24'],
  ['index.interval.bytes', '0'],
])

async function writing(system: SimulatedSystem) {
  const cluster = openDirectory(system, ROOT)
  await cluster.beginWriting()
  return cluster
}

async function valuesIn(system: SimulatedSystem, topic: string): Promise<unknown[]> {
  const { records } = await readPartition(openDirectory(system, ROOT), topic, 0)
  return records.map(({ value }) => value)
}

describe('what another process wrote and did not sync is synced with what comes after it', () => {
  test.each(MODES)('a topic whose maker was killed (%s)', async (mode) => {
    const a = simulatedSystem()
    const maker = a.anotherProcess()
    ;(await writing(maker)).createTopic('orders', { partitions: 1, configs: NO_CONFIGS })
    maker.kill()
    const cluster = await writing(a)
    cluster.openAppender('orders').append(0, batchOf(['acknowledged']))
    await cluster.sync()
    expect(await valuesIn(a.afterPowerLoss({ mode }), 'orders')).toEqual(['acknowledged'])
  })

  test.each(MODES)('segments that another process rolled to before it was killed (%s)', async (mode) => {
    const a = simulatedSystem()
    const cluster = await writing(a)
    cluster.createTopic('orders', { partitions: 1, configs: ROLLS_OFTEN })
    const appender = cluster.openAppender('orders')
    appender.append(0, batchOf(['first']))
    await cluster.sync()
    const b = a.anotherProcess()
    const other = (await writing(b)).openAppender('orders')
    const values = ['1', '2', '3', '4', '5', '6', '7', '8']
    for (const value of values) other.append(0, batchOf([value]))
    b.kill()
    appender.append(0, batchOf(['acknowledged']))
    await cluster.sync()
    expect(await valuesIn(a.afterPowerLoss({ mode }), 'orders')).toEqual(['first', ...values, 'acknowledged'])
  })

  test.each(MODES)('segments that are found when the log is opened (%s)', async (mode) => {
    const a = simulatedSystem()
    const b = a.anotherProcess()
    const other = await writing(b)
    other.createTopic('orders', { partitions: 1, configs: ROLLS_OFTEN })
    const values = ['1', '2', '3', '4', '5', '6', '7', '8']
    for (const value of values) other.openAppender('orders').append(0, batchOf([value]))
    b.kill()
    const cluster = await writing(a)
    cluster.openAppender('orders').append(0, batchOf(['acknowledged']))
    await cluster.sync()
    expect(await valuesIn(a.afterPowerLoss({ mode }), 'orders')).toEqual([...values, 'acknowledged'])
  })
})

test('directories above the data directory that had to be made outlast a power loss', async () => {
  const system = simulatedSystem()
  const cluster = await writing(system)
  cluster.createTopic('orders', { partitions: 1, configs: NO_CONFIGS })
  cluster.openAppender('orders').append(0, batchOf(['acknowledged']))
  await cluster.sync()
  expect(await valuesIn(system.afterPowerLoss({ mode: 'drop' }), 'orders')).toEqual(['acknowledged'])
})

describe('a topic that another process deletes before its first record comes', () => {
  async function deletedByAnother() {
    const system = simulatedSystem()
    const cluster = await writing(system)
    cluster.createTopic('orders', { partitions: 1, configs: NO_CONFIGS })
    const appender = cluster.openAppender('orders')
    const other = await writing(system.anotherProcess())
    other.deleteTopic('orders')
    return { files: system.files, appender, other }
  }

  test('is not made again by the record', async () => {
    const { files, appender } = await deletedByAnother()
    expect(() => appender.append(0, batchOf(['lost']))).toThrow('orders was deleted by another process')
    expect(files.stat(`${ROOT}/orders-0`)).toBeNull()
  })

  test('and makes again keeps its new id, and gets no record meant for the old one', async () => {
    const { files, appender, other } = await deletedByAnother()
    other.createTopic('orders', { partitions: 1, configs: NO_CONFIGS })
    const metadata = () => files.readWhole(`${ROOT}/orders-0/partition.metadata`).toString()
    const made = metadata()
    expect(() => appender.append(0, batchOf(['lost']))).toThrow('orders was deleted by another process')
    expect(metadata()).toBe(made)
  })
})

describe('log start offsets', () => {
  test('do not go back when retention runs with what was known before another process trimmed', async () => {
    const a = simulatedSystem()
    const cluster = await writing(a)
    cluster.createTopic('orders', { partitions: 1, configs: NO_CONFIGS })
    for (const value of ['a', 'b', 'c', 'd']) cluster.openAppender('orders').append(0, batchOf([value]))
    await cluster.sync()
    expect(cluster.partitionOffsets('orders', 0).startOffset).toBe(0n)
    const other = await writing(a.anotherProcess())
    await other.applyRetention('orders', 0, { startOffset: 3n, withLimits: false })
    const { startOffset } = await cluster.applyRetention('orders', 0, { startOffset: 1n, withLimits: false })
    expect(startOffset).toBe(3n)
    expect(await valuesIn(a.anotherProcess(), 'orders')).toEqual(['d'])
  })

  test('two changes one after the other in one process are both kept', async () => {
    const system = simulatedSystem()
    const cluster = await writing(system)
    cluster.createTopic('orders', { partitions: 2, configs: NO_CONFIGS })
    for (const partition of [0, 1]) cluster.openAppender('orders').append(partition, batchOf(['a', 'b', 'c']))
    await cluster.close()
    const writer = await DirectoryWriter.open(system, ROOT, () => {})
    expect([writer.raiseLogStart('orders-0', 1n), writer.raiseLogStart('orders-1', 2n)]).toEqual([1n, 2n])
    await writer.close()
    const after = openDirectory(system, ROOT)
    expect([0, 1].map((partition) => after.partitionOffsets('orders', partition).startOffset)).toEqual([1n, 2n])
  })
})

describe('files that wait for their sync', () => {
  test('stay unacknowledged once a sync failed', async () => {
    const { files } = simulatedSystem()
    files.open('/a', 'create').close()
    const syncs = new PendingSyncs(files)
    syncs.addFile('/a')
    files.failCall(files.calls + 2, 'EIO')
    await expect(syncs.flush()).rejects.toThrow('EIO')
    await expect(syncs.flush()).rejects.toThrow('EIO')
  })

  test('may be removed meanwhile', async () => {
    const { files } = simulatedSystem()
    const syncs = new PendingSyncs(files)
    syncs.addFile('/gone')
    syncs.addDirectory('/gone too')
    await expect(syncs.flush()).resolves.toBeUndefined()
  })
})

describe('a log that is written to for long', () => {
  const values = ['1', '2', '3', '4', '5', '6', '7', '8']

  test('is looked at from its last roll on, whenever it was synced since', async () => {
    const system = simulatedSystem()
    const cluster = await writing(system)
    cluster.createTopic('orders', { partitions: 1, configs: ROLLS_OFTEN })
    const appender = cluster.openAppender('orders')
    for (const value of values) appender.append(0, batchOf([value]))
    await cluster.sync()
    const after = system.afterPowerLoss({ mode: 'drop' })
    const bases = listSegments(after.files, `${ROOT}/orders-0`)
    expect(bases.length).toBeGreaterThan(2)
    expect(readCheckpoint(after.files, ROOT, 'recoveryPoint').get('orders-0')).toBe(bases.at(-1))
    expect(await valuesIn(after, 'orders')).toEqual(values)
  })

  test('leaves nothing behind for a topic of the same name that another process made meanwhile', async () => {
    const a = simulatedSystem()
    const cluster = await writing(a)
    cluster.createTopic('orders', { partitions: 1, configs: ROLLS_OFTEN })
    const appender = cluster.openAppender('orders')
    for (const value of values) appender.append(0, batchOf([value]))
    const other = await writing(a.anotherProcess())
    other.deleteTopic('orders')
    other.createTopic('orders', { partitions: 1, configs: NO_CONFIGS })
    await other.close()
    await cluster.sync().catch(() => {})
    expect(readCheckpoint(a.files, ROOT, 'recoveryPoint').get('orders-0') ?? 0n).toBe(0n)
  })

  test('keeps nobody from other topics while it is looked through after a power loss', async () => {
    const before = simulatedSystem()
    const cluster = await writing(before)
    for (const name of ['orders', 'payments']) cluster.createTopic(name, { partitions: 1, configs: NO_CONFIGS })
    const appender = cluster.openAppender('orders')
    for (const value of values) appender.append(0, batchOf([value]))
    await cluster.sync()
    const a = before.afterPowerLoss({ mode: 'drop' })
    const other = await writing(a.anotherProcess())
    const opener = await writing(a)
    let isTried = false
    a.files.onCall = ({ syscall, path }) => {
      if (isTried || syscall !== 'read' || !path.startsWith(`${ROOT}/orders-0/`) || !path.endsWith('.log')) return
      isTried = true
      other.openAppender('payments').append(0, batchOf(['meanwhile']))
    }
    opener.openAppender('orders').append(0, batchOf(['9']))
    expect(isTried).toBe(true)
    expect(await valuesIn(a, 'payments')).toEqual(['meanwhile'])
    expect(await valuesIn(a, 'orders')).toEqual([...values, '9'])
  })

  test('whose topic goes before it is looked at is not made again', async () => {
    const a = simulatedSystem()
    const maker = await writing(a)
    for (const name of ['orders', 'payments']) maker.createTopic(name, { partitions: 1, configs: NO_CONFIGS })
    maker.openAppender('payments').append(0, batchOf(['a']))
    await maker.close()
    const cluster = await writing(a)
    const other = await writing(a.anotherProcess())
    let isDeleted = false
    a.files.onCall = ({ syscall, path }) => {
      if (isDeleted || syscall !== 'read' || !path.endsWith('recovery-point-offset-checkpoint')) return
      isDeleted = true
      other.deleteTopic('orders')
    }
    const appender = cluster.openAppender('orders')
    expect(() => appender.append(0, batchOf(['lost']))).toThrow('was deleted by another process')
    expect(isDeleted).toBe(true)
    expect(a.files.stat(`${ROOT}/orders-0`)).toBeNull()
  })
})
