// A transaction begins with its first partition, and grows by those that are added. Each is in the log before anything is written to it,
// so that whoever ends the transaction knows where its markers go.
import type { CoordinatorResult } from '../coordinator.ts'
import { producerFenced, stillEnding, unknownProducer } from './refusals.ts'
import { type ProducerIdAndEpoch, samePartition, type Transaction, TRANSACTION_VERSION, transactionRecord } from './transaction.ts'
import type { TransactionsState } from './transactions-state.ts'
import type { TopicPartition } from '../../record/topic-partition.ts'

export interface AddPartitionsRequest extends ProducerIdAndEpoch {
  readonly transactionalId: string
  readonly partitions: readonly TopicPartition[]
  readonly nowMs: bigint
}

/** @throws LeatError INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, CONCURRENT_TRANSACTIONS */
export function addPartitions(state: TransactionsState, request: AddPartitionsRequest): CoordinatorResult<void> {
  const { transactionalId, producerId, producerEpoch, nowMs } = request
  const present = state.get(transactionalId)
  if (present === null || present.producerId !== producerId) throw unknownProducer(transactionalId)
  if (present.producerEpoch !== producerEpoch) throw producerFenced(transactionalId)
  if (present.status === 'PrepareCommit' || present.status === 'PrepareAbort') throw stillEnding(present)
  const isOngoing = present.status === 'Ongoing'
  const known = isOngoing ? present.partitions : []
  const added = request.partitions.filter((partition) => !known.some((other) => samePartition(partition, other)))
  if (added.length === 0) return { records: [], response: undefined }
  const transaction: Transaction = {
    ...present,
    status: 'Ongoing',
    partitions: [...known, ...added],
    previousProducerId: producerId,
    startMs: isOngoing ? present.startMs : nowMs,
    updatedMs: nowMs,
    transactionVersion: TRANSACTION_VERSION,
  }
  return { records: [transactionRecord(transaction)], response: undefined }
}
