// What one partition of `__transaction_state` gives when its records are replayed: the transactional ids whose state it keeps.
import { decodeTransactionRecord } from '../../record/internal/transaction-records.ts'
import type { CoordinatorRecord, CoordinatorState } from '../coordinator.ts'
import { TRANSACTION_STATUSES, type Transaction } from './transaction.ts'

export class TransactionsState implements CoordinatorState {
  readonly #transactions = new Map<string, Transaction>()

  get(transactionalId: string): Transaction | null {
    return this.#transactions.get(transactionalId) ?? null
  }

  get all(): IterableIterator<Transaction> {
    return this.#transactions.values()
  }

  replay({ key, value }: CoordinatorRecord): void {
    const decoded = decodeTransactionRecord(key, value)
    if (decoded === null) return
    const { transactionalId } = decoded.key
    if (decoded.value === null) {
      this.#transactions.delete(transactionalId)
      return
    }
    const status = TRANSACTION_STATUSES[decoded.value.transactionStatus]
    if (status === undefined) return
    this.#transactions.set(transactionalId, {
      transactionalId,
      producerId: decoded.value.producerId,
      previousProducerId: decoded.value.previousProducerId,
      nextProducerId: decoded.value.nextProducerId,
      producerEpoch: decoded.value.producerEpoch,
      timeoutMs: decoded.value.transactionTimeoutMs,
      status,
      partitions: (decoded.value.transactionPartitions ?? []).flatMap(({ topic, partitionIds }) =>
        partitionIds.map((partition) => ({ topic, partition })),
      ),
      startMs: decoded.value.transactionStartTimestampMs,
      updatedMs: decoded.value.transactionLastUpdateTimestampMs,
      transactionVersion: decoded.value.clientTransactionVersion,
    })
  }

  /** Records of this topic are part of no transaction. */
  replayEndTransactionMarker(): void {}
}
