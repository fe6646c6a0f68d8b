// What a dump is made of: one item for each thing in a file, and an item is a line of JSON. Field names are those of kafka-dump-log where it
// has them; sizes are bytes, times milliseconds. schemas/log-dump.json has every line in full.
import type { BatchHeader } from '../../../record/batch-header.ts'
import type { InternalRecord } from '../../../record/internal/internal-record.ts'
import type { RecordCursor } from '../../../record/record-cursor.ts'
import type { DumpFile } from './dump-file.ts'

/** A batch of a `.log` or of a snapshot of the metadata log. */
export interface BatchItem {
  readonly type: 'batch'
  readonly file: DumpFile
  readonly position: number
  readonly header: BatchHeader
}

/** A record of the batch before it. One object for all records of a batch: look at it before asking for the next item. */
export interface RecordItem {
  readonly type: 'record'
  readonly file: DumpFile
  readonly cursor: RecordCursor
  /** -1 where the producer does not number its batches. */
  sequence: number
  /** What a control record, or a record of one of Kafka's own topics, says; null for all others and those that are not known. */
  decoded: InternalRecord | null
  /** Why one that is known cannot be decoded. */
  decodeError: string | null
}

/** Any other line, as it is printed. */
export interface PlainItem {
  readonly type: PlainType
  /** As it is called in the dump. */
  readonly file: string
  readonly [field: string]: unknown
}

export type PlainType =
  /** Bytes that are not what they should be: `position`, `size`, `reason`, and the offsets that may be missing. */
  | 'damage'
  /** Messages in a format that Kafka wrote before 0.11: nothing is wrong with them, but leat does not read them. */
  | 'unsupported'
  | 'offset-index'
  | 'time-index'
  | 'aborted-transaction'
  | 'producer'
  | 'leader-epoch'
  | 'offset-checkpoint'
  | 'metadata-snapshot'
  | 'partition-metadata'
  | 'meta-properties'
  | 'quorum-state'
  | 'clean-shutdown'

export type DumpItem = BatchItem | RecordItem | PlainItem

const SEQUENCE_SPAN = 2 ** 31

/** The sequence number `delta` after that of a batch: they start again at 0 after the largest int32. -1 stays what it is: none. */
export function sequenceAfter(sequence: number, delta: number): number {
  return sequence < 0 ? sequence : (sequence + delta) % SEQUENCE_SPAN
}

export function sequenceBefore(sequence: number, delta: number): number {
  return sequence < 0 ? sequence : (sequence - delta + SEQUENCE_SPAN) % SEQUENCE_SPAN
}

export function damage(file: DumpFile, position: number, size: number, reason: string): PlainItem {
  return { type: 'damage', file: file.name, position, size, reason }
}
