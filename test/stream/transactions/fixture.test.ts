// The state of a real Kafka's coordinator, replayed from its topic, against what that Kafka said of itself.
import fs from 'node:fs'
import { expect, test } from 'vitest'
import { endUnfinished } from '../../../src/stream/transactions/unfinished.ts'
import { type Transaction, transactionRecord } from '../../../src/stream/transactions/transaction.ts'
import { TransactionsState } from '../../../src/stream/transactions/transactions-state.ts'
import { expectedOf, fixture, fixturesMissing } from '../../support/fixtures.ts'
import { storedRecords } from '../../support/stored-records.ts'

/** In a key: after the kind and the length. */
const ID_OFFSET = 4

/** Every state that the records of a Kafka's topic pass through, and the last of each id. */
function replayed(): { state: TransactionsState; all: { transaction: Transaction; value: Buffer; key: Buffer }[] } {
  const directory = fixture('transactions')
  const state = new TransactionsState()
  const all: { transaction: Transaction; value: Buffer; key: Buffer }[] = []
  for (const folder of fs.readdirSync(directory).filter((name) => name.startsWith('__transaction_state-')))
    for (const { key, value, offset } of storedRecords(`${directory}/${folder}/00000000000000000000.log`)) {
      if (key === null || value === null) throw new Error(`record ${offset} of ${folder} has no key or value`)
      state.replay({ key, value })
      all.push({ transaction: state.get(key.toString('utf8', ID_OFFSET)) as Transaction, key, value })
    }
  return { state, all }
}

test.skipIf(fixturesMissing)('leat knows of each transactional id what Kafka says of it', () => {
  const expected = JSON.parse(fs.readFileSync(`${expectedOf('transactions')}/transactions.json`, 'utf8')) as {
    transactionalId: string
  }[]
  const { state } = replayed()
  const known = [...state.all].map(({ transactionalId, status, producerId, producerEpoch, timeoutMs, partitions }) => ({
    transactionalId,
    state: status as string,
    producerId: Number(producerId),
    producerEpoch,
    timeoutMs,
    partitions: partitions.map(({ topic, partition }) => `${topic}-${partition}`).toSorted(),
  }))
  expect(known.toSorted((a, b) => (a.transactionalId < b.transactionalId ? -1 : 1))).toEqual(expected)
})

test.skipIf(fixturesMissing)('records that leat makes of what it knows are those that Kafka wrote, byte for byte', () => {
  const { all } = replayed()
  expect(all.length).toBeGreaterThan(50)
  for (const { transaction, key, value } of all) expect(transactionRecord(transaction)).toEqual({ key, value })
})

test.skipIf(fixturesMissing)('the transactions that were open at the stop are those that are aborted when their time is over', () => {
  const { state } = replayed()
  const open = endUnfinished(state, 2n ** 62n).response.map(({ transactionalId, producerEpoch }) => `${transactionalId} ${producerEpoch}`)
  expect(open.toSorted()).toEqual(['etl-2 1', 'open 1'])
})
