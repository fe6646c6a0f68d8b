// What the metadata log says: topics with their ids, partitions and configurations, brokers and features. The image is what
// replaying the log's records gives, and nothing else changes it. A snapshot holds records like the log, so it is replayed first.
import { ByteReader } from '../../bytes/reader.ts'
import type { Infer } from '../../bytes/schema.ts'
import { UUID_SIZE, type Uuid } from '../../bytes/uuid.ts'
import { type MetadataFrame, readMetadataFrame } from '../../record/internal/metadata-record.ts'
import {
  brokerRegistrationChangeRecord,
  configRecord,
  featureLevelRecord,
  fenceBrokerRecord,
  producerIdsRecord,
  registerBrokerRecord,
  removeTopicRecord,
  topicRecord,
  unregisterBrokerRecord,
} from '../../record/internal/metadata-schemas.ts'
import { decodeKnown } from './decode-known.ts'
import { PartitionImages } from './partition-images.ts'

/** Resource types of configuration records. */
export const TOPIC_RESOURCE = 2
export const BROKER_RESOURCE = 4

export interface TopicImage {
  readonly name: string
  readonly id: Uuid
  readonly partitions: PartitionImages
}

export type BrokerImage = Pick<
  Infer<typeof registerBrokerRecord>,
  'brokerId' | 'brokerEpoch' | 'endPoints' | 'rack' | 'fenced' | 'inControlledShutdown' | 'logDirs'
>

const NO_TOPIC = { id: Buffer.alloc(0), topic: undefined }
const NO_CONFIGS: ReadonlyMap<string, string> = new Map()

export class MetadataImage {
  readonly #byName = new Map<string, TopicImage>()
  readonly #byId = new Map<Uuid, TopicImage>()
  readonly #configs = new Map<string, Map<string, string>>()
  readonly #features = new Map<string, number>()
  readonly #brokers = new Map<number, BrokerImage>()
  /** The topic that the last partition record was for; no id before there is one. */
  #latest: { readonly id: Buffer; readonly topic: TopicImage | undefined } = NO_TOPIC
  #nextProducerId = 0n
  /** Records of a metadata transaction that has not ended (KIP-868); they count when it ends, and not when it is aborted. */
  #transaction: Buffer[] | null = null

