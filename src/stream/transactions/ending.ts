// A transaction that is decided and whose markers are to be written: one to each of its partitions, with the epoch after that of its
// data (KIP-890), so that the producer's late batches, and markers of the transaction before, are told apart from what comes next.
import type { CoordinatorRecord } from '../coordinator.ts'
import { type ProducerIdAndEpoch, type Transaction, TRANSACTION_VERSION, transactionRecord } from './transaction.ts'
import type { TopicPartition } from '../../record/topic-partition.ts'

export interface EndingTransaction {
  readonly transactionalId: string
  readonly isCommitted: boolean
  /** Of the markers. */
  readonly producerId: bigint
  readonly producerEpoch: number
  /** What the producer goes on with. */
  readonly next: ProducerIdAndEpoch
  readonly partitions: readonly TopicPartition[]
  readonly transactionVersion: number
}

/** @param transaction in state PrepareCommit or PrepareAbort */
export function endingOf(transaction: Transaction): EndingTransaction {
  const { transactionalId, producerId, producerEpoch, nextProducerId, partitions, transactionVersion, status } = transaction
  const next = nextProducerId >= 0n ? { producerId: nextProducerId, producerEpoch: 0 } : { producerId, producerEpoch }
  return { transactionalId, isCommitted: status === 'PrepareCommit', producerId, producerEpoch, next, partitions, transactionVersion }
}

export interface PreparedEnd {
  readonly record: CoordinatorRecord
  readonly ending: EndingTransaction
}

/** Decides an ongoing transaction. @param nextProducerId the producer's id from then on; -1n: it keeps its own */
export function prepareEnd(transaction: Transaction, isCommitted: boolean, nextProducerId: bigint, nowMs: bigint): PreparedEnd {
  const prepared: Transaction = {
    ...transaction,
    status: isCommitted ? 'PrepareCommit' : 'PrepareAbort',
    producerEpoch: transaction.producerEpoch + 1,
    previousProducerId: transaction.producerId,
    nextProducerId,
    updatedMs: nowMs,
    transactionVersion: TRANSACTION_VERSION,
  }
  return { record: transactionRecord(prepared), ending: endingOf(prepared) }
}

/** Aborts what a producer that is fenced, or too late, has open. Its epochs may be used up by that: the next one gets another id. */
export function abortRecord(transaction: Transaction, nowMs: bigint): PreparedEnd {
  return prepareEnd(transaction, false, -1n, nowMs)
}
