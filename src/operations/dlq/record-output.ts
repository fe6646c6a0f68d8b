// Where records go that are taken out of a dead-letter topic, together with the offsets that say so.
//
//   stored       records appended  ▶  synced  ▶  offsets committed           at least once: what is between the last two comes again after a kill
//   transaction  records, offsets and the commit, all or nothing (KIP-447)   exactly once for read_committed readers
import type { Cluster, TopicAppender } from '../../client/cluster.ts'
import type { OffsetAndMetadata } from '../../client/groups.ts'
import { TransactionalProducer } from '../../client/transactional-producer.ts'
import type { Header } from '../../dead-letters/dead-letter.ts'
import { HeadersWriter } from '../../record/headers-writer.ts'
import type { System } from '../../system/system.ts'
import { TopicProducer } from '../produce/topic-producer.ts'
import type { SoleMember } from './sole-member.ts'

export interface OutgoingRecord {
  readonly topic: string
  /** -1 lets the key decide. */
  readonly partition: number
  /** ms */
  readonly timestamp: bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly Header[]
}

/** Told of the places that records have got. */
export type OnStored = (topic: string, partition: number, firstOffset: bigint, recordCount: number) => void

export interface RecordOutput {
  /** @throws LeatError for a record that the topic does not take: nothing of it is kept */
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

const BATCH_BYTES = 64 * 1024
/** Kafka's default of `transaction.timeout.ms`; transactions here are open for as long as they are written. */
const TRANSACTION_TIMEOUT_MS = 60_000
const NOTHING = Buffer.alloc(0)

export class StoredOutput implements RecordOutput {
  readonly #options: RecordOutputOptions
  readonly #producers: Producers

  private constructor(options: RecordOutputOptions) {
    this.#options = options
    this.#producers = new Producers(options, (topic) => options.cluster.openAppender(topic), options.onStored)
  }

  /** A run before may have been one of transactions: what it decided counts from here on, and what it left open is aborted. */
  static async open(options: RecordOutputOptions): Promise<StoredOutput> {
    await options.cluster.transactions.fenceProducer(options.groupId)
    return new StoredOutput(options)
  }

  add(record: OutgoingRecord): void {
    this.#producers.add(record)
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
  readonly #producers: Producers
  readonly #producer: TransactionalProducer

  private constructor(options: RecordOutputOptions, producer: TransactionalProducer) {
    const { cluster } = options
    this.#options = options
    this.#producer = producer
    const appenderOf = (topic: string): TopicAppender => {
      const { partitionCount, config } = cluster.openAppender(topic)
      const append = (partition: number, batches: Buffer): bigint => {
        producer.append({ topic, partition }, batches)
        return -1n
      }
      return { partitionCount, config, append }
    }
    this.#producers = new Producers(options, appenderOf, () => {})
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
    this.#producers.add(record)
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

/** One for each topic that records go to. */
class Producers {
  readonly #options: RecordOutputOptions
  readonly #appenderOf: (topic: string) => TopicAppender
  readonly #onStored: OnStored
  readonly #producers = new Map<string, TopicProducer>()
  readonly #headers = new HeadersWriter()

  constructor(options: RecordOutputOptions, appenderOf: (topic: string) => TopicAppender, onStored: OnStored) {
    this.#options = options
    this.#appenderOf = appenderOf
    this.#onStored = onStored
  }

  add({ topic, partition, timestamp, key, value, headers }: OutgoingRecord): void {
    const [keyStart, keyEnd] = spanOf(key)
    const [valueStart, valueEnd] = spanOf(value)
    const section = this.#sectionOf(headers)
    this.#producer(topic).add(partition, timestamp, key ?? NOTHING, keyStart, keyEnd, value ?? NOTHING, valueStart, valueEnd, section)
  }

  flush(): void {
    for (const producer of this.#producers.values()) producer.flush()
  }

  #sectionOf(headers: readonly Header[]): Buffer | null {
    this.#headers.clear()
    for (const { key, keyBytes, value } of headers) {
      const name = keyBytes ?? Buffer.from(key)
      this.#headers.add(name, 0, name.length, value ?? NOTHING, ...spanOf(value))
    }
    return this.#headers.section()
  }

  #producer(topic: string): TopicProducer {
    const known = this.#producers.get(topic)
    if (known !== undefined) return known
    const made = new TopicProducer({
      topic,
      appender: this.#appenderOf(topic),
      batchBytes: BATCH_BYTES,
      codec: 0,
      partitioner: 'murmur2',
      random: this.#options.system.random,
      onAppend: (partition, firstOffset, recordCount) => this.#onStored(topic, partition, firstOffset, recordCount),
    })
    this.#producers.set(topic, made)
    return made
  }
}

/** -1 is null. */
function spanOf(bytes: Buffer | null): [number, number] {
  return bytes === null ? [-1, -1] : [0, bytes.length]
}
