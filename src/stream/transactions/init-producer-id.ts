// A producer takes up a transactional id: it gets a producer id and an epoch that no producer of the id had before, so that all
// before it are fenced (KIP-98, KIP-360).
//
//   state of the id      records            response
//   none                 Empty, epoch 0     ready (a new producer id is needed)
//   Empty, Complete…     Empty, epoch + 1   ready (a new producer id where the epochs are used up)
//   Ongoing              PrepareAbort       ending: the transaction is aborted first; then ask again
//   Prepare…             none               ending: its markers may be missing; then ask again
import type { CoordinatorResult } from '../coordinator.ts'
import { abortRecord, type EndingTransaction, endingOf } from './ending.ts'
import { badTimeout, emptyTransactionalId, MAX_TRANSACTION_TIMEOUT_MS, producerFenced } from './refusals.ts'
import { isEpochExhausted, type ProducerIdAndEpoch, type Transaction, transactionRecord } from './transaction.ts'
import type { TransactionsState } from './transactions-state.ts'

export interface InitProducerIdRequest {
  readonly transactionalId: string
  readonly timeoutMs: number
  /** What the producer has, when it goes on after an error (KIP-360); null for a new one. */
  readonly expected: ProducerIdAndEpoch | null
  /** An id that nobody has, allocated for this; null until it is asked for. */
  readonly newProducerId: bigint | null
  readonly nowMs: bigint
}

export type InitProducerIdResponse =
  | ({ readonly kind: 'ready' } & ProducerIdAndEpoch)
  /** Allocate one, and ask again with it. */
  | { readonly kind: 'producer-id-needed' }
  /** Write its markers, `completeTransaction`, and ask again. */
  | { readonly kind: 'ending'; readonly ending: EndingTransaction }

/** @throws LeatError INVALID_REQUEST, INVALID_TRANSACTION_TIMEOUT, PRODUCER_FENCED */
export function initProducerId(state: TransactionsState, request: InitProducerIdRequest): CoordinatorResult<InitProducerIdResponse> {
  const { transactionalId, timeoutMs, expected } = request
  if (transactionalId === '') throw emptyTransactionalId()
  if (timeoutMs <= 0 || timeoutMs > MAX_TRANSACTION_TIMEOUT_MS) throw badTimeout(timeoutMs)
  const present = state.get(transactionalId)
  if (present === null) return withNewProducerId(request, -1n)
  if (expected !== null && !isPresent(expected, present)) throw producerFenced(transactionalId)
  switch (present.status) {
    case 'PrepareCommit':
    case 'PrepareAbort':
      return { records: [], response: { kind: 'ending', ending: endingOf(present) } }
    case 'Ongoing': {
      const aborted = abortRecord(present, request.nowMs)
      return { records: [aborted.record], response: { kind: 'ending', ending: aborted.ending } }
    }
    case 'Empty':
    case 'CompleteCommit':
    case 'CompleteAbort':
      return isEpochExhausted(present) ? withNewProducerId(request, present.producerId) : withNextEpoch(present, request)
  }
}

/** A producer that has the epoch's predecessor may repeat a call that was not answered: Kafka keeps that only in memory, and so it is refused here. */
function isPresent({ producerId, producerEpoch }: ProducerIdAndEpoch, present: Transaction): boolean {
  return producerId === present.producerId && producerEpoch === present.producerEpoch
}

function withNewProducerId(request: InitProducerIdRequest, previousProducerId: bigint): CoordinatorResult<InitProducerIdResponse> {
  const { newProducerId } = request
  if (newProducerId === null) return { records: [], response: { kind: 'producer-id-needed' } }
  return ready(request, { producerId: newProducerId, producerEpoch: 0 }, previousProducerId < 0n ? newProducerId : previousProducerId, 0)
}

function withNextEpoch(present: Transaction, request: InitProducerIdRequest): CoordinatorResult<InitProducerIdResponse> {
  const { producerId, producerEpoch, transactionVersion } = present
  return ready(request, { producerId, producerEpoch: producerEpoch + 1 }, producerId, transactionVersion)
}

function ready(
  { transactionalId, timeoutMs, nowMs }: InitProducerIdRequest,
  producer: ProducerIdAndEpoch,
  previousProducerId: bigint,
  transactionVersion: number,
): CoordinatorResult<InitProducerIdResponse> {
  const transaction: Transaction = {
    transactionalId,
    ...producer,
    previousProducerId,
    nextProducerId: -1n,
    timeoutMs,
    status: 'Empty',
    partitions: [],
    startMs: -1n,
    updatedMs: nowMs,
    transactionVersion,
  }
  return { records: [transactionRecord(transaction)], response: { kind: 'ready', ...producer } }
}
