// Which topics a directory has. Its metadata log says; where there is none, or a controller elsewhere keeps it, the folders
// speak for what is here.
import type { Uuid } from '../../bytes/uuid.ts'
import { LeatError } from '../../errors/leat-error.ts'
import { parseFolderName, folderName } from '../../log/folder-name.ts'
import { type MetaProperties, readMetaProperties, readPartitionMetadata } from '../../log/meta-properties.ts'
import { isPartitionFolder } from '../../log/partition-folder.ts'
import { METADATA_TOPIC } from '../../record/internal/internal-topics.ts'
import type { GroupTopic, GroupTopics } from '../../stream/groups/requests.ts'
import { unknownTopic } from '../../stream/topics/topic-commands.ts'
import type { MetadataImage } from '../../stream/topics/metadata-image.ts'
import { isInternalTopic } from '../../stream/topics/topic-name.ts'
import type { Files } from '../../system/files.ts'
import type { TopicDescription } from '../cluster.ts'
import type { Damage } from '../../log/segment-walker.ts'
import { MetadataLog } from './metadata-log.ts'

const ALONE = { leader: 0, replicas: [], isr: [] }

export class DirectoryTopics {
  readonly metadata: MetadataLog
  readonly #files: Files
  readonly #root: string
  readonly meta: MetaProperties | null

  /** @throws LeatError NOT_A_DIRECTORY, NO_DIRECTORY */
  constructor(files: Files, root: string, onDamage: (damage: Damage) => void) {
    const stat = files.stat(root)
    if (stat === null)
      throw new LeatError('NO_DIRECTORY', `there is no data directory ${root}`, {
        hint: 'Name one with --dir (or LEAT_DIR); the first `leat produce` makes it.',
      })
    if (stat.kind !== 'directory')
      throw new LeatError('NOT_A_DIRECTORY', `${root} is not a directory`, { hint: 'Name a data directory with --dir.' })
    this.#files = files
    this.#root = root
    this.metadata = new MetadataLog(files, root, onDamage)
    this.meta = readMetaProperties(files, root)
    this.metadata.refresh()
  }

  /** Whether the metadata log here is the one that counts: no controller elsewhere votes on it. */
  get isController(): boolean {
    const { voters } = this.metadata
    if (!this.metadata.exists) return false
    return voters === null || (voters.length === 1 && voters[0] === this.meta?.nodeId)
  }

  /** Whether a folder whose topic the metadata does not know is a left-over, not a topic. */
  get isComplete(): boolean {
    const { isWhole, image } = this.metadata
    return this.isController && isWhole && image.features.has('metadata.version')
  }

  names(): string[] {
    const known = [...this.metadata.image.topics].map((topic) => topic.name)
    if (this.isComplete) return known.toSorted()
    // Of topics that a controller elsewhere keeps, those count that have something here.
    const local = [...this.localPartitions().keys()]
    return [...new Set(this.isController ? [...known, ...local] : local)].toSorted()
  }

  /** @throws LeatError UNKNOWN_TOPIC_OR_PARTITION */
  describe(name: string): TopicDescription {
    const topic = this.metadata.image.topic(name)
    if (topic !== undefined) {
      const partitions = [...topic.partitions].map(([partition, { leader, replicas, isr }]) => ({ partition, leader, replicas, isr }))
      return {
        name,
        id: topic.id,
        isInternal: isInternalTopic(name),
        partitions: partitions.toSorted((a, b) => a.partition - b.partition),
        configs: this.metadata.image.configsOf(name),
      }
    }
    const local = this.isComplete ? undefined : this.localPartitions().get(name)
    if (local === undefined) throw unknownTopic(name, this.names())
    return {
      name,
      id: this.localId(name, local),
      isInternal: isInternalTopic(name),
      partitions: local.map((partition) => ({ partition, ...ALONE })),
      configs: this.metadata.image.configsOf(name),
    }
  }

  has(name: string): boolean {
    if (this.metadata.image.topic(name) !== undefined) return true
    return !this.isComplete && this.localPartitions().has(name)
  }

  /** What groups know of topics; folders count where `names` and `describe` go by them and no controller elsewhere says what there is. */
  get groupTopics(): GroupTopics {
    const { image, exists } = this.metadata
    return this.isComplete || (exists && !this.isController) ? image : this.#withLocal(image)
  }

  #withLocal(image: MetadataImage): GroupTopics {
    const byId = new Map<Uuid, GroupTopic>()
    const byName = new Map<string, GroupTopic>([...image.topics].map((topic) => [topic.name, topic]))
    for (const [name, partitions] of this.localPartitions()) {
      const id = this.localId(name, partitions)
      if (byName.has(name) || id === null) continue
      const topic = { name, id, partitions: { size: Math.max(...partitions) + 1 } }
      byName.set(name, topic)
      byId.set(id, topic)
    }
    return { topic: (name) => byName.get(name), topicById: (id) => image.topicById(id) ?? byId.get(id), topics: byName.values().toArray() }
  }

  /** Partitions by topic that have a folder here, ascending. */
  localPartitions(): Map<string, number[]> {
    const topics = new Map<string, number[]>()
    for (const entry of this.#files.list(this.#root)) {
      const folder = entry.kind === 'directory' ? parseFolderName(entry.name) : null
      if (folder?.kind !== 'partition' || folder.topic === METADATA_TOPIC || !isPartitionFolder(this.#files, `${this.#root}/${entry.name}`))
        continue
      const partitions = topics.get(folder.topic) ?? []
      partitions.push(folder.partition)
      topics.set(folder.topic, partitions)
    }
    for (const partitions of topics.values()) partitions.sort((a, b) => a - b)
    return topics
  }

  /** As one of the partitions says: a power loss may have torn what another one says. */
  localId(topic: string, partitions: readonly number[]): Uuid | null {
    for (const partition of partitions) {
      const id = readPartitionMetadata(this.#files, `${this.#root}/${folderName(topic, partition)}`)
      if (id !== null) return id
    }
    return null
  }

  close(): void {
    this.metadata.close()
  }
}
