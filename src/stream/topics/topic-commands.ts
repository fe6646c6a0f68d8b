// What creating, altering and deleting topics writes to the metadata log: commands and the present image in, records out.
// Nothing changes until the records are replayed.
import { MAX_STRING_BYTES } from '../../bytes/field-types.ts'
import { type Uuid, ZERO_UUID } from '../../bytes/uuid.ts'
import { counted } from '../../errors/counted.ts'
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import { nearest } from '../../errors/nearest.ts'
import { encodeMetadataRecord } from '../../record/internal/metadata-record.ts'
import { type MetadataImage, TOPIC_RESOURCE, type TopicImage } from './metadata-image.ts'
import { METADATA_TOPIC } from '../../record/internal/internal-topics.ts'
import { checkTopicName, collidesWith, isInternalTopic } from './topic-name.ts'

/** Values of records, to be appended as one batch. */
export type MetadataRecords = Buffer[]

/** A directory holds every partition on the one node that it belongs to. */
const UNASSIGNED_DIRECTORY: Uuid = ZERO_UUID
/** What is written while no broker runs. */
const NO_BROKER_EPOCH = -1n

/**
 * What a new metadata log starts with: features at the levels of Kafka 4.0, which every later broker takes and can raise.
 * metadata.version 25 is 4.0-IV3.
 */
export function bootstrapRecords(): MetadataRecords {
  const levels: [string, number][] = [
    ['metadata.version', 25],
    ['group.version', 1],
    ['transaction.version', 2],
  ]
  return levels.map(([name, featureLevel]) => encodeMetadataRecord.featureLevel({ name, featureLevel }))
}

export interface NewTopic {
  readonly name: string
  readonly id: Uuid
  readonly partitions: number
  readonly nodeId: number
  /** In Kafka's text form, checked. */
  readonly configs: ReadonlyMap<string, string>
}

/** @throws LeatError TOPIC_ALREADY_EXISTS, INVALID_TOPIC_EXCEPTION, INVALID_PARTITIONS, INVALID_REQUEST, INVALID_CONFIG */
export function createTopic(image: MetadataImage, topic: NewTopic): MetadataRecords {
  checkTopicName(topic.name)
  if (topic.name === METADATA_TOPIC)
    throw new LeatError('INVALID_REQUEST', `'${METADATA_TOPIC}' is the log that says which topics there are; it cannot be created as one`, {
      exitCode: exitCodes.usage,
    })
  if (image.topic(topic.name) !== undefined)
    throw new LeatError('TOPIC_ALREADY_EXISTS', `topic '${topic.name}' exists already`, {
      hint: `See it with \`leat topic describe ${topic.name}\`.`,
    })
  for (const { name } of image.topics) if (collidesWith(topic.name, name)) throw collision(topic.name, name)
  checkPartitionCount(topic.partitions)
  return [
    encodeMetadataRecord.topic({ name: topic.name, topicId: topic.id }),
    ...[...topic.configs].map(([name, value]) => configValue(topic.name, name, value)),
    ...newPartitions(topic.id, topic.nodeId, 0, topic.partitions),
  ]
}

/** Where things are in such a topic goes by its number of partitions, and what is in it by compaction. @throws LeatError INVALID_REQUEST */
export function refuseInternal(topic: string, what: string): void {
  if (isInternalTopic(topic)) throw new LeatError('INVALID_REQUEST', `'${topic}' holds the state of Kafka itself and ${what}`)
}

export function collision(name: string, other: string): LeatError {
  return new LeatError('INVALID_TOPIC_EXCEPTION', `topic '${name}' collides with '${other}': Kafka takes '.' and '_' for the same`, {
    hint: 'Choose a name that differs in more than that.',
  })
}

/** Raises the number of partitions. @throws LeatError INVALID_PARTITIONS */
export function createPartitions(topic: TopicImage, count: number, nodeId: number): MetadataRecords {
  checkPartitionCount(count)
  const present = topic.partitions.size
  if (count <= present)
    throw new LeatError('INVALID_PARTITIONS', `topic '${topic.name}' has ${counted(present, 'partition')}; ${count} is not more`, {
      hint: 'The number of partitions can only grow: keys already written would be looked for elsewhere. Create another topic and copy.',
    })
  return newPartitions(topic.id, nodeId, present, count)
}

/** @param changes checked values; null deletes a setting. @throws LeatError INVALID_CONFIG */
export function alterConfigs(topic: string, changes: ReadonlyMap<string, string | null>): MetadataRecords {
  return [...changes].map(([name, value]) => configValue(topic, name, value))
}

/**
 * The settings go by records of their own: Kafka drops those of a deleted topic only when it starts from a snapshot with that topic in it,
 * and otherwise gives them to the next topic of the name (4.3.1, `ConfigurationsDelta`).
 * @param configs the topic's settings
 * @throws LeatError INVALID_REQUEST for a topic that Kafka keeps its state in
 */
export function deleteTopic(topic: TopicImage, configs: ReadonlyMap<string, string>): MetadataRecords {
  refuseInternal(topic.name, 'is not deleted')
  const unset = [...configs.keys()].map((name) => configValue(topic.name, name, null))
  return [...unset, encodeMetadataRecord.removeTopic({ topicId: topic.id })]
}

/** Takes the next producer id: Kafka's controller, which hands them out by the thousand, goes on after it. */
export function allocateProducerId(image: MetadataImage, nodeId: number): MetadataRecords {
  return [encodeMetadataRecord.producerIds({ brokerId: nodeId, brokerEpoch: NO_BROKER_EPOCH, nextProducerId: image.nextProducerId + 1n })]
}

/** @throws LeatError UNKNOWN_TOPIC_OR_PARTITION */
export function requireTopic(image: MetadataImage, name: string): TopicImage {
  const topic = image.topic(name)
  if (topic !== undefined) return topic
  throw unknownTopic(
    name,
    [...image.topics].map((known) => known.name),
  )
}

export function unknownTopic(name: string, known: readonly string[]): LeatError {
  const near = nearest(name, known)
  return new LeatError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic '${name}'`, {
    hint: near === null ? 'See the topics there are with `leat topic list`.' : `Did you mean '${near}'? \`leat topic list\` shows all.`,
  })
}

function newPartitions(topicId: Uuid, nodeId: number, from: number, to: number): MetadataRecords {
  return Array.from({ length: to - from }, (_, index) =>
    encodeMetadataRecord.partition({
      partitionId: from + index,
      topicId,
      replicas: [nodeId],
      isr: [nodeId],
      removingReplicas: [],
      addingReplicas: [],
      leader: nodeId,
      leaderEpoch: 0,
      partitionEpoch: 0,
      directories: [UNASSIGNED_DIRECTORY],
      leaderRecoveryState: 0,
      eligibleLeaderReplicas: null,
      lastKnownElr: null,
    }),
  )
}

function configValue(topic: string, name: string, value: string | null): Buffer {
  // A controller that met a longer one in its log would not start again.
  if (value !== null && Buffer.byteLength(value) > MAX_STRING_BYTES)
    throw new LeatError('INVALID_CONFIG', `the value of ${name} has more than ${MAX_STRING_BYTES} bytes`, { exitCode: exitCodes.usage })
  return encodeMetadataRecord.config({ resourceType: TOPIC_RESOURCE, resourceName: topic, name, value })
}

const MAX_PARTITIONS = 10_000

function checkPartitionCount(count: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= MAX_PARTITIONS) return
  throw new LeatError('INVALID_PARTITIONS', `a topic has 1 to ${MAX_PARTITIONS} partitions, not ${count}`, { exitCode: exitCodes.usage })
}
