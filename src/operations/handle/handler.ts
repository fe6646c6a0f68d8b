// What takes records one by one: a command for each, or workers that keep running.
import type { RecordCursor } from '../../record/record-cursor.ts'
import type { HandlerError } from './handler-error.ts'
import type { HeldRecord } from './held-record.ts'

/** Hands the record over, for the nth time; null: it is handled. @throws LeatError when the command cannot be run at all */
export type Attempt = (attempt: number) => Promise<HandlerError | null>

/** Makes attempts of the records of one reading. */
export interface Preparer {
  beginBatch(topic: string, partition: number, cursor: RecordCursor): void
  /** @param cursor on the record */
  prepare(record: HeldRecord, cursor: RecordCursor): Attempt
}

export interface Handler {
  /** The most that may be under way at once. */
  readonly maxUnderWay: number
  /** Whether records are handled in the order in which they were handed over, each after the one before. */
  readonly isInOrder: boolean
  /** Whether one more may be under way now. */
  readonly hasRoom: boolean
  /** For each reading one: several go on at once. */
  preparer(): Preparer
  close(): Promise<void>
}
