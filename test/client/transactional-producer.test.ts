// What one producer of transactions does over its life, on a data directory.
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { TransactionalProducer } from '../../src/client/transactional-producer.ts'
import { batchOf } from '../support/batches.ts'
import { openDirectory, readPartition } from '../support/records.ts'
import { simulatedSystem, type SimulatedSystem } from '../simulation/system.ts'

const MINUTE = 60_000
const WEEK = 7 * 24 * 60 * MINUTE
const ORDERS = { topic: 'orders', partition: 0 }

async function open(system: SimulatedSystem): Promise<DirectoryCluster> {
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  if (!cluster.hasTopic('orders')) cluster.createTopic('orders', { partitions: 1, configs: new Map() })
  return cluster
}

function openProducer(cluster: DirectoryCluster): Promise<TransactionalProducer> {
  return TransactionalProducer.open(cluster.transactions, { transactionalId: 'id', timeoutMs: MINUTE }, () => {})
}

async function send(producer: TransactionalProducer, value: string): Promise<void> {
  producer.append(ORDERS, batchOf([value]))
  producer.commit()
  await producer.flush()
}

async function committed(cluster: DirectoryCluster): Promise<unknown[]> {
  const { records } = await readPartition(cluster, 'orders', 0, { isCommittedOnly: true })
  return records.map(({ value }) => value)
}

test('a producer that was idle for longer than its id is remembered goes on', async () => {
  const system = simulatedSystem()
  const cluster = await open(system)
  const producer = await openProducer(cluster)
  await send(producer, 'before')
  await system.clock.advance(WEEK + 1)
  await cluster.transactions.endUnfinished()
  await send(producer, 'after')
  expect(await committed(cluster)).toEqual(['before', 'after'])
})

test('a producer whose id was forgotten, and taken up by another one since, is fenced', async () => {
  const system = simulatedSystem()
  const [one, other] = [await open(system.anotherProcess()), await open(system.anotherProcess())]
  const idle = await openProducer(one)
  await system.clock.advance(WEEK + 1)
  await other.transactions.endUnfinished()
  const heir = await openProducer(other)
  await expect(send(idle, 'idle')).rejects.toMatchObject({ code: 'PRODUCER_FENCED' })
  await send(heir, 'heir')
  expect(await committed(other)).toEqual(['heir'])
})

test('offsets of several groups count together', async () => {
  const cluster = await open(simulatedSystem())
  const producer = await openProducer(cluster)
  const groups = Array.from({ length: 8 }, (_, number) => `g${number}`)
  for (const groupId of groups)
    producer.sendOffsets({ groupId, member: null, offsets: [{ ...ORDERS, offset: 1n, leaderEpoch: -1, metadata: '' }] })
  producer.commit()
  await producer.flush()
  const offsets = await Promise.all(groups.map((groupId) => cluster.groups.fetchOffsets(groupId)))
  expect(offsets.map((some) => some.map(({ offset }) => offset))).toEqual(groups.map(() => [1n]))
})
