// Reads records from sources and appends them to topics. When it resolves, everything read is stored as durably as was asked.
import type { Cluster } from '../../client/cluster.ts'
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import type { Lines } from '../../record/batch-builder.ts'
import { topicNameProblem } from '../../stream/topics/topic-name.ts'
import type { ByteSource } from '../../system/byte-streams.ts'
import type { System } from '../../system/system.ts'
import type { RecordFormat, RecordReceiver } from '../../input/record-format.ts'
import { BackgroundSync } from './background-sync.ts'
import { type DeadLetter, keepDeadLetter } from './dead-letters.ts'
import { Pace } from './pace.ts'
import type { PartitionerName } from './partitioner.ts'
import { checkTargetTopic, ensureTopic } from './target-topic.ts'
import { TopicProducer } from './topic-producer.ts'
import { TransactionalOutput, type TransactionOptions } from './transactional.ts'

export const ON_ERROR = ['stop', 'skip', 'dlq'] as const

export interface ProduceOptions {
  readonly cluster: Cluster
  readonly system: System
  /** null: each record names its own. */
  readonly topic: string | null
  /** Opened one after the other. */
  readonly sources: readonly (() => ByteSource)[]
  readonly format: RecordFormat
  readonly batchBytes: number
  /** Codec id: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec: number
  readonly compressionLevel?: number | undefined
  readonly partitioner: PartitionerName
  /** -1 lets the key decide. */
  readonly partition: number
  /** Partitions of a topic that is made on first use. */
  readonly createPartitions: number
  readonly onError: (typeof ON_ERROR)[number]
  readonly isDurable: boolean
  /** null: each record counts as soon as it is stored. */
  readonly transaction: TransactionOptions | null
  /** Records per second; Infinity for as fast as they come. */
  readonly ratePerSecond: number
  readonly signal: AbortSignal
  readonly onTopicCreated: (topic: string, partitions: number) => void
  readonly onAppend: (topic: string, partition: number, firstOffset: bigint, recordCount: number) => void
  /** A record was passed over (`--on-error skip` or `dlq`). */
  readonly onRejected: (message: string) => void
  readonly onProgress: (progress: ProduceProgress) => void
}

export interface ProduceProgress {
  readonly records: number
  /** Read from the sources. */
  readonly inputBytes: number
}

export interface ProduceResult {
  readonly records: number
  /** Records of a transaction that was aborted. */
  readonly aborted: number
  /** Of the batches as stored. */
  readonly bytes: number
  readonly rejected: number
}

/** Room that a record needs beside its fields in a batch of its own. */
const BATCH_OVERHEAD = 128
const MAX_RECORD_BYTES = 1 << 29
const FIRST_BYTES = 60

/** @throws LeatError for the first record that cannot be stored, unless `onError` says otherwise; all before it is stored */
export async function produce(options: ProduceOptions): Promise<ProduceResult> {
  const run = new ProduceRun(options)
  if (options.topic !== null) checkTargetTopic(options.topic)
  await options.cluster.beginWriting()
  let isWhole = false
  try {
    await run.begin()
    if (options.topic !== null) run.useTopic(options.topic)
    for (const open of options.sources) {
      if (!run.isGoingOn) break
      const source = open()
      try {
        await options.format.read(source, run, options.signal)
      } finally {
        source.close()
      }
    }
    isWhole = run.isGoingOn
  } finally {
    await run.finish(isWhole)
  }
  return run.result()
}

class ProduceRun implements RecordReceiver {
  readonly #options: ProduceOptions
  readonly #producers = new Map<string, TopicProducer>()
  #fixed: TopicProducer | null = null
  #records = 0
  #bytes = 0
  #rejected = 0
  #aborted = 0
  #transactions: TransactionalOutput | null = null
  #failure: unknown = null
  /** Timestamp for records that have none, taken once a read. */
  #now: number
  readonly #pace: Pace
  readonly #syncing: BackgroundSync

