// One transactional id, as `__transaction_state` has it (KIP-98, KIP-890): who writes under it, and how its transaction stands.
//
//   Empty ──add──▶ Ongoing ──end──▶ PrepareCommit ──markers──▶ CompleteCommit ──┐
//     ▲              ▲    └────────▶ PrepareAbort  ──markers──▶ CompleteAbort  ──┤
//     └────init──────┴──────────────────────────add──────────────────────────────┘
//
// Prepare is the decision: once its record is in the log, nothing but the markers of that outcome can follow, whoever writes them.
import { encodeKey, encodeValue } from '../../record/internal/keyed-record.ts'
import { transactionRecords } from '../../record/internal/transaction-records.ts'
import type { CoordinatorRecord } from '../coordinator.ts'
import type { TopicPartition } from '../../record/topic-partition.ts'

/** By Kafka's number of each; Dead and PrepareEpochFence never are in the log. */
export const TRANSACTION_STATUSES = ['Empty', 'Ongoing', 'PrepareCommit', 'PrepareAbort', 'CompleteCommit', 'CompleteAbort'] as const
export type TransactionStatus = (typeof TRANSACTION_STATUSES)[number]

export interface ProducerIdAndEpoch {
  readonly producerId: bigint
  readonly producerEpoch: number
}

export interface Transaction {
  readonly transactionalId: string
  readonly producerId: bigint
  /** Of the record before; it tells a repeated end from another producer's after ids were changed. */
  readonly previousProducerId: bigint
  /** The id that comes after the markers, where the epochs of this one are used up; -1 else. */
  readonly nextProducerId: bigint
  readonly producerEpoch: number
  readonly timeoutMs: number
  readonly status: TransactionStatus
  readonly partitions: readonly TopicPartition[]
  /** Of the first partition added; -1 before. */
  readonly startMs: bigint
  readonly updatedMs: bigint
  /** transaction.version of the last end: from 2 on, each raises the epoch (KIP-890). */
  readonly transactionVersion: number
}

/** What leat ends transactions with: every end raises the epoch. */
export const TRANSACTION_VERSION = 2
export const NO_PRODUCER_EPOCH = -1
/** The last epoch that a producer gets; the one after it is left for the marker that ends its last transaction. */
const LAST_PRODUCER_EPOCH = 2 ** 15 - 2

export function isEpochExhausted({ producerEpoch }: Transaction): boolean {
  return producerEpoch >= LAST_PRODUCER_EPOCH
}

export function samePartition(a: TopicPartition, b: TopicPartition): boolean {
  return a.partition === b.partition && a.topic === b.topic
}

/** Version 1 of the value, which every Kafka 4 reads. */
export function transactionRecord(transaction: Transaction): CoordinatorRecord {
  const { transactionalId, producerId, producerEpoch, timeoutMs, status, partitions, startMs, updatedMs } = transaction
  const value = encodeValue(transactionRecords.transactionLog, 1, {
    producerId,
    producerEpoch,
    transactionTimeoutMs: timeoutMs,
    transactionStatus: TRANSACTION_STATUSES.indexOf(status),
    transactionPartitions: status === 'Empty' ? null : byTopic(partitions),
    transactionLastUpdateTimestampMs: updatedMs,
    transactionStartTimestampMs: startMs,
    previousProducerId: transaction.previousProducerId,
    nextProducerId: transaction.nextProducerId,
    clientTransactionVersion: transaction.transactionVersion,
    nextProducerEpoch: NO_PRODUCER_EPOCH,
  })
  return { key: keyOf(transactionalId), value }
}

/** Takes the id out of the topic. */
export function forgetRecord(transactionalId: string): CoordinatorRecord {
  return { key: keyOf(transactionalId), value: null }
}

function keyOf(transactionalId: string): Buffer {
  return encodeKey(transactionRecords.transactionLog, { transactionalId })
}

function byTopic(partitions: readonly TopicPartition[]): { topic: string; partitionIds: number[] }[] {
  const topics = Map.groupBy(partitions, ({ topic }) => topic)
  return [...topics].map(([topic, some]) => ({ topic, partitionIds: some.map(({ partition }) => partition) }))
}
