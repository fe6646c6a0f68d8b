// Reads records from sources and appends them to topics. When it resolves, everything read is stored as durably as was asked.
import type { Cluster } from '../../client/cluster.ts'
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import type { Lines } from '../../record/batch-builder.ts'
import { HeadersWriter } from '../../record/headers-writer.ts'
import { checkTopicName, isInternalTopic } from '../../stream/topics/topic-name.ts'
import type { ByteSource } from '../../system/byte-streams.ts'
import type { System } from '../../system/system.ts'
import type { PartitionerName } from './partitioner.ts'
import type { RecordFormat, RecordReceiver } from '../../input/record-format.ts'
import { TopicProducer } from './topic-producer.ts'

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
  /** Of the batches as stored. */
  readonly bytes: number
  readonly rejected: number
}

/** Syncs what is written every so often, so that little is left to do at the end. */
const SYNC_EVERY_BYTES = 8 * 1024 * 1024
/** Room that a record needs beside its fields in a batch of its own. */
const BATCH_OVERHEAD = 128
const MAX_RECORD_BYTES = 1 << 29
const NO_BYTES = Buffer.alloc(0)
const FIRST_BYTES = 60

/** @throws LeatError for the first record that cannot be stored, unless `onError` says otherwise; all before it is stored */
export async function produce(options: ProduceOptions): Promise<ProduceResult> {
  const run = new ProduceRun(options)
  await options.cluster.beginWriting()
  try {
    if (options.topic !== null) run.producer(options.topic)
    for (const open of options.sources) {
      if (!run.isGoingOn) break
      const source = open()
      try {
        await options.format.read(source, run, options.signal)
      } finally {
        source.close()
      }
    }
  } finally {
    await run.finish()
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
  #unsyncedBytes = 0
  #syncing: Promise<void> | null = null
  #syncFailure: unknown = null
  #failure: unknown = null
  /** Timestamp for records that have none, taken once a read. */
  #now: number
  #firstRecordAt: bigint | null = null

  constructor(options: ProduceOptions) {
    this.#options = options
    this.#now = Number(options.system.clock.now())
  }

  get isGoingOn(): boolean {
    return this.#failure === null && !this.#options.signal.aborted
  }

  get maxRecordBytes(): number {
    return this.#fixed === null || this.#options.codec !== 0 ? MAX_RECORD_BYTES : this.#fixed.maxMessageBytes - BATCH_OVERHEAD
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
      const producer = this.#fixed ?? this.producer(topic ?? missingTopic())
      const target = this.#options.partition < 0 ? partition : this.#options.partition
      producer.add(target, timestampMs ?? this.#now, key, keyStart, keyEnd, value, valueStart, valueEnd, headers)
      this.#records++
      return this.#failure === null
    } catch (error) {
      if (!(error instanceof LeatError) || error.code === 'KAFKA_STORAGE_ERROR') {
        this.#failure = error
        return false
      }
      return this.#handle(error, unit, value.subarray(Math.max(0, valueStart), Math.max(0, valueEnd)))
    }
  }

  takeLines(lines: Lines): void {
    this.#fixed?.addLines(this.#options.partition, this.#now, lines)
    this.#records += lines.count
  }

  reject(reason: string, unit: number, bytes: Buffer): boolean {
    return this.#handle(new LeatError('INVALID_RECORD', reason), unit, bytes)
  }

  async idle(): Promise<void> {
    this.#flush()
    await this.#keepRate()
    this.#now = Number(this.#options.system.clock.now())
  }

  async progressed(inputBytes: number): Promise<void> {
    this.#now = Number(this.#options.system.clock.now())
    this.#options.onProgress({ records: this.#records, inputBytes })
    if (this.#options.ratePerSecond !== Number.POSITIVE_INFINITY) await this.#keepRate()
  }

  /** The producer of a topic, which is made when there is none of that name. */
  producer(topic: string): TopicProducer {
    const known = this.#producers.get(topic)
    if (known !== undefined) return known
    const { cluster, system, createPartitions, onTopicCreated, onAppend } = this.#options
    checkTopicName(topic)
    if (isInternalTopic(topic)) throw internalTopic(topic)
    if (ensureTopic(cluster, topic, createPartitions)) onTopicCreated(topic, createPartitions)
    const made = new TopicProducer({
      ...this.#options,
      topic,
      appender: cluster.openAppender(topic),
      random: system.random,
      onAppend: (partition, firstOffset, recordCount, sizeInBytes) => {
        this.#bytes += sizeInBytes
        this.#unsyncedBytes += sizeInBytes
        if (this.#unsyncedBytes >= SYNC_EVERY_BYTES) this.#startSync()
        onAppend(topic, partition, firstOffset, recordCount)
      },
    })
    this.#producers.set(topic, made)
    if (this.#options.topic !== null) this.#fixed = made
    return made
  }

  /** Appends what waits and makes it durable; then throws what went wrong on the way. */
  async finish(): Promise<void> {
    try {
      this.#flush()
    } finally {
      await this.#finishSyncing()
    }
    if (this.#failure !== null) throw this.#failure
  }

  async #finishSyncing(): Promise<void> {
    await this.#syncing
    if (this.#syncFailure !== null) throw this.#syncFailure
    if (this.#options.isDurable) await this.#options.cluster.sync()
  }

  result(): ProduceResult {
    return { records: this.#records, bytes: this.#bytes, rejected: this.#rejected }
  }

  #flush(): void {
    for (const producer of this.#producers.values()) producer.flush()
  }

  /** Starts writing back what is appended, while the next records are encoded. */
  #startSync(): void {
    if (!this.#options.isDurable || this.#syncing !== null) return
    this.#unsyncedBytes = 0
    this.#syncing = this.#options.cluster
      .sync()
      .catch((error: unknown) => {
        this.#syncFailure = error
        this.#failure ??= error
      })
      .finally(() => {
        this.#syncing = null
      })
  }

  /** Waits until no more records were read than the rate allows. */
  async #keepRate(): Promise<void> {
    const { ratePerSecond, system, signal } = this.#options
    if (ratePerSecond === Number.POSITIVE_INFINITY || this.#records === 0) return
    this.#firstRecordAt ??= system.clock.now()
    const dueMs = (this.#records / ratePerSecond) * 1000 - Number(system.clock.now() - this.#firstRecordAt)
    if (dueMs <= 0) return
    this.#flush()
    await system.clock.sleep(dueMs, signal)
  }

  #handle(error: LeatError, unit: number, bytes: Buffer): boolean {
    const { onError, onRejected } = this.#options
    const first = bytes.subarray(0, FIRST_BYTES).toString('utf8')
    const message = `${this.#options.format.unitName} ${unit}: ${error.message}${first === '' ? '' : ` (it begins '${first}')`}`
    if (onError === 'stop') {
      this.#failure = new LeatError(error.code, `${message}; the ${this.#records} records before it are stored`, {
        hint: error.hint ?? 'Mend the record, or pass over such records with --on-error skip (or dlq).',
        exitCode: exitCodes.failed,
      })
      return false
    }
    this.#rejected++
    if (onError === 'dlq') this.#deadLetter(error, unit, bytes)
    onRejected(message)
    return true
  }

  /** Keeps the bytes in `TOPIC.dlq`, with what was wrong in headers. */
  #deadLetter(error: LeatError, unit: number, bytes: Buffer): void {
    const topic = this.#options.topic ?? 'leat'
    const headers = new HeadersWriter()
    for (const [name, text] of [
      ['leat.dlq.topic', topic],
      ['leat.dlq.error.type', error.code],
      ['leat.dlq.error.message', error.message],
      ['leat.dlq.record', String(unit)],
    ] as const) {
      const key = Buffer.from(name)
      const value = Buffer.from(text)
      headers.add(key, 0, key.length, value, 0, value.length)
    }
    const fixed = this.#fixed
    try {
      this.producer(`${topic}.dlq`).add(-1, this.#now, NO_BYTES, -1, -1, bytes, 0, bytes.length, headers.section())
    } finally {
      this.#fixed = fixed
    }
  }
}

function internalTopic(topic: string): LeatError {
  return new LeatError('INVALID_TOPIC_EXCEPTION', `'${topic}' holds the state of Kafka itself; records cannot be produced to it`, {
    hint: 'Choose another topic. `leat log dump` shows what is in this one.',
    exitCode: exitCodes.usage,
  })
}

function missingTopic(): never {
  throw new LeatError('INVALID_RECORD', 'it names no topic', { hint: 'Name one on the command line: leat produce TOPIC --json.' })
}

/** Makes the topic when there is none; false when it was there, or another process made it first. */
function ensureTopic(cluster: Cluster, topic: string, partitions: number): boolean {
  if (cluster.hasTopic(topic)) return false
  try {
    cluster.createTopic(topic, { partitions, configs: new Map() })
    return true
  } catch (error) {
    if (error instanceof LeatError && error.code === 'TOPIC_ALREADY_EXISTS') return false
    throw error
  }
}
