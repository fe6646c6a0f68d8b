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

/** Fields of one partition's record that were not decoded yet. */
interface PendingRecord extends MetadataFrame {
  readonly fields: Buffer
}

interface Entry {
  image: PartitionImage | null
  readonly pending: PendingRecord[]
}

export class PartitionImages implements Iterable<[number, PartitionImage]> {
  readonly #entries = new Map<number, Entry>()

  get size(): number {
    return this.#entries.size
  }

  get(partition: number): PartitionImage | undefined {
    const entry = this.#entries.get(partition)
    return entry === undefined ? undefined : (settled(entry) ?? undefined)
  }

  *[Symbol.iterator](): IterableIterator<[number, PartitionImage]> {
    for (const [partition, entry] of this.#entries) {
      const image = settled(entry)
      if (image !== null) yield [partition, image]
    }
  }

  /** Takes account of a partition record, or of a change of one. The fields are kept, not copied. */
  add(partition: number, frame: MetadataFrame, fields: Buffer): void {
    const entry = this.#entries.get(partition)
    const record = { ...frame, fields }
    if (frame.apiKey === PARTITION_RECORD) this.#entries.set(partition, { image: null, pending: [record] })
    else entry?.pending.push(record)
  }
}

function settled(entry: Entry): PartitionImage | null {
  for (const { apiKey, version, fields } of entry.pending) {
    const reader = new ByteReader(fields)
    if (apiKey === PARTITION_RECORD) entry.image = imageOf(decodeKnown(partitionRecord, version, reader))
    else if (entry.image !== null) entry.image = changed(entry.image, decodeKnown(partitionChangeRecord, version, reader))
  }
  entry.pending.length = 0
  return entry.image
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
