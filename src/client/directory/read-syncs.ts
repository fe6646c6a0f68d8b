// Makes what a group has read as durable as the offsets that say so. Readers see what a producer that lives has not synced yet: after a power
// loss a group could be behind the end of a log that lost it, and would pass over what others are then given those offsets for.
//
//   segments before the offsets: which of them are new, or larger than when they were synced last?  ▶  synced  ▶  the offsets count
import { readCheckpoint } from '../../log/checkpoint-files.ts'
import { folderName } from '../../log/folder-name.ts'
import { PARTITION_METADATA_FILE } from '../../log/meta-properties.ts'
import { PendingSyncs } from '../../log/pending-syncs.ts'
import { listSegments, segmentPath } from '../../log/segment-files.ts'
import { METADATA_TOPIC } from '../../record/internal/internal-topics.ts'
import type { Files } from '../../system/files.ts'
import type { OffsetAndMetadata } from '../groups.ts'
import type { TopicPartition } from '../../record/topic-partition.ts'

/** The last segment that was looked at, and how large it was then. */
interface Seen {
  readonly base: bigint
  readonly identity: string
  readonly size: number
}

const METADATA: TopicPartition = { topic: METADATA_TOPIC, partition: 0 }

export class ReadSyncs {
  readonly #files: Files
  readonly #root: string
  readonly #syncs: PendingSyncs
  /** By folder. */
  readonly #seen = new Map<string, Seen>()

  constructor(files: Files, root: string) {
    this.#files = files
    this.#root = root
    this.#syncs = new PendingSyncs(files)
  }

  /** Everything before the offsets is to be on the disk after the next `flush`. */
  add(offsets: readonly OffsetAndMetadata[]): void {
    // It says which topic the offsets are of.
    this.#addBefore(METADATA, null)
    for (const offset of offsets) this.#addBefore(offset, offset.offset)
  }

  /** Resolves once all that was added before the call is on the disk. @throws LeatError KAFKA_STORAGE_ERROR */
  flush(): Promise<void> {
    return this.#syncs.flush()
  }

  #addBefore({ topic, partition }: TopicPartition, offset: bigint | null): void {
    const folder = folderName(topic, partition)
    const directory = `${this.#root}/${folder}`
    // Offsets of topics that are not here can be imported.
    if (this.#files.stat(directory) === null) return
    const start = this.#startOf(folder, directory)
    const bases = listSegments(this.#files, directory)
    for (const [index, base] of bases.entries()) {
      const isOnDisk = (bases[index + 1] ?? null) !== null && (bases[index + 1] as bigint) <= start
      if (!isOnDisk && (offset === null || base < offset)) this.#addSegment(folder, directory, base)
    }
  }

  /** Segments that end before it were synced. */
  #startOf(folder: string, directory: string): bigint {
    const seen = this.#seen.get(folder)
    if (seen === undefined) return readCheckpoint(this.#files, this.#root, 'recoveryPoint').get(folder) ?? 0n
    // A topic that was made again starts over.
    return this.#files.stat(segmentPath(directory, seen.base, 'log'))?.identity === seen.identity ? seen.base : 0n
  }

  #addSegment(folder: string, directory: string, base: bigint): void {
    const path = segmentPath(directory, base, 'log')
    const stat = this.#files.stat(path)
    const seen = this.#seen.get(folder)
    if (stat === null || (seen?.identity === stat.identity && seen.size === stat.size)) return
    this.#syncs.addFile(path)
    if (seen?.identity !== stat.identity) {
      this.#syncs.addFile(`${directory}/${PARTITION_METADATA_FILE}`)
      this.#syncs.addDirectory(directory)
      this.#syncs.addDirectory(this.#root)
    }
    this.#seen.set(folder, { base, identity: stat.identity, size: stat.size })
  }
}
