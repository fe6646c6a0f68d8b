// How the topics of a directory change: a record in its metadata log says so. Folders of new partitions are there before it, because a full
// disk may refuse them, and are taken back where the record cannot be written; those of deleted ones go after it.
import { randomUuid, type Uuid } from '../../bytes/uuid.ts'
import { LeatError } from '../../errors/leat-error.ts'
import type { DirectoryWriter } from '../../log/directory-writer.ts'
import { folderName } from '../../log/folder-name.ts'
import { isInTheWay } from '../../log/partition-folder.ts'
import type { MetadataImage, TopicImage } from '../../stream/topics/metadata-image.ts'
import {
  allocateProducerId,
  alterConfigs,
  bootstrapRecords,
  createPartitions,
  createTopic,
  deleteTopic,
  type MetadataRecords,
  requireTopic,
} from '../../stream/topics/topic-commands.ts'
import type { Files } from '../../system/files.ts'
import type { System } from '../../system/system.ts'
import type { AlterTopicOptions, CreateTopicOptions } from '../cluster.ts'
import type { DirectoryTopics } from './directory-topics.ts'
import { appendMetadata, openMetadataLog } from './metadata-log.ts'

/** Those of a topic's partitions `from` to `to`, exclusive. */
interface PartitionFolders {
  readonly name: string
  readonly id: Uuid | null
  readonly from: number
  readonly to: number
}

/** What is done with a change, under the same lock. */
interface AlongWith {
  /** Made before the record is there. */
  readonly newFolders?: () => PartitionFolders
  /** What follows from it. */
  readonly whenAppended?: () => void
}

export class TopicChanges {
  readonly #system: System
  readonly #writer: DirectoryWriter
  readonly #topics: DirectoryTopics

  constructor(system: System, writer: DirectoryWriter, topics: DirectoryTopics) {
    this.#system = system
    this.#writer = writer
    this.#topics = topics
  }

  create(name: string, { partitions, configs }: CreateTopicOptions): void {
    const writer = this.#writer
    const id = this.#newId()
    checkTheWay(this.#system.files, writer.root, name, 0, partitions)
    const decide = (image: MetadataImage): MetadataRecords => {
      const records = createTopic(image, { name, id, partitions, nodeId: writer.meta.nodeId, configs })
      // A deleted topic's folders may still be there, and what checkpoints say of them.
      this.#moveAway(name, null, range(0, partitions))
      return records
    }
    this.#append(decide, { newFolders: () => ({ name, id, from: 0, to: partitions }) })
  }

  alter(name: string, { partitions, configs }: AlterTopicOptions): void {
    const writer = this.#writer
    let firstNew = 0
    const decide = (image: MetadataImage): MetadataRecords => {
      const topic = requireTopic(image, name)
      firstNew = topic.partitions.size
      if (partitions !== null) checkTheWay(this.#system.files, writer.root, name, firstNew, partitions)
      const added = partitions === null ? [] : createPartitions(topic, partitions, writer.meta.nodeId)
      const records = [...added, ...alterConfigs(name, configs)]
      // What lies there is of a topic that had this name before.
      this.#moveAway(name, null, range(firstNew, partitions ?? 0))
      return records
    }
    this.#append(decide, {
      newFolders: () => ({ name, id: this.#topics.describe(name).id, from: firstNew, to: partitions ?? 0 }),
    })
  }

  /** @returns the id that the topic had */
  delete(name: string): Uuid {
    const deleted: TopicImage[] = []
    const decide = (image: MetadataImage): MetadataRecords => {
      const topic = requireTopic(image, name)
      deleted.push(topic)
      return deleteTopic(topic, image.configsOf(name))
    }
    // The record counts; what happens to folders after it is tidying up, before somebody else can give the name to another topic.
    const moveAway = (): void => {
      for (const { id, partitions } of deleted)
        this.#moveAway(
          name,
          id,
          Array.from(partitions, ([partition]) => partition),
        )
    }
    try {
      this.#append(decide, { whenAppended: moveAway })
    } finally {
      // A disk may be too full to forget: this is what frees it, and who takes the name forgets then.
      if (deleted.length > 0) this.#writer.removeDeleted()
    }
    return (deleted[0] as TopicImage).id
  }

  /** @param id of the topic whose folders they are; null for those that are there of whatever had the name before */
  #moveAway(name: string, id: Uuid | null, partitions: readonly number[]): void {
    for (const partition of partitions) this.#writer.moveAway(name, partition, id)
    this.#writer.forget(partitions.map((partition) => folderName(name, partition)))
  }

