// Appends records to one topic: a batch under way for each partition, built in place and appended when it is full. Once an append has failed, records
// that were taken before are gone, so whoever goes on as if nothing had been would take them for stored: the producer has failed for good.
import type { TopicAppender } from '../../client/cluster.ts'
import { varintSize } from '../../bytes/varint.ts'
import { LeatError } from '../../errors/leat-error.ts'
import { BATCH_HEADER_SIZE, LOG_OVERHEAD } from '../../record/batch-header.ts'
import { BatchBuilder, type Lines } from '../../record/batch-builder.ts'
import { unknownPartition } from '../../stream/topics/unknown-partition.ts'
import type { Random } from '../../system/system.ts'
import { Partitioner, type PartitionerName } from './partitioner.ts'

export interface TopicProducerOptions {
  readonly topic: string
  readonly appender: TopicAppender
  readonly batchBytes: number
  /** Codec id: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec: number
  readonly compressionLevel?: number | undefined
  readonly partitioner: PartitionerName
  readonly random: Random
  /** Told of each batch appended. */
  readonly onAppend: (partition: number, firstOffset: bigint, recordCount: number, sizeInBytes: number) => void
}

/** Bytes of batches that are appended with one write, and what all partitions' together may take. */
const GATHERED_BYTES = 256 * 1024
const MAX_SLABS_BYTES = 8 * 1024 * 1024
/** What all partitions' batches under way may take: of many partitions, each gets smaller ones. */
const MAX_BATCHES_BYTES = 64 * 1024 * 1024
/** Lengths and deltas of a record, and a little more. */
const RECORD_OVERHEAD = 40

/** What a topic says of a record that it does not take. Nothing of it is kept, and nothing becomes of any other. */
export class RecordRefusal extends LeatError {}

export class TopicProducer {
  readonly topic: string
  readonly #options: TopicProducerOptions
  readonly #partitioner: Partitioner
  readonly #builders: (BatchBuilder | undefined)[]
  readonly #batchBytes: number
  readonly #slabBytes: number
  readonly #isCompacted: boolean
  readonly #takesLines: boolean
  /** What an append failed with. */
  #failure: { readonly error: unknown } | null = null

  constructor(options: TopicProducerOptions) {
    const { appender } = options
    this.topic = options.topic
    this.#options = options
    const largest = largestSafeBatch(appender.config.maxMessageBytes, options.codec)
    this.#batchBytes = Math.min(options.batchBytes, largest, Math.ceil(MAX_BATCHES_BYTES / appender.partitionCount))
    this.#slabBytes = Math.max(this.#batchBytes, Math.min(GATHERED_BYTES, Math.floor(MAX_SLABS_BYTES / appender.partitionCount)))
    this.#partitioner = new Partitioner(options.partitioner, appender.partitionCount, options.random)
    this.#builders = Array.from({ length: appender.partitionCount })
    this.#isCompacted = appender.config.cleanupPolicy.has('compact')
    const isSticky = appender.partitionCount === 1 || options.partitioner === 'murmur2' || options.partitioner === 'sticky'
    this.#takesLines = !this.#isCompacted && isSticky && this.#batchBytes + BATCH_HEADER_SIZE + RECORD_OVERHEAD <= this.maxMessageBytes
  }

  get partitionCount(): number {
    return this.#builders.length
  }

  /** Partitions that records were taken for. */
  get partitionsUsed(): number {
    return this.#builders.filter((builder) => builder !== undefined).length
  }

  get maxMessageBytes(): number {
    return this.#options.appender.config.maxMessageBytes
  }