  constructor(options: ProduceOptions) {
    const { system, cluster, ratePerSecond, signal } = options
    this.#options = options
    this.#now = Number(system.clock.now())
    this.#pace = new Pace(system.clock, ratePerSecond, signal)
    this.#syncing = new BackgroundSync(
      () => cluster.sync(),
      (error) => (this.#failure ??= error),
    )
  }

  get isGoingOn(): boolean {
    return this.#failure === null && !this.#options.signal.aborted
  }

  get maxRecordBytes(): number {
    // Compression may make it fit, and a dead letter is kept whole where that can be.
    const { codec, onError } = this.#options
    return this.#fixed === null || codec !== 0 || onError === 'dlq' ? MAX_RECORD_BYTES : this.#fixed.maxMessageBytes - BATCH_OVERHEAD
  }

  record(
    topic: string | null,
    partition: number,
    timestampMs: number | bigint | null,
    key: Buffer,
    keyStart: number,
    keyEnd: number,
    value: Buffer,
    valueStart: number,
    valueEnd: number,
    headers: Buffer | null,
    unit: number,
  ): boolean {
    try {
      const producer = this.#fixed ?? this.#producer(topic ?? missingTopic())
      const target = this.#options.partition < 0 ? partition : this.#options.partition
      producer.add(target, timestampMs ?? this.#now, key, keyStart, keyEnd, value, valueStart, valueEnd, headers)
      this.#records++
      if (this.#transactions?.recordAdded() === true) this.#endTransaction(this.#transactions)
      return this.#failure === null
    } catch (error) {
      // What fails on the way to the disk ends the run; only what the record itself is refused for is between it and --on-error.
      if (this.#failure !== null || !(error instanceof LeatError) || error.code === 'KAFKA_STORAGE_ERROR') {
        this.#failure ??= error
        return false
      }
      return this.#handle({
        topic: this.#options.topic ?? topic,
        error,
        unit,
        timestampMs: timestampMs ?? this.#now,
        key: keyStart < 0 ? null : key.subarray(keyStart, keyEnd),
        value: valueStart < 0 ? null : value.subarray(valueStart, valueEnd),
        headers,
      })
    }
  }

  takeLines(lines: Lines): void {
    // Where transactions end with a certain record, they come one at a time.
    if (this.#transactions?.hasBoundaries === true) return
    this.#fixed?.addLines(this.#options.partition, this.#now, lines)
    this.#records += lines.count
  }

  reject(reason: string, unit: number, bytes: Buffer): boolean {
    const error = new LeatError('INVALID_RECORD', reason)
    return this.#handle({ topic: this.#options.topic, error, unit, timestampMs: this.#now, key: null, value: bytes, headers: null })
  }

  async idle(): Promise<void> {
    this.#flush()
    if (this.#failure !== null) throw this.#failure
    await this.#transactions?.settle()
    await this.#keepRate()
    this.#now = Number(this.#options.system.clock.now())
  }

  async progressed(inputBytes: number): Promise<void> {
    const now = this.#options.system.clock.now()
    this.#now = Number(now)
    this.#options.onProgress({ records: this.#records, inputBytes })
    await this.#transactions?.settle()
    await this.#keepRate()
    await this.#pace.breathe(now)
  }

  /** Takes up the transactional id, where there is one. */
  async begin(): Promise<void> {
    const { transaction, cluster, onAppend } = this.#options
    if (transaction === null) return
    this.#transactions = await TransactionalOutput.open(cluster, transaction, (stored) => {
      for (const { topic, partition, firstOffset, recordCount, sizeInBytes } of stored) {
        this.#bytes += sizeInBytes
        onAppend(topic, partition, firstOffset, recordCount)
      }
    })
  }

  /** The topic of all records. */
  useTopic(topic: string): void {
    this.#fixed = this.#producer(topic)
  }

