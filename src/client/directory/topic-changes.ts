// How the topics of a directory change: a record in its metadata log says so, then their folders follow.
import { randomUuid, type Uuid } from '../../bytes/uuid.ts'
import { LeatError } from '../../errors/leat-error.ts'
import type { DirectoryWriter } from '../../log/directory-writer.ts'
import { folderName } from '../../log/folder-name.ts'
import { isInTheWay } from '../../log/partition-folder.ts'
import type { MetadataImage } from '../../stream/topics/metadata-image.ts'
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
      // A deleted topic's folders may still be there.
      for (let partition = 0; partition < partitions; partition++) writer.moveAway(name, partition)
      return records
    }
    this.#append(decide, () => {
      for (let partition = 0; partition < partitions; partition++) writer.ensureFolder(name, partition, id)
    })
  }

  alter(name: string, { partitions, configs }: AlterTopicOptions): void {
    const writer = this.#writer
    let firstNew = 0
    const decide = (image: MetadataImage): MetadataRecords => {
      const topic = requireTopic(image, name)
      firstNew = topic.partitions.size
      if (partitions !== null) checkTheWay(this.#system.files, writer.root, name, firstNew, partitions)
      const added = partitions === null ? [] : createPartitions(topic, partitions, writer.meta.nodeId)
      return [...added, ...alterConfigs(name, configs)]
    }
    this.#append(decide, () => {
      const { id } = this.#topics.describe(name)
      for (let partition = firstNew; partition < (partitions ?? 0); partition++) {
        // What lies there is of a topic that had this name before.
        writer.moveAway(name, partition)
        writer.ensureFolder(name, partition, id)
      }
    })
  }

  delete(name: string): void {
    const { partitions } = this.#topics.describe(name)
    this.#append((image) => deleteTopic(requireTopic(image, name), image.configsOf(name)))
    // The record counts; what happens to folders after it is tidying up.
    for (const { partition } of partitions) this.#writer.moveAway(name, partition)
    this.#writer.removeDeleted()
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

  /**
   * Appends to the metadata log what `decide` makes of the newest image.
   * @param follow what folders do then, before another process can open the topic's logs and make them too
   */
  #append(decide: (image: MetadataImage) => MetadataRecords, follow: () => void = () => {}): void {
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
      appendMetadata(log, decide(metadata.image), this.#system)
      metadata.refresh()
      follow()
    })
  }

  /** Topics that have folders and are not in the metadata, as before there was any, or when a part of it is lost: Kafka would set them aside. */
  #adopted(): MetadataRecords {
    const { metadata, meta } = this.#topics
    const nodeId = meta?.nodeId ?? 1
    const unknown = [...this.#topics.localPartitions()].filter(([name]) => metadata.image.topic(name) === undefined)
    return unknown.flatMap(([name, partitions]) => {
      const id = this.#topics.localId(name, partitions[0] as number) ?? this.#newId()
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