  /**
   * Takes a record; it is appended when its batch is full or at `flush`.
   * @param partition -1 lets the key decide
   * @throws RecordRefusal for a record that the topic does not take
   * @throws LeatError where an append fails, or has failed before: of the records that were not told of to `onAppend`, none will be stored
   */
  add(
    partition: number,
    timestampMs: number | bigint,
    key: Buffer,
    keyStart: number,
    keyEnd: number,
    value: Buffer,
    valueStart: number,
    valueEnd: number,
    headers: Buffer | null,
  ): void {
    this.#check()
    if (keyStart < 0 && this.#isCompacted) throw this.#nullKey()
    const size =
      BATCH_HEADER_SIZE + RECORD_OVERHEAD + (keyEnd - keyStart) + (valueEnd - valueStart) + (headers === null ? 0 : headers.length)
    const { codec } = this.#options
    if (codec === 0 && size > this.maxMessageBytes) this.#checkSize(keyStart, keyEnd, valueStart, valueEnd, headers)
    const target = partition < 0 ? this.#partitioner.partitionFor(key, keyStart, keyEnd) : partition
    const builder = this.#builder(target)
    // Whether compression makes it fit is known when it is done: it gets a batch of its own at once, so that no other record goes with it.
    const isAlone = codec !== 0 && size > this.#batchBytes
    if (isAlone && builder.recordCount > 0) this.#flush(target, builder)
    if (builder.append(timestampMs, key, keyStart, keyEnd, value, valueStart, valueEnd, headers)) {
      if (isAlone) this.#flush(target, builder)
      return
    }
    this.#flush(target, builder)
    // Sticky records move on to another partition with each batch.
    const next = partition < 0 && keyStart < 0 ? this.#moveOn(target) : builder
    next.append(timestampMs, key, keyStart, keyEnd, value, valueStart, valueEnd, headers)
  }

  /** Takes records without keys all at once, as far as they go into the batch under way without a question; the next one is for `add`. */
  addLines(partition: number, timestampMs: number, lines: Lines): void {
    if (!this.#takesLines || this.#failure !== null) return
    const target = partition < 0 ? this.#partitioner.partitionFor(NO_KEY, -1, -1) : partition
    this.#builders[target]?.appendLines(timestampMs, lines)
  }

  /** Appends what waits. @throws LeatError where an append fails, or has failed before */
  flush(): void {
    this.#check()
    for (const [partition, builder] of this.#builders.entries())
      if (builder !== undefined && builder.recordCount > 0) this.#flush(partition, builder)
  }

  #moveOn(partition: number): BatchBuilder {
    this.#partitioner.batchFull(partition)
    const next = this.#partitioner.partitionFor(NO_KEY, -1, -1)
    const builder = this.#builder(next)
    if (builder.recordCount > 0) this.#flush(next, builder)
    return builder
  }

  #builder(partition: number): BatchBuilder {
    const known = this.#builders[partition]
    if (known !== undefined) return known
    if (partition >= this.#builders.length) throw this.#noPartition(partition)
    const { codec, compressionLevel } = this.#options
    const made = new BatchBuilder({ batchBytes: this.#batchBytes, slabBytes: this.#slabBytes, codec, compressionLevel })
    this.#builders[partition] = made
    return made
  }

  #flush(partition: number, builder: BatchBuilder): void {
    const { recordCount } = builder
    try {
      const batches = builder.build()
      const largest = largestBatch(batches)
      if (largest > this.maxMessageBytes) throw this.#tooLarge(largest)
      const firstOffset = this.#options.appender.append(partition, batches)
      this.#options.onAppend(partition, firstOffset, recordCount, batches.length)
    } catch (error) {
      // What turns out too large is alone.
      if (!(error instanceof RecordRefusal && recordCount === 1)) this.#failure = { error }
      throw error
    }
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure.error
  }

  /** Near the limit, where an estimate does not do: the exact size of a batch with this record alone, which is what Kafka looks at. */
  #checkSize(keyStart: number, keyEnd: number, valueStart: number, valueEnd: number, headers: Buffer | null): void {
    const field = (start: number, end: number): number => (start < 0 ? varintSize(-1) : varintSize(end - start) + end - start)
    // Attributes, and timestamp and offset as the batch has them.
    const body = 3 + field(keyStart, keyEnd) + field(valueStart, valueEnd) + (headers?.length ?? 1)
    const size = BATCH_HEADER_SIZE + varintSize(body) + body
    if (size > this.maxMessageBytes) throw this.#tooLarge(size)
  }

  #tooLarge(sizeInBytes: number): RecordRefusal {
    const isCompressed = this.#options.codec !== 0
    const enough = 2 ** Math.ceil(Math.log2(sizeInBytes))
    return new RecordRefusal(
      'MESSAGE_TOO_LARGE',
      `the record${isCompressed ? ', compressed,' : ''} needs a batch of ${sizeInBytes} bytes, and max.message.bytes of '${this.topic}' is ${this.maxMessageBytes}`,
      {
        hint: `${isCompressed ? 'Raise' : 'Compress (-z zstd), or raise'} it: leat topic alter ${this.topic} --config max.message.bytes=${enough}.`,
      },
    )
  }

  #noPartition(partition: number): RecordRefusal {
    const { code, message } = unknownPartition(this.topic, partition, [...this.#builders.keys()])
    return new RecordRefusal(code, message, {
      hint: `More are made with \`leat topic alter ${this.topic} --partitions ${partition + 1}\`; a new topic gets as many as --create-partitions says.`,
    })
  }

  #nullKey(): RecordRefusal {
    return new RecordRefusal(
      'INVALID_RECORD',
      `the record has no key, and '${this.topic}' is compacted: compaction keeps the latest record of each key`,
      {
        hint: 'Give keys with --key-field, -K or -k.',
      },
    )
  }
}

const NO_KEY = Buffer.alloc(0)

/** Bytes of records that are never too many once compressed: what cannot be compressed grows, by a sixth at most (snappy). */
function largestSafeBatch(maxMessageBytes: number, codec: number): number {
  return codec === 0 ? maxMessageBytes : Math.max(0, Math.floor((maxMessageBytes * 6) / 7) - BATCH_HEADER_SIZE - RECORD_OVERHEAD)
}

/** Size in bytes of the largest of several batches. */
function largestBatch(batches: Buffer): number {
  let largest = 0
  for (let at = 0, size = 0; at < batches.length; at += size) {
    size = LOG_OVERHEAD + batches.readInt32BE(at + 8)
    largest = Math.max(largest, size)
  }
  return largest
}
