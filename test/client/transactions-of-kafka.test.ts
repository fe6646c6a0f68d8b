// A directory that a Kafka left with transactions open: leat takes up their ids, and ends what is late.
import { expect, test } from 'vitest'
import { realSystem } from '../../src/system/real.ts'
import { batchOf } from '../support/batches.ts'
import { fixtureCopy, fixturesMissing } from '../support/fixtures.ts'
import { openDirectory, readPartition } from '../support/records.ts'

test.skipIf(fixturesMissing)('transactions that a Kafka left open are ended, and its producers’ ids and epochs go on', async () => {
  const cluster = openDirectory(realSystem(), fixtureCopy('transactions'))
  await cluster.beginWriting()
  const isOpen = (topic: string, partition: number): boolean => {
    const view = cluster.openTransactionView(topic, partition, 0n)
    const { endOffset } = cluster.partitionOffsets(topic, partition)
    const stable = view.lastStableOffset()
    view.close()
    return stable < endOffset
  }
  expect([isOpen('pending', 0), isOpen('pending', 1), isOpen('output', 0)]).toEqual([true, true, true])

  // Producer 16 with epoch 0 has it open: its abort is epoch 1, the next producer's is 2.
  const producer = await cluster.transactions.initProducerId('open', 60_000)
  expect(producer).toMatchObject({ producerId: 16n, producerEpoch: 2 })
  expect([isOpen('pending', 0), isOpen('pending', 1), isOpen('output', 0)]).toEqual([false, false, true])

  await cluster.transactions.addPartitions(producer, [{ topic: 'pending', partition: 0 }], null)
  cluster.transactions.append(producer, { topic: 'pending', partition: 0 }, batchOf(['by leat']), 0)
  await cluster.transactions.endTransaction(producer, true)
  const { records } = await readPartition(cluster, 'pending', 0, { isCommittedOnly: true })
  expect(records.at(-1)?.value).toBe('by leat')

  // A new id gets a producer id that no producer of that Kafka has.
  expect((await cluster.transactions.initProducerId('new', 60_000)).producerId).toBe(1000n)
  const before = await cluster.groups.fetchOffsets('etl-pending')
  expect((await cluster.transactions.initProducerId('etl-2', 60_000)).producerId).toBe(11n)
  expect(isOpen('output', 0)).toBe(false)
  expect(await cluster.groups.fetchOffsets('etl-pending')).toEqual(before)
  await cluster.close()
})
