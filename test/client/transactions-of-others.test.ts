// What a process that has been running for long makes of topics and producers that came and went meanwhile.
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { partitionFor } from '../../src/stream/groups/partition-for.ts'
import { batchOf } from '../support/batches.ts'
import { openDirectory, readPartition } from '../support/records.ts'
import { simulatedSystem, type SimulatedSystem } from '../simulation/system.ts'

const MINUTE = 60_000
const PARTITION = { topic: 'orders', partition: 0 }
/** In one partition of the coordinator's topic: the sweeper opens no other, which would make it look at the metadata again. */
const SWEEPER = 'sweeper'
const DYING = Array.from({ length: 100 }, (_, number) => `id${number}`).find(
  (id) => partitionFor(id, 4) === partitionFor(SWEEPER, 4),
) as string

async function open(system: SimulatedSystem): Promise<DirectoryCluster> {
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  return cluster
}

/** Has written a transaction, and nothing since. */
async function openSweeper(system: SimulatedSystem): Promise<DirectoryCluster> {
  const cluster = await open(system)
  cluster.createTopic('orders', { partitions: 1, configs: new Map() })
  const producer = await cluster.transactions.initProducerId(SWEEPER, MINUTE)
  await cluster.transactions.addPartitions(producer, [PARTITION], null)
  cluster.transactions.append(producer, PARTITION, batchOf(['swept']), 0)
  await cluster.transactions.endTransaction(producer, true)
  return cluster
}

/** A process writes a transaction to the topic and is killed. */
async function dieWriting(system: SimulatedSystem, topic: string): Promise<void> {
  const dying = system.anotherProcess()
  const cluster = await open(dying)
  const producer = await cluster.transactions.initProducerId(DYING, MINUTE)
  await cluster.transactions.addPartitions(producer, [{ topic, partition: 0 }], null)
  cluster.transactions.append(producer, { topic, partition: 0 }, batchOf(['left']), 0)
  await cluster.sync()
  dying.kill()
}

async function committed(cluster: DirectoryCluster, topic: string): Promise<unknown[]> {
  const { records } = await readPartition(cluster, topic, 0, { isCommittedOnly: true })
  return records.map(({ value }) => value)
}

test('a transaction in a topic that was made since is ended with its marker', async () => {
  const system = simulatedSystem()
  const sweeper = await openSweeper(system.anotherProcess())
  const maker = await open(system.anotherProcess())
  maker.createTopic('fresh', { partitions: 1, configs: new Map() })
  await dieWriting(system, 'fresh')
  await system.clock.advance(MINUTE + 1)
  await sweeper.transactions.endUnfinished()
  maker.openAppender('fresh').append(0, batchOf(['plain']))
  expect(await committed(maker, 'fresh')).toEqual(['plain'])
})

test('a transaction in a topic that was deleted and made again since is ended with its marker', async () => {
  const system = simulatedSystem()
  const sweeper = await openSweeper(system.anotherProcess())
  const maker = await open(system.anotherProcess())
  maker.deleteTopic('orders')
  maker.createTopic('orders', { partitions: 1, configs: new Map() })
  await dieWriting(system, 'orders')
  await system.clock.advance(MINUTE + 1)
  await sweeper.transactions.endUnfinished()
  maker.openAppender('orders').append(0, batchOf(['plain']))
  expect(await committed(maker, 'orders')).toEqual(['plain'])
})

test('a transaction in a topic that was deleted since is in nobody’s way', async () => {
  const system = simulatedSystem()
  const sweeper = await openSweeper(system.anotherProcess())
  await dieWriting(system, 'orders')
  const deleter = await open(system.anotherProcess())
  deleter.deleteTopic('orders')
  await system.clock.advance(MINUTE + 1)
  await sweeper.transactions.endUnfinished()
  expect(sweeper.hasTopic('orders')).toBe(false)
  expect((await deleter.transactions.initProducerId(DYING, MINUTE)).producerEpoch).toBe(2)
})
