// `produce --transactional-id`: what is read goes into transactions, one for all of it or one for every N records. What a run leaves open
// (an error, Ctrl-C, kill -9) is aborted, by itself or by the next run with its id.
import type { Cluster, TopicAppender } from '../../client/cluster.ts'
import { type StoredBatches, TransactionalProducer } from '../../client/transactional-producer.ts'

export interface TransactionOptions {
  readonly transactionalId: string
  /** After so long, others may abort a transaction that is open. */
  readonly timeoutMs: number
  /** Infinity: one transaction for all. */
  readonly recordsPerTransaction: number
}

export class TransactionalOutput {
  readonly #producer: TransactionalProducer
  readonly #recordsPerTransaction: number
  #recordsInTransaction = 0

  private constructor(producer: TransactionalProducer, recordsPerTransaction: number) {
    this.#producer = producer
    this.#recordsPerTransaction = recordsPerTransaction
  }

  /** @param onCommit told of what was stored, when it is */
  static async open(
    cluster: Cluster,
    options: TransactionOptions,
    onCommit: (stored: readonly StoredBatches[]) => void,
  ): Promise<TransactionalOutput> {
    return new TransactionalOutput(await TransactionalProducer.open(cluster.transactions, options, onCommit), options.recordsPerTransaction)
  }

  /** Whether a transaction ends with a certain record. */
  get hasBoundaries(): boolean {
    return this.#recordsPerTransaction !== Number.POSITIVE_INFINITY
  }

  /** Records of the transaction that is open. */
  get openRecords(): number {
    return this.#producer.openRecords
  }

  /** Appends to the topic within the transaction. */
  appender(topic: string, outside: TopicAppender): TopicAppender {
    return this.#producer.appender(topic, outside)
  }

  /** @returns whether the transaction is full: append what waits, then `commit` */
  recordAdded(): boolean {
    return ++this.#recordsInTransaction >= this.#recordsPerTransaction
  }

  /** What comes after this is of another transaction. */
  commit(): void {
    this.#recordsInTransaction = 0
    this.#producer.commit()
  }

  /** Does what was asked for so far. */
  async settle(): Promise<void> {
    await this.#producer.flush()
  }

  async abort(): Promise<void> {
    await this.#producer.abort()
  }
}
