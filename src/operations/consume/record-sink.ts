// What stands at the end of a reading: it takes records, a batch at a time where it can, and may hold the reading up.
import type { RecordCursor } from '../../record/record-cursor.ts'

/** Takes records; false from `record` stops the reading. */
export interface RecordSink {
  beginBatch(topic: string, partition: number, cursor: RecordCursor): void
  record(cursor: RecordCursor): boolean
  /** Takes all records of a batch that was just begun, and leaves the cursor at its end; false does neither. */
  batch?(cursor: RecordCursor): boolean
  /** Before each record: a promise where none can be taken for now. Whoever has it is not given whole batches. */
  room?: (() => Promise<void> | null) | undefined
  /** After each batch; true when the bytes gathered have to be written out first. */
  endBatch(): Promise<void> | null
  /** Everything before the offset was handed over, or was not to be: aborted records, markers. Before `idle`. */
  reached?(topic: string, partition: number, offset: bigint): void
  /** Nothing more is there: what was gathered has to go out. */
  idle(): Promise<void> | null
  /** What was gathered since the last writing is others' to write out, and does not count. */
  discard?(): void
  /** A reading begins: what is known of one before does not count. */
  begin?(): void
  /** The reading is over: waits until all records are done with; from `signal` on, only for those that cannot be given up any more. */
  finish?(signal: AbortSignal): Promise<void>
  /** Whether it takes records after all, having stopped the reading: what it took last was given up. */
  wantsMore?(): boolean
  /** Where records are done with after they were taken: everything before this offset is; undefined where that is not known. */
  doneBefore?(topic: string, partition: number): bigint | undefined
}
