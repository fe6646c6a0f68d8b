// Where records go that are taken out of a dead-letter topic, together with the offsets that say so.
//
//   stored       records appended  ▶  synced  ▶  offsets committed           at least once: what is between the last two comes again after a kill
//   transaction  records, offsets and the commit, all or nothing (KIP-447)   exactly once for read_committed readers
import type { Cluster, TopicAppender } from '../../client/cluster.ts'
import type { OffsetAndMetadata } from '../../client/groups.ts'
import { TransactionalProducer } from '../../client/transactional-producer.ts'
import type { Header } from '../../dead-letters/dead-letter.ts'
import { headerSection } from '../../dead-letters/write-headers.ts'
import type { System } from '../../system/system.ts'
import { type ProducedRecord, RecordProducers } from '../produce/record-producers.ts'
import type { SoleMember } from './sole-member.ts'

export interface OutgoingRecord extends Omit<ProducedRecord, 'headers'> {
  readonly headers: readonly Header[]
}

/** Told of the places that records have got. */
export type OnStored = (topic: string, partition: number, firstOffset: bigint, recordCount: number) => void

export interface RecordOutput {
  /**
   * @throws RecordRefusal for a record that the topic does not take
   * @throws LeatError for what ends the run
   */
  add(record: OutgoingRecord): void
  /** Stores what was added, then the offsets. */
  store(offsets: readonly OffsetAndMetadata[]): Promise<void>
  /** Lets go of what was added since. */
  abort(): Promise<void>
}

export interface RecordOutputOptions {
  readonly cluster: Cluster
  readonly system: System
  readonly member: SoleMember
  readonly groupId: string
  readonly onStored: OnStored
}

/** Kafka's default of `transaction.timeout.ms`; transactions here are open for as long as they are written. */
const TRANSACTION_TIMEOUT_MS = 60_000

export class StoredOutput implements RecordOutput {
  readonly #options: RecordOutputOptions
  readonly #producers: RecordProducers

  private constructor(options: RecordOutputOptions) {
    this.#options = options
    const { cluster, system, onStored } = options
    this.#producers = new RecordProducers({
      appenderOf: (topic) => cluster.openAppender(topic),
      random: system.random,
      onAppend: onStored,
    })
  }

  /** A run before may have been one of transactions: what it decided counts from here on, and what it left open is aborted. */
  static async open(options: RecordOutputOptions): Promise<StoredOutput> {
    await options.cluster.transactions.fenceProducer(options.groupId)
    return new StoredOutput(options)
  }

  add(record: OutgoingRecord): void {
    this.#producers.add({ ...record, headers: headerSection(record.headers) })
  }

  async store(offsets: readonly OffsetAndMetadata[]): Promise<void> {
    this.#producers.flush()
    await this.#options.cluster.sync()
    await this.#options.member.commit(offsets)
  }

  async abort(): Promise<void> {}
}

export class TransactionOutput implements RecordOutput {
  readonly #options: RecordOutputOptions
  readonly #producers: RecordProducers
  readonly #producer: TransactionalProducer

  private constructor(options: RecordOutputOptions, producer: TransactionalProducer) {
    const { cluster, system } = options
    this.#options = options
    this.#producer = producer
    const appenderOf = (topic: string): TopicAppender => producer.appender(topic, cluster.openAppender(topic))
    this.#producers = new RecordProducers({ appenderOf, random: system.random, onAppend: () => {} })
  }

  /** Takes up the transactional id, which is that of the group: what a run before left open is aborted. */
  static async open(options: RecordOutputOptions): Promise<TransactionOutput> {
    const { cluster, groupId, onStored } = options
    const producer = await TransactionalProducer.open(
      cluster.transactions,
      { transactionalId: groupId, timeoutMs: TRANSACTION_TIMEOUT_MS },
      (stored) => {
        for (const { topic, partition, firstOffset, recordCount } of stored) onStored(topic, partition, firstOffset, recordCount)
      },
    )
    return new TransactionOutput(options, producer)
  }

  add(record: OutgoingRecord): void {
    this.#producers.add({ ...record, headers: headerSection(record.headers) })
  }

  async store(offsets: readonly OffsetAndMetadata[]): Promise<void> {
    const { groupId, member } = this.#options
    this.#producers.flush()
    await member.commitWith(async (committer) => {
      this.#producer.sendOffsets({ groupId, member: committer, offsets })
      this.#producer.commit()
      await this.#producer.flush()
    })
  }

  async abort(): Promise<void> {
    await this.#producer.abort()
  }
}
