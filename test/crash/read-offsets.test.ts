// A group reads what a producer that lives has written and not synced yet; then the power goes. Offsets that are left are never past the
// end of the log: whoever reads on from there would pass over what others are given those offsets for.
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { simulatedSystem, type SimulatedSystem } from '../simulation/system.ts'
import { batchOf } from '../support/batches.ts'
import { openDirectory } from '../support/records.ts'

const AT = { topic: 'orders', partition: 0 }
const READ = { ...AT, offset: 3n, leaderEpoch: 0, metadata: '' }

async function open(system: SimulatedSystem): Promise<DirectoryCluster> {
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  return cluster
}

/** With three records that are not on the disk, and whatever a reader needs to commit. */
async function unsynced(): Promise<{ system: SimulatedSystem; reader: DirectoryCluster }> {
  const system = simulatedSystem()
  const producer = await open(system.anotherProcess())
  producer.createTopic('orders', { partitions: 1, configs: new Map() })
  const reader = await open(system.anotherProcess())
  await reader.transactions.initProducerId('id', 60_000)
  await reader.groups.commitOffsets({ groupId: 'g', member: null, offsets: [{ ...READ, offset: 0n }] })
  await producer.sync()
  await reader.sync()
  const appender = producer.openAppender('orders')
  for (const value of ['a', 'b', 'c']) appender.append(0, batchOf([value]))
  return { system, reader }
}

async function afterPowerLoss(system: SimulatedSystem): Promise<{ offset: bigint | undefined; endOffset: bigint }> {
  const cluster = await open(system.afterPowerLoss({ mode: 'drop' }))
  await cluster.transactions.endUnfinished()
  const [committed] = await cluster.groups.fetchOffsets('g')
  return { offset: committed?.offset, endOffset: cluster.partitionOffsets('orders', 0).endOffset }
}

test('what nobody has synced or committed is gone with the power', async () => {
  const { system } = await unsynced()
  expect(await afterPowerLoss(system)).toEqual({ offset: 0n, endOffset: 0n })
})

test('committed offsets are on the disk only with what was read before them', async () => {
  const { system, reader } = await unsynced()
  await reader.groups.commitOffsets({ groupId: 'g', member: null, offsets: [READ] })
  await reader.sync()
  expect(await afterPowerLoss(system)).toEqual({ offset: 3n, endOffset: 3n })
})

test('so are those of a transaction', async () => {
  const { system, reader } = await unsynced()
  const producer = await reader.transactions.initProducerId('id', 60_000)
  await reader.transactions.addPartitions(producer, [], 'g')
  reader.transactions.sendOffsets(producer, { groupId: 'g', member: null, offsets: [READ] })
  await reader.transactions.endTransaction(producer, true)
  expect(await afterPowerLoss(system)).toEqual({ offset: 3n, endOffset: 3n })
})
