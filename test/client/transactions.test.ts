// Transactions on a data directory: several processes, none of them a daemon.
import { describe, expect, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import type { ProducerIdentity } from '../../src/client/transactions.ts'
import { batchOf } from '../support/batches.ts'
import { openDirectory, readPartition } from '../support/records.ts'
import { simulatedSystem, type SimulatedSystem } from '../simulation/system.ts'

const ROOT = '/data'
const MINUTE = 60_000

async function open(system: SimulatedSystem): Promise<DirectoryCluster> {
  const cluster = openDirectory(system, ROOT)
  await cluster.beginWriting()
  for (const topic of ['orders', 'totals']) if (!cluster.hasTopic(topic)) cluster.createTopic(topic, { partitions: 2, configs: new Map() })
  return cluster
}

const at = (topic: string, partition: number): { topic: string; partition: number } => ({ topic, partition })

/** Adds the partitions and appends a value to each. */
async function write(cluster: DirectoryCluster, producer: ProducerIdentity, value: string): Promise<void> {
  const partitions = [at('orders', 0), at('totals', 1)]
  await cluster.transactions.addPartitions(producer, partitions, null)
  for (const partition of partitions) cluster.transactions.append(producer, partition, batchOf([value]), 0)
}

async function committed(cluster: DirectoryCluster): Promise<string[][]> {
  const values = [at('orders', 0), at('totals', 1)].map(async ({ topic, partition }) => {
    const { records } = await readPartition(cluster, topic, partition, { isCommittedOnly: true })
    return records.map(({ value }) => String(value))
  })
  return Promise.all(values)
}

describe('a transactional producer', () => {
  test('has its records seen together, once it commits, and never when it aborts', async () => {
    const cluster = await open(simulatedSystem())
    const first = await cluster.transactions.initProducerId('id', MINUTE)
    await write(cluster, first, 'a')
    expect(await committed(cluster)).toEqual([[], []])
    const second = await cluster.transactions.endTransaction(first, true)
    expect(await committed(cluster)).toEqual([['a'], ['a']])
    await write(cluster, second, 'b')
    const third = await cluster.transactions.endTransaction(second, false)
    await write(cluster, third, 'c')
    await cluster.transactions.endTransaction(third, true)
    expect(await committed(cluster)).toEqual([
      ['a', 'c'],
      ['a', 'c'],
    ])
    expect([first, second, third].map(({ producerEpoch }) => producerEpoch)).toEqual([0, 1, 2])
    await cluster.close()
  })

  test('is fenced by the next one of its id: what it had open is aborted, what it still sends is refused', async () => {
    const system = simulatedSystem()
    const [one, other] = [await open(system.anotherProcess()), await open(system.anotherProcess())]
    const zombie = await one.transactions.initProducerId('id', MINUTE)
    await write(one, zombie, 'zombie')
    const heir = await other.transactions.initProducerId('id', MINUTE)
    expect(heir.producerId).toBe(zombie.producerId)
    await write(other, heir, 'heir')
    expect(() => one.transactions.append(zombie, at('orders', 0), batchOf(['late']), 1)).toThrow(
      expect.objectContaining({ code: 'INVALID_PRODUCER_EPOCH' }),
    )
    await expect(one.transactions.addPartitions(zombie, [at('orders', 1)], null)).rejects.toMatchObject({ code: 'PRODUCER_FENCED' })
    await expect(one.transactions.endTransaction(zombie, true)).rejects.toMatchObject({ code: 'PRODUCER_FENCED' })
    await other.transactions.endTransaction(heir, true)
    expect(await committed(one)).toEqual([['heir'], ['heir']])
    await one.close()
    await other.close()
  })

  test('that is too late is aborted by whoever comes next, under whatever id', async () => {
    const system = simulatedSystem()
    const [one, other] = [await open(system.anotherProcess()), await open(system.anotherProcess())]
    const late = await one.transactions.initProducerId('late', MINUTE)
    await write(one, late, 'late')
    await other.transactions.endUnfinished()
    await system.clock.advance(MINUTE + 1)
    const punctual = await other.transactions.initProducerId('punctual', MINUTE)
    await write(other, punctual, 'punctual')
    await other.transactions.endTransaction(punctual, true)
    expect(await committed(one)).toEqual([[], []])
    await other.transactions.endUnfinished()
    expect(await committed(one)).toEqual([['punctual'], ['punctual']])
    await expect(one.transactions.endTransaction(late, true)).rejects.toMatchObject({ code: 'INVALID_TXN_STATE' })
    await one.close()
    await other.close()
  })

  test('gets a producer id that no other process gets, before and after a restart', async () => {
    const system = simulatedSystem()
    const ids: bigint[] = []
    for (let round = 0; round < 3; round++) {
      const clusters = [await open(system.anotherProcess()), await open(system.anotherProcess())]
      for (const [index, cluster] of clusters.entries())
        ids.push((await cluster.transactions.initProducerId(`${round}.${index}`, MINUTE)).producerId)
      for (const cluster of clusters) await cluster.close()
    }
    expect(ids).toEqual([0n, 1n, 2n, 3n, 4n, 5n])
  })

  test('may send a batch again: it is answered with the offset that it has, and a gap is refused', async () => {
    const cluster = await open(simulatedSystem())
    const producer = await cluster.transactions.initProducerId('id', MINUTE)
    await cluster.transactions.addPartitions(producer, [at('orders', 0)], null)
    const send = (sequence: number): bigint => cluster.transactions.append(producer, at('orders', 0), batchOf(['a', 'b']), sequence)
    expect([send(0), send(2), send(0), send(2), send(4)]).toEqual([0n, 2n, 0n, 2n, 4n])
    expect(() => send(8)).toThrow(expect.objectContaining({ code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }))
    await cluster.close()
  })

  test('that dies, and whose topic is deleted then, leaves nothing in the way of the others', async () => {
    const system = simulatedSystem()
    const [dying, next] = [system.anotherProcess(), system.anotherProcess()]
    const [one, other] = [await open(dying), await open(next)]
    await write(one, await one.transactions.initProducerId('id', MINUTE), 'a')
    dying.kill()
    other.deleteTopic('totals')
    const heir = await other.transactions.initProducerId('id', MINUTE)
    await other.transactions.addPartitions(heir, [at('orders', 0)], null)
    other.transactions.append(heir, at('orders', 0), batchOf(['b']), 0)
    await other.transactions.endTransaction(heir, true)
    const { records } = await readPartition(other, 'orders', 0, { isCommittedOnly: true })
    expect(records.map(({ value }) => value)).toEqual(['b'])
    await other.close()
  })

  test('a timeout that is none, and an id without a character, are refused', async () => {
    const cluster = await open(simulatedSystem())
    await expect(cluster.transactions.initProducerId('id', 0)).rejects.toMatchObject({ code: 'INVALID_TRANSACTION_TIMEOUT', exitCode: 2 })
    await expect(cluster.transactions.initProducerId('id', 16 * MINUTE)).rejects.toMatchObject({ code: 'INVALID_TRANSACTION_TIMEOUT' })
    await expect(cluster.transactions.initProducerId('', MINUTE)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    await cluster.close()
  })
})
