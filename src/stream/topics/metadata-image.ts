// What the metadata log says: topics with their ids, partitions and configurations. The image is what replaying the log's
// records gives, and nothing else changes it.
//
// A partition's record is kept as its bytes until somebody asks: a command that looks at one topic of ten thousand partitions
// does not pay for the others.
import { type ByteReader } from '../../bytes/reader.ts'
import { decode } from '../../bytes/schema.ts'
import type { Uuid } from '../../bytes/uuid.ts'
import { type PartitionRecord, readMetadataFrame } from '../../record/internal/metadata-record.ts'
import {
  configRecord,
  partitionChangeRecord,
  partitionRecord,
  removeTopicRecord,
  topicRecord,
} from '../../record/internal/metadata-schemas.ts'

/** Resource type of topics in configuration records. */
const TOPIC_RESOURCE = 2

export interface TopicImage {
  readonly name: string
  readonly id: Uuid
  readonly partitions: Map<number, PartitionImage>
}

export interface PartitionImage {
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly leader: number
  readonly leaderEpoch: number
}

const NO_CONFIGS: ReadonlyMap<string, string> = new Map()

export class MetadataImage {
  readonly #byName = new Map<string, TopicImage>()
  readonly #byId = new Map<Uuid, TopicImage>()
  readonly #configs = new Map<string, Map<string, string>>()

  /** Takes account of a record's value, read from its start; kinds that are not about topics are passed over. */
  replay(reader: ByteReader): void {
    const frame = readMetadataFrame(reader)
    if (frame === null) return
    const apply = REPLAY[frame.apiKey]
    if (apply !== undefined) apply(this, frame.version, reader)
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

  /** A topic's own settings, in Kafka's text form. */
  configsOf(topic: string): ReadonlyMap<string, string> {
    return this.#configs.get(topic) ?? NO_CONFIGS
  }

  addTopic(name: string, id: Uuid): void {
    const topic: TopicImage = { name, id, partitions: new Map() }
    this.#byName.set(name, topic)
    this.#byId.set(id, topic)
  }

  removeTopic(id: Uuid): void {
    const topic = this.#byId.get(id)
    if (topic === undefined) return
    this.#byId.delete(id)
    this.#byName.delete(topic.name)
    this.#configs.delete(topic.name)
  }

  setPartition(topicId: Uuid, partition: number, image: PartitionImage): void {
    this.#byId.get(topicId)?.partitions.set(partition, image)
  }

  setConfig(topic: string, name: string, value: string | null): void {
    const configs = this.#configs.get(topic) ?? new Map<string, string>()
    this.#configs.set(topic, configs)
    if (value === null) configs.delete(name)
    else configs.set(name, value)
  }
}

type Replay = (image: MetadataImage, version: number, reader: ByteReader) => void

/** By api key of the record. */
const REPLAY: Record<number, Replay> = {
  2(image, version, reader) {
    const { name, topicId } = decode(topicRecord, version, reader)
    image.addTopic(name, topicId)
  },
  3(image, version, reader) {
    const record: PartitionRecord = decode(partitionRecord, version, reader)
    image.setPartition(record.topicId, record.partitionId, record)
  },
  4(image, version, reader) {
    const { resourceType, resourceName, name, value } = decode(configRecord, version, reader)
    if (resourceType === TOPIC_RESOURCE) image.setConfig(resourceName, name, value)
  },
  5(image, version, reader) {
    const change = decode(partitionChangeRecord, version, reader)
    const present = image.topicById(change.topicId)?.partitions.get(change.partitionId)
    if (present === undefined) return
    const hasNewLeader = change.leader !== NO_LEADER_CHANGE
    image.setPartition(change.topicId, change.partitionId, {
      replicas: change.replicas ?? present.replicas,
      isr: change.isr ?? present.isr,
      leader: hasNewLeader ? change.leader : present.leader,
      // Every change of the leader raises the epoch; so do others, which readers of a directory need not know.
      leaderEpoch: hasNewLeader ? present.leaderEpoch + 1 : present.leaderEpoch,
    })
  },
  9(image, version, reader) {
    image.removeTopic(decode(removeTopicRecord, version, reader).topicId)
  },
}

/** What a change record says where it keeps the leader. */
const NO_LEADER_CHANGE = -2