  /** Has the metadata know the topics that only their folders tell of. */
  adopt(): void {
    this.#append(() => [])
  }

  /** A producer id that nobody else has; to be used once it is on the disk. */
  allocateProducerId(): bigint {
    let allocated = 0n
    this.#append((image) => {
      allocated = image.nextProducerId
      return allocateProducerId(image, this.#writer.meta.nodeId)
    })
    return allocated
  }

  /** Appends to the metadata log what `decide` makes of the newest image, while nobody else changes it. */
  #append(decide: (image: MetadataImage) => MetadataRecords, { newFolders, whenAppended }: AlongWith = {}): void {
    const { metadata, isController } = this.#topics
    if (metadata.exists && !isController)
      throw new LeatError('NOT_CONTROLLER', `the topics of ${this.#writer.root} are kept by a controller elsewhere`, {
        hint: 'Ask the cluster to change them; leat changes topics only where the directory is the whole cluster.',
      })
    const log = openMetadataLog(this.#writer)
    log.withLock(() => {
      metadata.refresh()
      // A log that lost all it had is begun anew, wherever its offsets go on.
      const isBegun = metadata.image.features.has('metadata.version')
      if (!isBegun) appendMetadata(log, [...bootstrapRecords(), ...this.#adopted()], this.#system)
      else if (!metadata.isWhole) appendMetadata(log, this.#adopted(), this.#system)
      metadata.refresh()
      const records = decide(metadata.image)
      this.#withFolders(newFolders?.() ?? null, () => appendMetadata(log, records, this.#system))
      metadata.refresh()
      whenAppended?.()
    })
  }

  /** Makes the folders, then runs `append`; where either fails the folders are gone, unless the record is there that they belong to. */
  #withFolders(folders: PartitionFolders | null, append: () => void): void {
    if (folders === null) return append()
    const { name, id, from, to } = folders
    try {
      for (let partition = from; partition < to; partition++) this.#writer.ensureFolder(name, partition, id)
      append()
    } catch (error) {
      this.#topics.metadata.refresh()
      const known = new Map(this.#topics.metadata.image.topic(name)?.partitions)
      for (let partition = from; partition < to; partition++) if (!known.has(partition)) this.#writer.moveAway(name, partition, id)
      this.#writer.removeDeleted()
      throw error
    }
  }

  /** Topics that have folders and are not in the metadata, as before there was any, or when a part of it is lost: Kafka would set them aside. */
  #adopted(): MetadataRecords {
    const { metadata, meta } = this.#topics
    const nodeId = meta?.nodeId ?? 1
    const unknown = [...this.#topics.localPartitions()].filter(([name]) => metadata.image.topic(name) === undefined)
    return unknown.flatMap(([name, partitions]) => {
      const id = this.#topics.localId(name, partitions) ?? this.#newId()
      return createTopic(metadata.image, { name, id, partitions: Math.max(...partitions) + 1, nodeId, configs: new Map() })
    })
  }

  #newId(): Uuid {
    return randomUuid((bytes) => this.#system.random.fill(bytes))
  }
}

/** @throws LeatError FOLDER_IN_THE_WAY where something that is no partition's has the name of a folder of the partitions `from` to `to` */
export function checkTheWay(files: Files, root: string, topic: string, from: number, to: number): void {
  for (let partition = from; partition < to; partition++) {
    const path = `${root}/${folderName(topic, partition)}`
    if (!isInTheWay(files, path)) continue
    throw new LeatError(
      'FOLDER_IN_THE_WAY',
      `${path} is in the way of partition ${partition} of '${topic}': what is in it is no partition's`,
      {
        hint: 'Move it elsewhere, or choose another name for the topic.',
      },
    )
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index)
}
