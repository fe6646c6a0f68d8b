// How records are printed. A writer appends the text of the cursor's present record to a slab; what is the same for a whole
// batch is prepared once.
import type { RecordCursor } from '../record/record-cursor.ts'
import type { Slab } from './slab.ts'

export interface RecordWriter {
  /** Called before the records of a batch. */
  beginBatch(topic: string, partition: number, cursor: RecordCursor): void
  write(cursor: RecordCursor, out: Slab): void
}

/** Values as they are, each followed by the delimiter; a null value is empty. */
export class ValueWriter implements RecordWriter {
  readonly #delimiter: Buffer

  constructor(delimiter: Buffer) {
    this.#delimiter = delimiter
  }

  beginBatch(): void {}

  write(cursor: RecordCursor, out: Slab): void {
    const delimiter = this.#delimiter
    const length = cursor.valueStart < 0 ? 0 : cursor.valueEnd - cursor.valueStart
    out.reserve(length + delimiter.length)
    if (length > 0) cursor.bytes.copy(out.bytes, out.length, cursor.valueStart, cursor.valueEnd)
    out.length += length
    if (delimiter.length === 1) out.bytes[out.length++] = delimiter[0] as number
    else out.append(delimiter, 0, delimiter.length)
  }
}
