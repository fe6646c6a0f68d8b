// The partitions of a topic, as the metadata log has them. Records are kept as bytes until somebody asks for their partition: a
// command that looks at one topic does not pay for ten thousand partitions of others.
import { ByteReader } from '../../bytes/reader.ts'
import type { Infer } from '../../bytes/schema.ts'
import type { Uuid } from '../../bytes/uuid.ts'
import type { MetadataFrame, PartitionRecord } from '../../record/internal/metadata-record.ts'
import { PARTITION_RECORD, partitionChangeRecord, partitionRecord } from '../../record/internal/metadata-schemas.ts'
import { decodeKnown } from './decode-known.ts'

export interface PartitionImage {
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly removingReplicas: readonly number[]
  readonly addingReplicas: readonly number[]
  /** Replicas that left the ISR but have all that was committed (KIP-966). */
  readonly eligibleLeaderReplicas: readonly number[]
  readonly lastKnownElr: readonly number[]
  /** Of each replica, the directory it is in. */
  readonly directories: readonly Uuid[]
  /** -1: none. */
  readonly leader: number
  /** Counts the leaders, times without one included. */
  readonly leaderEpoch: number
  /** Counts the changes. */
  readonly partitionEpoch: number
}

/** Where the fields of one partition's record are that were not decoded yet. */
interface PendingRecord {
  readonly frame: MetadataFrame
  readonly start: number
  readonly end: number
}

interface Entry {
  image: PartitionImage | null
  readonly pending: PendingRecord[]
}

export class PartitionImages implements Iterable<[number, PartitionImage]> {
  readonly #entries = new Map<number, Entry>()
  /** All fields so far, one record after the other. */
  #fields = Buffer.alloc(0)
  #fieldsEnd = 0
  /** Records of which not even the partition was looked at. */
  #added: PendingRecord[] = []

  get size(): number {
    return this.#sorted().size
  }

  get(partition: number): PartitionImage | undefined {
    const entry = this.#sorted().get(partition)
    return entry === undefined ? undefined : (this.#settled(entry) ?? undefined)
  }

  *[Symbol.iterator](): IterableIterator<[number, PartitionImage]> {
    for (const [partition, entry] of this.#sorted()) {
      const image = this.#settled(entry)
      if (image !== null) yield [partition, image]
    }
  }

  /** Takes account of a partition record, or of a change of one, whose fields are from `start` to `end`; the partition comes first. */
  add(frame: MetadataFrame, bytes: Buffer, start: number, end: number): void {
    const at = this.#fieldsEnd
    const size = end - start
    if (at + size > this.#fields.length) this.#grow(at + size)
    bytes.copy(this.#fields, at, start, end)
    this.#fieldsEnd = at + size
    this.#added.push({ frame, start: at, end: at + size })
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(2 * needed)
    this.#fields.copy(grown, 0, 0, this.#fieldsEnd)
    this.#fields = grown
  }

  /** Sorts what was added by partition. */
  #sorted(): Map<number, Entry> {
    for (const record of this.#added) {
      const partition = this.#fields.readInt32BE(record.start)
      if (record.frame.apiKey === PARTITION_RECORD) this.#entries.set(partition, { image: null, pending: [record] })
      else this.#entries.get(partition)?.pending.push(record)
    }
    this.#added = []
    return this.#entries
  }

  #settled(entry: Entry): PartitionImage | null {
    for (const { frame, start, end } of entry.pending) {
      const reader = new ByteReader(this.#fields, start, end)
      if (frame.apiKey === PARTITION_RECORD) entry.image = imageOf(decodeKnown(partitionRecord, frame.version, reader))
      else if (entry.image !== null) entry.image = changed(entry.image, decodeKnown(partitionChangeRecord, frame.version, reader))
    }
    entry.pending.length = 0
    return entry.image
  }
}

function imageOf(record: PartitionRecord): PartitionImage {
  const { partitionId: _, topicId: __, leaderRecoveryState: ___, ...image } = record
  return { ...image, eligibleLeaderReplicas: record.eligibleLeaderReplicas ?? [], lastKnownElr: record.lastKnownElr ?? [] }
}

/** What a change record says where it keeps the leader. */
const NO_LEADER_CHANGE = -2

function changed(present: PartitionImage, change: Infer<typeof partitionChangeRecord>): PartitionImage {
  // A record that names the leader raises the epoch, even where it names the one that leads already.
  const namesLeader = change.leader !== NO_LEADER_CHANGE
  return {
    replicas: change.replicas ?? present.replicas,
    isr: change.isr ?? present.isr,
    removingReplicas: change.removingReplicas ?? present.removingReplicas,
    addingReplicas: change.addingReplicas ?? present.addingReplicas,
    eligibleLeaderReplicas: change.eligibleLeaderReplicas ?? present.eligibleLeaderReplicas,
    lastKnownElr: change.lastKnownElr ?? present.lastKnownElr,
    directories: change.directories ?? present.directories,
    leader: namesLeader ? change.leader : present.leader,
    leaderEpoch: present.leaderEpoch + (namesLeader ? 1 : 0),
    partitionEpoch: present.partitionEpoch + 1,
  }
}