  /** The producer of a topic, which is made when there is none of that name. */
  #producer(topic: string): TopicProducer {
    const known = this.#producers.get(topic)
    if (known !== undefined) return known
    const { cluster, system, createPartitions, onTopicCreated, onAppend } = this.#options
    checkTargetTopic(topic)
    if (ensureTopic(cluster, topic, createPartitions)) onTopicCreated(topic, createPartitions)
    const appender = cluster.openAppender(topic)
    const append = (partition: number, batches: Buffer): bigint => {
      try {
        return appender.append(partition, batches)
      } catch (error) {
        this.#failure ??= error
        throw error
      }
    }
    const made = new TopicProducer({
      ...this.#options,
      topic,
      appender: this.#transactions?.appender(topic, appender) ?? { ...appender, append },
      random: system.random,
      onAppend: (partition, firstOffset, recordCount, sizeInBytes) => {
        // In a transaction, that is told once it is committed.
        if (this.#transactions !== null) return
        this.#bytes += sizeInBytes
        if (this.#options.isDurable) this.#syncing.appended(sizeInBytes)
        onAppend(topic, partition, firstOffset, recordCount)
      },
    })
    this.#producers.set(topic, made)
    return made
  }

  /**
   * Appends what waits and makes it durable; then throws what went wrong on the way.
   * @param isWhole false: the input was not read to its end, so that the open transaction is aborted
   */
  async finish(isWhole: boolean): Promise<void> {
    this.#flush()
    if (this.#transactions !== null) await this.#endTransactions(this.#transactions, isWhole)
    await this.#syncing.settled()
    if (this.#options.isDurable) await this.#options.cluster.sync()
    if (this.#failure !== null) throw this.#failure
  }

  result(): ProduceResult {
    return { records: this.#records - this.#aborted, aborted: this.#aborted, bytes: this.#bytes, rejected: this.#rejected }
  }

  /** The transaction has all its records. */
  #endTransaction(transactions: TransactionalOutput): void {
    this.#flush()
    if (this.#failure === null) transactions.commit()
  }

  async #endTransactions(transactions: TransactionalOutput, isWhole: boolean): Promise<void> {
    const isGood = isWhole && this.#failure === null
    if (isGood) transactions.commit()
    else this.#aborted = transactions.openRecords
    try {
      await transactions.settle()
    } catch (error) {
      this.#failure ??= error
    }
    if (!isGood || this.#failure !== null) await transactions.abort()
  }

  /** What one topic does not take is no reason to keep it from the others. */
  #flush(): void {
    for (const producer of this.#producers.values()) {
      try {
        producer.flush()
      } catch (error) {
        this.#failure ??= error
      }
    }
  }

  async #keepRate(): Promise<void> {
    const dueMs = this.#pace.dueMs(this.#records)
    if (dueMs <= 0) return
    this.#flush()
    await this.#pace.wait(dueMs)
  }

  /** A record that is not stored; false stops the reading. */
  #handle(letter: DeadLetter): boolean {
    const { onError, onRejected, format } = this.#options
    const { error, unit, value } = letter
    const first = value?.subarray(0, FIRST_BYTES).toString('utf8') ?? ''
    const message = `${format.unitName} ${unit}: ${error.message}${first === '' ? '' : ` (it begins '${first}')`}`
    if (onError === 'stop') {
      const kept = this.#transactions === null ? before(this.#records) : 'its transaction is aborted'
      this.#failure = new LeatError(error.code, `${message}; ${kept}`, {
        hint: error.hint ?? 'Mend the record, or pass over such records with --on-error skip (or dlq).',
        exitCode: exitCodes.failed,
      })
      return false
    }
    try {
      if (onError === 'dlq') keepDeadLetter(this.#producer(deadLetterTopic(letter.topic)), letter)
    } catch (failure) {
      this.#failure ??= failure
      return false
    }
    this.#rejected++
    onRejected(message)
    return true
  }
}

/** A record that names no topic, or none that there can be, goes to those of leat itself. */
function deadLetterTopic(topic: string | null): string {
  return `${topic === null || topicNameProblem(topic) !== null ? 'leat' : topic}.dlq`
}

function before(records: number): string {
  if (records === 0) return 'there was none before it'
  return records === 1 ? 'the record before it is stored' : `the ${records} records before it are stored`
}

function missingTopic(): never {
  throw new LeatError('INVALID_RECORD', 'it names no topic', { hint: 'Name one on the command line: leat produce TOPIC --json.' })
}
