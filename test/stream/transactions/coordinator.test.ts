// The transaction coordinator: commands on a state that is what replaying records gives.
import { describe, expect, test } from 'vitest'
import type { CoordinatorResult } from '../../../src/stream/coordinator.ts'
import { addPartitions } from '../../../src/stream/transactions/add-partitions.ts'
import { completeTransaction, endTransaction, type EndTransactionResponse } from '../../../src/stream/transactions/end-transaction.ts'
import type { EndingTransaction } from '../../../src/stream/transactions/ending.ts'
import { initProducerId, type InitProducerIdResponse } from '../../../src/stream/transactions/init-producer-id.ts'
import { type ProducerIdAndEpoch, type Transaction, transactionRecord } from '../../../src/stream/transactions/transaction.ts'
import { TransactionsState } from '../../../src/stream/transactions/transactions-state.ts'
import { endUnfinished } from '../../../src/stream/transactions/unfinished.ts'

const ID = 'id'
const TIMEOUT_MS = 60_000
const NOW = 1_700_000_000_000n
const LAST_EPOCH = 32_766
const PARTITIONS = [
  { topic: 'a', partition: 0 },
  { topic: 'b', partition: 7 },
]

/** A coordinator whose records are replayed at once, as a log would. */
class Coordinator {
  readonly state = new TransactionsState()
  now = NOW
  #newProducerId = 0n

  run<T>(decide: (state: TransactionsState) => CoordinatorResult<T>): T {
    const { records, response } = decide(this.state)
    for (const record of records) this.state.replay(record)
    return response
  }

  init(expected: ProducerIdAndEpoch | null = null, newProducerId: bigint | null = this.#newProducerId++): InitProducerIdResponse {
    return this.run((state) =>
      initProducerId(state, { transactionalId: ID, timeoutMs: TIMEOUT_MS, expected, newProducerId, nowMs: this.now }),
    )
  }

  add(producer: ProducerIdAndEpoch, partitions = PARTITIONS): void {
    this.run((state) => addPartitions(state, { transactionalId: ID, ...producer, partitions, nowMs: this.now }))
  }

  end(producer: ProducerIdAndEpoch, isCommitted: boolean, newProducerId: bigint | null = null): EndTransactionResponse {
    return this.run((state) => endTransaction(state, { transactionalId: ID, ...producer, isCommitted, newProducerId, nowMs: this.now }))
  }

  complete(ending: EndingTransaction): void {
    this.run((state) => completeTransaction(state, ending, this.now))
  }

  get present(): Transaction {
    const present = this.state.get(ID)
    if (present === null) throw new Error('the id is not known')
    return present
  }
}

const producer = (producerId: bigint, producerEpoch: number): ProducerIdAndEpoch => ({ producerId, producerEpoch })
const refusal = (code: string): unknown => expect.objectContaining({ code })

function endingOf(response: InitProducerIdResponse | EndTransactionResponse): EndingTransaction {
  if (response.kind !== 'ending') throw new Error(`nothing is ending: ${response.kind}`)
  return response.ending
}

/** A coordinator with a producer in its first transaction. */
function ongoing(): Coordinator {
  const coordinator = new Coordinator()
  coordinator.init()
  coordinator.add(producer(0n, 0))
  return coordinator
}

