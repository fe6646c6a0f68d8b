// Retention that deletes all of a log, and a power loss after any call of it.
import { expect, test } from 'vitest'
import { type SimulatedSystem, simulatedSystem } from '../simulation/system.ts'
import { batchOf } from '../support/batches.ts'
import { openDirectory } from '../support/records.ts'

const ROOT = '/data'
const EXPIRED = new Map([['retention.ms', '1']])

/** Three records from 2023, then a retention that lets all of them go. @returns how many calls there were before it */
async function expireAll(system: SimulatedSystem): Promise<number> {
  const cluster = openDirectory(system, ROOT)
  await cluster.beginWriting()
  cluster.createTopic('orders', { partitions: 1, configs: EXPIRED })
  cluster.openAppender('orders').append(0, batchOf(['a', 'b', 'c'], { timestamp: 1 }))
  await cluster.sync()
  const calls = system.files.calls
  await cluster.applyRetention('orders', 0, { startOffset: null, withLimits: true }).catch(() => {})
  await cluster.close().catch(() => {})
  return calls
}

test('retention that deletes every record keeps the offsets going', async () => {
  const system = simulatedSystem()
  await expireAll(system)
  const cluster = openDirectory(system, ROOT)
  expect(cluster.partitionOffsets('orders', 0)).toEqual({ startOffset: 3n, endOffset: 3n })
})

test('a power loss after any call of a retention that deletes every record does not start offsets again', async () => {
  const whole = simulatedSystem()
  const before = await expireAll(whole)
  const ends = new Set<bigint>()
  const points = whole.files.journal.slice(before).filter((call) => call.changes)
  for (const { number } of points) {
    for (const seed of [1, 2, 3]) {
      const system = simulatedSystem()
      system.files.cutPowerAt(number + 1)
      await expireAll(system)
      const cluster = openDirectory(system.afterPowerLoss({ mode: 'random', seed }), ROOT)
      await cluster.beginWriting()
      ends.add(cluster.openAppender('orders').append(0, batchOf(['next'])))
      await cluster.close()
    }
  }
  expect([...ends]).toEqual([3n])
})

test('a partition that lost all its files goes on after the offsets that were synced', async () => {
  const system = simulatedSystem()
  const cluster = openDirectory(system, ROOT)
  await cluster.beginWriting()
  cluster.createTopic('orders', { partitions: 1, configs: new Map() })
  cluster.openAppender('orders').append(0, batchOf(['a', 'b', 'c']))
  await cluster.applyRetention('orders', 0, { startOffset: 2n, withLimits: false })
  await cluster.close()
  for (const { name } of system.files.list(`${ROOT}/orders-0`)) if (/^\d/.test(name)) system.files.remove(`${ROOT}/orders-0/${name}`)
  const again = openDirectory(system, ROOT)
  await again.beginWriting()
  expect(again.openAppender('orders').append(0, batchOf(['next']))).toBe(3n)
  await again.close()
})

test('files that a killed process had marked to be deleted go when the log is written to next; strangers stay', async () => {
  const system = simulatedSystem()
  const cluster = openDirectory(system, ROOT)
  await cluster.beginWriting()
  cluster.createTopic('orders', { partitions: 1, configs: new Map() })
  cluster.openAppender('orders').append(0, batchOf(['a']))
  await cluster.close()
  const base = `${ROOT}/orders-0/${'0'.repeat(20)}`
  for (const name of [`${base}.log.deleted`, `${base}.index.deleted`, `${ROOT}/orders-0/notes.deleted`])
    system.files.open(name, 'create').close()
  const again = openDirectory(system, ROOT)
  await again.beginWriting()
  expect(again.openAppender('orders').append(0, batchOf(['b']))).toBe(1n)
  const left = system.files.list(`${ROOT}/orders-0`).filter(({ name }) => name.endsWith('.deleted'))
  expect(left.map(({ name }) => name)).toEqual(['notes.deleted'])
  await again.close()
})

test('a retention that is killed after any call leaves no file under another name', async () => {
  const whole = simulatedSystem()
  const before = await expireAll(whole)
  for (const { number } of whole.files.journal.slice(before).filter((call) => call.changes)) {
    const system = simulatedSystem()
    system.files.cutPowerAt(number + 1)
    await expireAll(system)
    const names = system.afterPowerLoss({ mode: 'keep' }).files.list(`${ROOT}/orders-0`)
    expect(names.filter(({ name }) => name.endsWith('.deleted'))).toEqual([])
  }
})
