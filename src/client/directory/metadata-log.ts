// The metadata log of a data directory: its snapshot and records replayed into an image, and new records appended.
import { MalformedInput, TruncatedInput } from '../../bytes/errors.ts'
import { ByteReader } from '../../bytes/reader.ts'
import { decode, hasVersion } from '../../bytes/schema.ts'
import { readCheckpoint } from '../../log/checkpoint-files.ts'
import { BatchScanner } from '../../log/batch-scanner.ts'
import type { DirectoryWriter } from '../../log/directory-writer.ts'
import { PartitionReader } from '../../log/partition-reader.ts'
import type { Damage } from '../../log/segment-walker.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import { logConfig } from '../../log/topic-config.ts'
import { METADATA_TOPIC_ID } from '../../bytes/uuid.ts'
import type { BatchHeader } from '../../record/batch-header.ts'
import { CorruptBatch } from '../../record/errors.ts'
import { leaderChangeMessage } from '../../record/internal/control-schemas.ts'
import { recordBatch } from '../../record/record-batch.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import { MetadataImage } from '../../stream/topics/metadata-image.ts'
import { METADATA_TOPIC } from '../../record/internal/internal-topics.ts'
import type { Files } from '../../system/files.ts'
import type { System } from '../../system/system.ts'

const METADATA_FOLDER = `${METADATA_TOPIC}-0`
const SNAPSHOT = /^(\d{20})-\d{10}\.checkpoint$/
/** Control record type of KRaft's leader change (KIP-595). */
const LEADER_CHANGE = 2

/** Follows the metadata log: `refresh` replays what was appended since. */
export class MetadataLog {
  readonly image = new MetadataImage()
  readonly #files: Files
  readonly #root: string
  readonly #folder: string
  readonly #cursor = new RecordCursor()
  readonly #onDamage: (damage: Damage) => void
  #isWhole = true
  readonly #told = new Set<string>()
  #reader: PartitionReader | null = null
  #voters: readonly number[] | null = null

  constructor(files: Files, root: string, onDamage: (damage: Damage) => void) {
    this.#onDamage = onDamage
    this.#files = files
    this.#root = root
    this.#folder = `${root}/${METADATA_FOLDER}`
  }

  /** Whether the directory has a metadata log at all. */
  get exists(): boolean {
    return this.#files.stat(this.#folder) !== null
  }

  /** Nodes that vote on the log, where a Kafka controller wrote it; null where only leat did. */
  get voters(): readonly number[] | null {
    return this.#voters
  }

  /** False when a part could not be read: topics may be missing from the image. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  refresh(): void {
    if (this.#reader === null) {
      if (!this.exists) return
      const start = this.#loadSnapshot()
      this.#reader = new PartitionReader(this.#files, this.#folder, (damage) => this.#noteDamage(damage))
      this.#reader.seek(start)
    }
    const reader = this.#reader
    // Where the end was lost, the log goes on in a segment that the reader does not expect.
    if (!this.#isWhole) reader.seek(reader.nextOffset)
    for (let expected = reader.nextOffset, header = reader.next(); header !== null; expected = reader.nextOffset, header = reader.next()) {
      // Nothing compacts this log: a gap is what was lost, and told when it was.
      if (header.baseOffset > expected) this.#isWhole = false
      this.#replay(header, reader.bytes, reader.at)
    }
    this.#checkEnd(reader.nextOffset)
  }

  /** A log that was on the disk up to its recovery point and ends before it now has lost its end: that is no torn write. */
  #checkEnd(endOffset: bigint): void {
    const recoveryPoint = readCheckpoint(this.#files, this.#root, 'recoveryPoint').get(METADATA_FOLDER) ?? 0n
    if (endOffset >= recoveryPoint || !this.#isWhole) return
    const reason = `it ends at offset ${endOffset}, and was on the disk up to ${recoveryPoint}`
    this.#noteDamage({ file: this.#folder, position: 0, sizeInBytes: 0, fromOffset: endOffset, toOffset: recoveryPoint, reason })
  }

  close(): void {
    this.#reader?.close()
    this.#reader = null
  }

  #noteDamage(damage: Damage): void {
    this.#isWhole = false
    const place = `${damage.file}:${damage.position}`
    if (!this.#told.has(place)) this.#onDamage(damage)
    this.#told.add(place)
  }

  /** Replays the newest snapshot; returns the offset at which the log goes on. */
  #loadSnapshot(): bigint {
    const names = this.#files.list(this.#folder).map((entry) => entry.name)
    const newest = names
      .filter((name) => SNAPSHOT.test(name))
      .toSorted()
      .at(-1)
    if (newest === undefined) return 0n
    const scanner = new BatchScanner()
    const file = this.#files.open(`${this.#folder}/${newest}`, 'read')
    try {
      scanner.open(file, 0, file.stat().size)
      for (let header = scanner.next(); header !== null; header = scanner.next()) this.#replay(header, scanner.bytes, scanner.at)
    } finally {
      file.close()
    }
    return BigInt(newest.slice(0, 20))
  }

  #replay(header: BatchHeader, bytes: Buffer, at: number): void {
    const cursor = this.#cursor
    try {
      cursor.open(bytes, at, header)
      while (cursor.next()) {
        if (header.isControl) this.#replayControl(cursor)
        else if (cursor.valueStart >= 0) this.image.replay(new ByteReader(cursor.bytes, cursor.valueStart, cursor.valueEnd))
      }
    } catch (error) {
      // Written like this, under a checksum that agrees.
      if (!(error instanceof CorruptBatch || error instanceof TruncatedInput || error instanceof MalformedInput)) throw error
      const { baseOffset: fromOffset, nextOffset: toOffset, sizeInBytes } = header
      const reason = `a record in it is none of the metadata's: ${error.message}`
      this.#noteDamage({ file: this.#folder, position: at, sizeInBytes, fromOffset, toOffset, reason })
    }
  }

  #replayControl(cursor: RecordCursor): void {
    if (cursor.keyStart < 0 || cursor.keyEnd - cursor.keyStart < 4 || cursor.bytes.readInt16BE(cursor.keyStart + 2) !== LEADER_CHANGE)
      return
    if (cursor.valueStart < 0) return
    const reader = new ByteReader(cursor.bytes, cursor.valueStart, cursor.valueEnd)
    // The version is a field of the value, too.
    const version = new ByteReader(cursor.bytes, cursor.valueStart, cursor.valueEnd).int16()
    if (!hasVersion(leaderChangeMessage, version)) return
    this.#voters = decode(leaderChangeMessage, version, reader).voters.map((voter) => voter.voterId)
  }
}

/** Opens the metadata log for writing, making it when there is none. */
export function openMetadataLog(writer: DirectoryWriter): PartitionLog {
  return writer.openLog(METADATA_TOPIC, 0, METADATA_TOPIC_ID, logConfig())
}

/** Appends records as one batch: all of them or none. Within the log's lock. */
export function appendMetadata(log: PartitionLog, records: readonly Buffer[], system: System): void {
  if (records.length === 0) return
  const keyless = records.map((value) => ({ key: null, value }))
  log.appendLocked(recordBatch(keyless, system.clock.now()))
}