  /** Takes account of a record's value, read from its start; kinds that are not kept here are passed over. @throws LeatError */
  replay(reader: ByteReader): void {
    const start = reader.at
    const end = start + reader.remaining
    const frame = readMetadataFrame(reader)
    if (frame === null) return
    if (frame.apiKey in this.#transactions) this.#transactions[frame.apiKey]?.()
    else if (frame.apiKey in this.#records) {
      if (this.#transaction === null) this.#records[frame.apiKey]?.(reader, frame)
      else this.#transaction.push(Buffer.from(reader.bytes.subarray(start, end)))
    }
  }

  topic(name: string): TopicImage | undefined {
    return this.#byName.get(name)
  }

  topicById(id: Uuid): TopicImage | undefined {
    return this.#byId.get(id)
  }

  get topics(): IterableIterator<TopicImage> {
    return this.#byName.values()
  }

  /** A topic's own settings, in Kafka's text form; those of another resource by its type (the default of brokers has the name ''). */
  configsOf(name: string, resourceType: number = TOPIC_RESOURCE): ReadonlyMap<string, string> {
    return this.#configs.get(resource(resourceType, name)) ?? NO_CONFIGS
  }

  /** Levels by feature: `metadata.version`, `transaction.version` … A feature that is off is not there. */
  get features(): ReadonlyMap<string, number> {
    return this.#features
  }

  get brokers(): ReadonlyMap<number, BrokerImage> {
    return this.#brokers
  }

  /** Nobody has this producer id, nor any that is higher. */
  get nextProducerId(): bigint {
    return this.#nextProducerId
  }

  /** By api key. */
  readonly #transactions: Readonly<Record<number, () => void>> = {
    23: () => {
      this.#transaction = []
    },
    24: () => {
      const records = this.#transaction ?? []
      this.#transaction = null
      for (const record of records) this.replay(new ByteReader(record))
    },
    25: () => {
      this.#transaction = null
    },
  }

  /** By api key of the record; the reader is before its fields. */
  readonly #records: Readonly<Record<number, (reader: ByteReader, frame: MetadataFrame) => void>> = {
    0: (reader, { version }) => {
      const broker = decodeKnown(registerBrokerRecord, version, reader)
      this.#brokers.set(broker.brokerId, broker)
    },
    1: (reader, { version }) => {
      this.#brokers.delete(decodeKnown(unregisterBrokerRecord, version, reader).brokerId)
    },
    2: (reader, { version }) => {
      const { name, topicId } = decodeKnown(topicRecord, version, reader)
      const topic: TopicImage = { name, id: topicId, partitions: new PartitionImages() }
      this.#byName.set(name, topic)
      this.#byId.set(topicId, topic)
      this.#latest = NO_TOPIC
    },
    3: (reader, frame) => this.#addToPartition(reader, frame),
    4: (reader, { version }) => {
      const { resourceType, resourceName, name, value } = decodeKnown(configRecord, version, reader)
      this.#setConfig(resource(resourceType, resourceName), name, value)
    },
    5: (reader, frame) => this.#addToPartition(reader, frame),
    7: (reader, { version }) => this.#changeBroker(decodeKnown(fenceBrokerRecord, version, reader).id, { fenced: true }),
    8: (reader, { version }) => this.#changeBroker(decodeKnown(fenceBrokerRecord, version, reader).id, { fenced: false }),
    9: (reader, { version }) => this.#removeTopic(decodeKnown(removeTopicRecord, version, reader).topicId),
    12: (reader, { version }) => {
      const { name, featureLevel } = decodeKnown(featureLevelRecord, version, reader)
      if (featureLevel === 0) this.#features.delete(name)
      else this.#features.set(name, featureLevel)
    },
    15: (reader, { version }) => {
      this.#nextProducerId = decodeKnown(producerIdsRecord, version, reader).nextProducerId
    },
    17: (reader, { version }) => {
      const { brokerId, fenced, inControlledShutdown, logDirs } = decodeKnown(brokerRegistrationChangeRecord, version, reader)
      this.#changeBroker(brokerId, {
        // 1 fences, -1 unfences, 0 leaves it; a controlled shutdown only begins, and ends with the next registration.
        ...(fenced === 0 ? {} : { fenced: fenced > 0 }),
        ...(inControlledShutdown === 0 ? {} : { inControlledShutdown: true }),
        ...(logDirs.length === 0 ? {} : { logDirs }),
      })
    },
  }

  /** Partition and topic come first in every version of both kinds; the rest is left as bytes. */
  #addToPartition(reader: ByteReader, frame: MetadataFrame): void {
    const { bytes, at: start, remaining } = reader
    reader.int32()
    const idAt = reader.at
    // Thousands of partitions of one topic come one after the other.
    if (reader.remaining < UUID_SIZE || !isAt(bytes, idAt, this.#latest.id)) {
      const topic = this.#byId.get(reader.uuid())
      this.#latest = { id: Buffer.from(bytes.subarray(idAt, reader.at)), topic }
    }
    this.#latest.topic?.partitions.add(frame, bytes, start, start + remaining)
  }

  #removeTopic(id: Uuid): void {
    const topic = this.#byId.get(id)
    if (topic === undefined) return
    this.#latest = NO_TOPIC
    this.#byId.delete(id)
    this.#byName.delete(topic.name)
    this.#configs.delete(resource(TOPIC_RESOURCE, topic.name))
  }

  #setConfig(key: string, name: string, value: string | null): void {
    const configs = this.#configs.get(key) ?? new Map<string, string>()
    this.#configs.set(key, configs)
    if (value === null) configs.delete(name)
    else configs.set(name, value)
  }

  #changeBroker(id: number, change: Partial<BrokerImage>): void {
    const broker = this.#brokers.get(id)
    if (broker !== undefined) this.#brokers.set(id, { ...broker, ...change })
  }
}

/** Compared here, because a call out of JavaScript for sixteen bytes costs more. */
function isAt(bytes: Buffer, at: number, id: Buffer): boolean {
  for (let index = 0; index < UUID_SIZE; index++) if (bytes[at + index] !== id[index]) return false
  return true
}

function resource(type: number, name: string): string {
  return `${type}:${name}`
}