describe('a transactional id', () => {
  test('that is new needs a producer id, and has epoch 0 with it', () => {
    const coordinator = new Coordinator()
    expect(coordinator.init(null, null)).toEqual({ kind: 'producer-id-needed' })
    expect(coordinator.state.get(ID)).toBeNull()
    expect(coordinator.init(null, 5n)).toEqual({ kind: 'ready', producerId: 5n, producerEpoch: 0 })
    expect(coordinator.present).toMatchObject({ status: 'Empty', timeoutMs: TIMEOUT_MS, partitions: [], startMs: -1n })
  })

  test('gets the next epoch with each producer that takes it up', () => {
    const coordinator = new Coordinator()
    coordinator.init()
    expect(coordinator.init()).toMatchObject({ kind: 'ready', producerId: 0n, producerEpoch: 1 })
    expect(() => coordinator.add(producer(0n, 0))).toThrow(refusal('PRODUCER_FENCED'))
    expect(() => coordinator.add(producer(3n, 1))).toThrow(refusal('INVALID_PRODUCER_ID_MAPPING'))
  })

  test('whose epochs are used up gets another producer id', () => {
    const coordinator = new Coordinator()
    coordinator.init()
    coordinator.state.replay(transactionRecord({ ...coordinator.present, producerEpoch: LAST_EPOCH }))
    expect(coordinator.init(null, null)).toEqual({ kind: 'producer-id-needed' })
    expect(coordinator.init(null, 9n)).toMatchObject({ kind: 'ready', producerId: 9n, producerEpoch: 0 })
    expect(coordinator.present.previousProducerId).toBe(0n)
  })

  test('is taken up after an error only by the producer that has it (KIP-360)', () => {
    const coordinator = new Coordinator()
    coordinator.init()
    expect(coordinator.init(producer(0n, 0))).toMatchObject({ kind: 'ready', producerEpoch: 1 })
    expect(() => coordinator.init(producer(0n, 0))).toThrow(refusal('PRODUCER_FENCED'))
    expect(() => coordinator.init(producer(7n, 1))).toThrow(refusal('PRODUCER_FENCED'))
  })

  test('with a transaction that is open has that aborted before it is taken up', () => {
    const coordinator = ongoing()
    const ending = endingOf(coordinator.init())
    expect(ending).toMatchObject({ isCommitted: false, producerId: 0n, producerEpoch: 1, partitions: PARTITIONS })
    expect(coordinator.present.status).toBe('PrepareAbort')
    expect(endingOf(coordinator.init())).toEqual(ending)
    coordinator.complete(ending)
    expect(coordinator.init()).toMatchObject({ kind: 'ready', producerId: 0n, producerEpoch: 2 })
    expect(() => coordinator.end(producer(0n, 0), true)).toThrow(refusal('PRODUCER_FENCED'))
  })

  test('is forgotten a week after it was last used, and not before', () => {
    const coordinator = new Coordinator()
    coordinator.init()
    coordinator.now += 7n * 24n * 3_600_000n - 1n
    coordinator.run((state) => endUnfinished(state, coordinator.now))
    expect(coordinator.state.get(ID)).not.toBeNull()
    coordinator.now += 1n
    coordinator.run((state) => endUnfinished(state, coordinator.now))
    expect(coordinator.state.get(ID)).toBeNull()
  })
})

