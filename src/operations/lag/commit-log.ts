// The history of commits in a partition of `__consumer_offsets`: each commit there has the time at which it was made, so one look at the log tells
// what a monitor learns only by watching. Which commit counts now is for the group's state to say; this is what led there, as far back as
// the last part of the log goes.
import { MalformedInput, TruncatedInput } from '../../bytes/errors.ts'
import type { BatchReader, Cluster } from '../../client/cluster.ts'
import type { BatchHeader } from '../../record/batch-header.ts'
import { readTransactionMarker } from '../../record/control-record.ts'
import { CorruptBatch } from '../../record/errors.ts'
import { decodeGroupRecord } from '../../record/internal/group-records.ts'
import { OFFSETS_TOPIC } from '../../record/internal/internal-topics.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import { addCommit, type TimedOffset } from './commit-history.ts'

interface Commit {
  /** Of the group's partition. */
  readonly key: string
  /** null takes the offset back. */
  readonly commit: TimedOffset | null
}

/** How far back a first look goes: what it costs is bounded, however long the log is. */
const MAX_OFFSETS = 100_000n
/** Kinds of keys: offsets, as Kafka writes them and wrote them once. */
const LAST_OFFSET_KIND = 1

export class CommitLog {
  readonly #reader: BatchReader
  readonly #cursor = new RecordCursor()
  readonly #histories = new Map<string, TimedOffset[]>()
  /** What open transactions have committed, by producer. */
  readonly #pending = new Map<bigint, Commit[]>()

  /** @param partition of `__consumer_offsets` */
  constructor(cluster: Cluster, partition: number) {
    const { endOffset } = cluster.partitionOffsets(OFFSETS_TOPIC, partition)
    this.#reader = cluster.openReader(OFFSETS_TOPIC, partition, () => {})
    this.#reader.seek(endOffset > MAX_OFFSETS ? endOffset - MAX_OFFSETS : 0n)
  }

  /** Takes account of what was appended since. */
  refresh(): void {
    for (let header = this.#reader.next(); header !== null; header = this.#reader.next()) this.#batch(header)
  }

  /** Oldest first. */
  commitsOf(group: string, topic: string, partition: number): readonly TimedOffset[] {
    return this.#histories.get(keyOf(group, topic, partition)) ?? []
  }

  close(): void {
    this.#reader.close()
  }

  /** What cannot be read is for the group's state to report. */
  #batch(header: BatchHeader): void {
    try {
      this.#cursor.open(this.#reader.bytes, this.#reader.at, header)
      while (this.#cursor.next()) {
        if (header.isControl) this.#endTransaction(header.producerId)
        else this.#record(header)
      }
    } catch (error) {
      if (!(error instanceof CorruptBatch)) throw error
    }
  }

  #record({ isTransactional, producerId }: BatchHeader): void {
    const commit = commitIn(this.#cursor)
    if (commit === null) return
    if (!isTransactional) return this.#apply(commit)
    const pending = this.#pending.get(producerId) ?? []
    this.#pending.set(producerId, pending)
    pending.push(commit)
  }

  #endTransaction(producerId: bigint): void {
    const isCommitted = readTransactionMarker(this.#cursor)?.type === 'COMMIT'
    if (isCommitted) for (const commit of this.#pending.get(producerId) ?? []) this.#apply(commit)
    this.#pending.delete(producerId)
  }

  #apply({ key, commit }: Commit): void {
    if (commit === null) return void this.#histories.delete(key)
    const history = this.#histories.get(key) ?? []
    this.#histories.set(key, history)
    addCommit(history, commit)
  }
}

/** What the record commits; null for records of other kinds, and those that cannot be understood. */
function commitIn({ bytes, keyStart, keyEnd, valueStart, valueEnd }: RecordCursor): Commit | null {
  if (keyEnd - keyStart < 2 || bytes.readInt16BE(keyStart) > LAST_OFFSET_KIND) return null
  try {
    const value = valueStart < 0 ? null : bytes.subarray(valueStart, valueEnd)
    const decoded = decodeGroupRecord(bytes.subarray(keyStart, keyEnd), value)
    if (decoded?.type !== 'OFFSET_COMMIT' && decoded?.type !== 'LEGACY_OFFSET_COMMIT') return null
    const key = keyOf(decoded.key.group, decoded.key.topic, decoded.key.partition)
    return { key, commit: decoded.value && { offset: decoded.value.offset, timestampMs: decoded.value.commitTimestamp } }
  } catch (error) {
    if (error instanceof TruncatedInput || error instanceof MalformedInput) return null
    throw error
  }
}

/** Topics have no spaces. */
function keyOf(group: string, topic: string, partition: number): string {
  return `${partition} ${topic} ${group}`
}
