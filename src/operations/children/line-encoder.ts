// How a record is told to a command that keeps running.
import type { RecordCursor } from '../../record/record-cursor.ts'

/** A record as one line, without what ends it. */
export interface LineEncoder {
  beginBatch(topic: string, partition: number, cursor: RecordCursor): void
  /** @param end in place of the last brace: members that others add, and that brace */
  line(cursor: RecordCursor, end: string): Buffer
}