describe('a transaction', () => {
  test('begins with its first partitions and grows by others', () => {
    const coordinator = ongoing()
    expect(coordinator.present).toMatchObject({ status: 'Ongoing', partitions: PARTITIONS, startMs: NOW })
    coordinator.now += 5n
    const before = coordinator.present
    coordinator.add(producer(0n, 0), [PARTITIONS[1]!])
    expect(coordinator.present).toBe(before)
    coordinator.add(producer(0n, 0), [PARTITIONS[1]!, { topic: 'a', partition: 1 }])
    expect(coordinator.present).toMatchObject({ startMs: NOW, updatedMs: NOW + 5n })
    expect(coordinator.present.partitions.length).toBe(3)
  })

  test.each([true, false])('that is ended (committed: %s) raises the epoch, and its marker has the new one', (isCommitted) => {
    const coordinator = ongoing()
    const ending = endingOf(coordinator.end(producer(0n, 0), isCommitted))
    expect(ending).toMatchObject({ isCommitted, producerEpoch: 1, next: producer(0n, 1), partitions: PARTITIONS, transactionVersion: 2 })
    expect(coordinator.present.status).toBe(isCommitted ? 'PrepareCommit' : 'PrepareAbort')
    expect(() => coordinator.add(producer(0n, 1))).toThrow(refusal('CONCURRENT_TRANSACTIONS'))
    coordinator.complete(ending)
    expect(coordinator.present).toMatchObject({
      status: isCommitted ? 'CompleteCommit' : 'CompleteAbort',
      producerEpoch: 1,
      partitions: [],
    })
    coordinator.add(producer(0n, 1))
    expect(coordinator.present.status).toBe('Ongoing')
  })

  test('whose end is asked for again answers what it was, and nothing else', () => {
    const coordinator = ongoing()
    const ending = endingOf(coordinator.end(producer(0n, 0), true))
    expect(endingOf(coordinator.end(producer(0n, 0), true))).toEqual(ending)
    expect(() => coordinator.end(producer(0n, 0), false)).toThrow(refusal('INVALID_TXN_STATE'))
    coordinator.complete(ending)
    expect(coordinator.end(producer(0n, 0), true)).toEqual({ kind: 'ended', producerId: 0n, producerEpoch: 1 })
    expect(() => coordinator.end(producer(0n, 0), false)).toThrow(refusal('INVALID_TXN_STATE'))
    expect(() => coordinator.end(producer(0n, 1), true)).toThrow(refusal('INVALID_TXN_STATE'))
  })

  test('that uses up the epochs goes on under another producer id, and its marker is the last of the old one', () => {
    const coordinator = ongoing()
    coordinator.state.replay(transactionRecord({ ...coordinator.present, producerEpoch: LAST_EPOCH }))
    const last = producer(0n, LAST_EPOCH)
    expect(coordinator.end(last, true)).toEqual({ kind: 'producer-id-needed' })
    const ending = endingOf(coordinator.end(last, true, 8n))
    expect(ending).toMatchObject({ producerId: 0n, producerEpoch: LAST_EPOCH + 1, next: producer(8n, 0) })
    coordinator.complete(ending)
    expect(coordinator.present).toMatchObject({ ...producer(8n, 0), previousProducerId: 0n, status: 'CompleteCommit' })
    expect(coordinator.end(last, true)).toEqual({ kind: 'ended', ...producer(8n, 0) })
  })

  test('is completed once: who comes second changes nothing of what came after', () => {
    const coordinator = ongoing()
    const ending = endingOf(coordinator.end(producer(0n, 0), true))
    coordinator.complete(ending)
    coordinator.add(producer(0n, 1))
    const before = coordinator.present
    coordinator.complete(ending)
    expect(coordinator.present).toBe(before)
  })

  test('that is open for longer than its timeout is aborted; one that was decided is handed out again, however young', () => {
    const coordinator = ongoing()
    coordinator.now += BigInt(TIMEOUT_MS)
    expect(coordinator.run((state) => endUnfinished(state, coordinator.now))).toEqual([])
    coordinator.now += 1n
    const [late] = coordinator.run((state) => endUnfinished(state, coordinator.now))
    expect(late).toMatchObject({ isCommitted: false, producerEpoch: 1 })
    expect(coordinator.run((state) => endUnfinished(state, NOW))).toEqual([late])
    coordinator.complete(late as EndingTransaction)
    expect(coordinator.run((state) => endUnfinished(state, coordinator.now))).toEqual([])
  })
})

test('a request that makes no sense is refused', () => {
  const { state } = new Coordinator()
  const request = { transactionalId: ID, timeoutMs: TIMEOUT_MS, expected: null, newProducerId: 1n, nowMs: NOW }
  expect(() => initProducerId(state, { ...request, transactionalId: '' })).toThrow(refusal('INVALID_REQUEST'))
  for (const timeoutMs of [0, -1, 900_001])
    expect(() => initProducerId(state, { ...request, timeoutMs })).toThrow(refusal('INVALID_TRANSACTION_TIMEOUT'))
  expect(() => new Coordinator().add(producer(0n, 0))).toThrow(refusal('INVALID_PRODUCER_ID_MAPPING'))
  expect(() => new Coordinator().end(producer(0n, 0), true)).toThrow(refusal('INVALID_PRODUCER_ID_MAPPING'))
})
