// Where a pipe writes to: records and the offsets of what they were made from, in transactions.
//
//   records are added · positions move on · `end`: records, offsets and the commit stand in line · `settle`: it is done
import type { Cluster } from '../../client/cluster.ts'
import { TransactionalProducer } from '../../client/transactional-producer.ts'
import type { System } from '../../system/system.ts'
import { TopicProducer } from '../produce/topic-producer.ts'
import { keyOf, type TopicPartition } from '../../record/topic-partition.ts'

export interface PipeOutputOptions {
  readonly cluster: Cluster
  readonly system: System
  readonly topic: string
  readonly groupId: string
  readonly transactionalId: string
  /** Codec id: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec: number
  readonly batchBytes: number
  /** A transaction has at most so many input records, and goes on for at most so long. */
  readonly recordsPerTransaction: number
  readonly transactionMs: number
  readonly onCommit: (recordCount: number) => void
}

/** Kafka's default of `transaction.timeout.ms`. Transactions here are open for as long as they are written, not for as long as a handler takes. */
const TIMEOUT_MS = 60_000

interface Position extends TopicPartition {
  readonly offset: bigint
}

export class PipeOutput {
  /** Takes the records, in order. */
  readonly records: TopicProducer
  readonly #options: PipeOutputOptions
  readonly #producer: TransactionalProducer
  /** By partition; what moved since the last transaction. */
  #moved = new Map<string, Position>()
  /** By partition, where reading began; then, and in a run that goes on, what is committed. */
  readonly #committed = new Map<string, bigint>()
  /** By partition, what the group has committed; -1n: nothing. */
  readonly #previous = new Map<string, bigint>()
  #taken = 0
  #startedAt: bigint

  private constructor(options: PipeOutputOptions, producer: TransactionalProducer) {
    const { cluster, topic, codec, batchBytes, system } = options
    this.#options = options
    this.#producer = producer
    this.#startedAt = system.clock.now()
    this.records = new TopicProducer({
      topic,
      batchBytes,
      codec,
      appender: producer.appender(topic, cluster.openAppender(topic)),
      partitioner: 'murmur2',
      random: system.random,
      onAppend: () => {},
    })
  }

  /** Takes up the transactional id: whoever runs the pipe already is fenced, and what it left open is aborted. */
  static async open(options: PipeOutputOptions): Promise<PipeOutput> {
    const { cluster, transactionalId, onCommit } = options
    const producer = await TransactionalProducer.open(cluster.transactions, { transactionalId, timeoutMs: TIMEOUT_MS }, (stored) =>
      onCommit(stored.reduce((sum, { recordCount }) => sum + recordCount, 0)),
    )
    return new PipeOutput(options, producer)
  }

  /** Where reading begins: no offset to commit. @param committed where the group is; null: nowhere */
  beginAt(topic: string, partition: number, offset: bigint, committed: bigint | null): void {
    const key = keyOf({ topic, partition })
    this.#committed.set(key, offset)
    this.#previous.set(key, committed ?? -1n)
  }

  /** One more input record is done with. */
  taken(topic: string, partition: number, offset: bigint): void {
    this.#taken++
    this.reached(topic, partition, offset + 1n)
  }

  /** Everything before the offset is done with. */
  reached(topic: string, partition: number, offset: bigint): void {
    const key = keyOf({ topic, partition })
    const before = this.#moved.get(key)?.offset ?? this.#committed.get(key) ?? 0n
    if (offset > before) this.#moved.set(key, { topic, partition, offset })
  }

  /** Whether the transaction has become large or old enough. */
  get isDue(): boolean {
    const { recordsPerTransaction, transactionMs, system } = this.#options
    return this.#taken >= recordsPerTransaction || system.clock.now() - this.#startedAt >= BigInt(transactionMs)
  }

  get isFull(): boolean {
    return this.#taken >= this.#options.recordsPerTransaction
  }

  /** All that is done with becomes a transaction. */
  end(): void {
    this.#taken = 0
    this.#startedAt = this.#options.system.clock.now()
    if (this.#moved.size === 0) return
    this.records.flush()
    const offsets = [...this.#moved.values()].map((position) => ({ ...position, leaderEpoch: -1, metadata: '' }))
    const previous = [...this.#moved].map(([key, { topic, partition }]) => ({ topic, partition, offset: this.#previous.get(key) ?? -1n }))
    for (const [key, { offset }] of this.#moved) {
      this.#committed.set(key, offset)
      this.#previous.set(key, offset)
    }
    this.#moved = new Map()
    this.#producer.sendOffsets({ groupId: this.#options.groupId, member: null, offsets, previous })
    this.#producer.commit()
  }

  async settle(): Promise<void> {
    await this.#producer.flush()
  }

  async abort(): Promise<void> {
    await this.#producer.abort()
  }
}
