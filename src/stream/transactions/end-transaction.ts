// A producer ends its transaction: `endTransaction` decides, the markers are written, `completeTransaction` closes it. Every end raises
// the producer's epoch (KIP-890).
import type { CoordinatorResult } from '../coordinator.ts'
import { type EndingTransaction, endingOf, prepareEnd } from './ending.ts'
import { noTransaction, producerFenced, unknownProducer } from './refusals.ts'
import { isEpochExhausted, type ProducerIdAndEpoch, type Transaction, transactionRecord } from './transaction.ts'
import type { TransactionsState } from './transactions-state.ts'

export interface EndTransactionRequest extends ProducerIdAndEpoch {
  readonly transactionalId: string
  readonly isCommitted: boolean
  /** As in InitProducerIdRequest. */
  readonly newProducerId: bigint | null
  readonly nowMs: bigint
}

export type EndTransactionResponse =
  /** Write the markers, then `completeTransaction`. */
  | { readonly kind: 'ending'; readonly ending: EndingTransaction }
  | { readonly kind: 'producer-id-needed' }
  /** It was ended before, by a call whose answer was lost. */
  | ({ readonly kind: 'ended' } & ProducerIdAndEpoch)

/** @throws LeatError INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, INVALID_TXN_STATE */
export function endTransaction(state: TransactionsState, request: EndTransactionRequest): CoordinatorResult<EndTransactionResponse> {
  const { transactionalId, isCommitted, newProducerId, nowMs } = request
  const present = state.get(transactionalId)
  if (present === null) throw unknownProducer(transactionalId)
  if (isRepeated(request, present)) return { records: [], response: repeated(present, isCommitted) }
  if (present.producerId !== request.producerId) throw unknownProducer(transactionalId)
  if (present.producerEpoch !== request.producerEpoch) throw producerFenced(transactionalId)
  if (present.status !== 'Ongoing') throw noTransaction(present)
  const nextProducerId = isEpochExhausted(present) ? newProducerId : -1n
  if (nextProducerId === null) return { records: [], response: { kind: 'producer-id-needed' } }
  const { record, ending } = prepareEnd(present, isCommitted, nextProducerId, nowMs)
  return { records: [record], response: { kind: 'ending', ending } }
}

/** The producer asks again with what it had before the end. */
function isRepeated({ producerId, producerEpoch }: ProducerIdAndEpoch, present: Transaction): boolean {
  if (present.status === 'Empty' || present.status === 'Ongoing' || present.transactionVersion < 2) return false
  if (producerId === present.producerId) return producerEpoch + 1 === present.producerEpoch
  return producerId === present.previousProducerId && present.producerEpoch === 0
}

function repeated(present: Transaction, isCommitted: boolean): EndTransactionResponse {
  const { status, producerId, producerEpoch } = present
  if (isCommitted !== (status === 'PrepareCommit' || status === 'CompleteCommit')) throw noTransaction(present)
  if (status === 'PrepareCommit' || status === 'PrepareAbort') return { kind: 'ending', ending: endingOf(present) }
  return { kind: 'ended', producerId, producerEpoch }
}

/** All markers are written, and on the disk: the transaction is over. Nothing is left to do where another process was faster. */
export function completeTransaction(state: TransactionsState, ending: EndingTransaction, nowMs: bigint): CoordinatorResult<void> {
  const { transactionalId, producerId, producerEpoch, next } = ending
  const present = state.get(transactionalId)
  const isEnding = present?.status === 'PrepareCommit' || present?.status === 'PrepareAbort'
  if (!isEnding || present.producerId !== producerId || present.producerEpoch !== producerEpoch) return { records: [], response: undefined }
  const complete: Transaction = {
    ...present,
    ...next,
    status: present.status === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort',
    previousProducerId: producerId,
    nextProducerId: -1n,
    partitions: [],
    updatedMs: nowMs,
  }
  return { records: [transactionRecord(complete)], response: undefined }
}
