// Appends records that are held in memory to any number of topics. They are stored as they are; one that a topic does not take like that came
// compressed, most likely, and is compressed again: as it came, else with zstd.
import type { TopicAppender } from '../../client/cluster.ts'
import type { Random } from '../../system/system.ts'
import { RecordRefusal, TopicProducer } from './topic-producer.ts'

export interface ProducedRecord {
  readonly topic: string
  /** -1, or one that the topic does not have, lets the key decide. */
  readonly partition: number
  /** ms */
  readonly timestamp: bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** The section as HeadersWriter encodes it; null for none. */
  readonly headers: Buffer | null
  /** Of the batch that it came in: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec: number
}

export interface RecordProducersOptions {
  readonly appenderOf: (topic: string) => TopicAppender
  readonly random: Random
  /** Told of the places that records have got. */
  readonly onAppend: (topic: string, partition: number, firstOffset: bigint, recordCount: number) => void
}

const BATCH_BYTES = 64 * 1024
const UNCOMPRESSED = 0
const ZSTD = 4
const NOTHING = Buffer.alloc(0)

export class RecordProducers {
  readonly #options: RecordProducersOptions
  /** By topic and codec. */
  readonly #producers = new Map<string, TopicProducer>()

  constructor(options: RecordProducersOptions) {
    this.#options = options
  }

  /**
   * @throws RecordRefusal for a record that the topic does not take
   * @throws LeatError where its topic cannot be opened, or an append to it fails, or has failed before
   */
  add(record: ProducedRecord): void {
    const refusal = this.#refusalOf(record, UNCOMPRESSED)
    if (refusal !== null) this.#addCompressed(record, refusal)
  }

  /** @throws LeatError where an append fails, or has failed before, to any of the topics */
  flush(): void {
    for (const producer of this.#producers.values()) producer.flush()
  }

  #addCompressed(record: ProducedRecord, asItIs: RecordRefusal): void {
    // It is appended at once, and those before it come first.
    this.#producer(record.topic, UNCOMPRESSED).flush()
    let refusal: RecordRefusal | null = asItIs
    for (const codec of new Set([record.codec, ZSTD])) {
      if (codec !== UNCOMPRESSED) refusal = this.#refusalOf(record, codec)
      if (refusal === null) return
    }
    throw refusal
  }

  /** Adds the record, unless it is too large. @returns what the topic says then */
  #refusalOf({ topic, partition, timestamp, key, value, headers }: ProducedRecord, codec: number): RecordRefusal | null {
    const producer = this.#producer(topic, codec)
    const target = partition < producer.partitionCount ? partition : -1
    try {
      producer.add(target, timestamp, key ?? NOTHING, ...spanOf(key), value ?? NOTHING, ...spanOf(value), headers)
      return null
    } catch (error) {
      if (error instanceof RecordRefusal && error.code === 'MESSAGE_TOO_LARGE') return error
      throw error
    }
  }

  #producer(topic: string, codec: number): TopicProducer {
    const name = `${topic} ${codec}`
    const known = this.#producers.get(name)
    if (known !== undefined) return known
    const { appenderOf, random, onAppend } = this.#options
    const made = new TopicProducer({
      topic,
      appender: appenderOf(topic),
      batchBytes: BATCH_BYTES,
      codec,
      partitioner: 'murmur2',
      random,
      onAppend: (partition, firstOffset, recordCount) => onAppend(topic, partition, firstOffset, recordCount),
    })
    this.#producers.set(name, made)
    return made
  }
}

/** -1 is null. */
function spanOf(bytes: Buffer | null): [number, number] {
  return bytes === null ? [-1, -1] : [0, bytes.length]
}
