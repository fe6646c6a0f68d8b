// How records are printed. A writer appends the text of the cursor's present record to a slab; what is the same for a whole
// batch is prepared once.
import { recordKernel } from '../record/kernel/record-kernel.ts'
import type { RecordCursor } from '../record/record-cursor.ts'
import type { Slab } from './slab.ts'

export interface RecordWriter {
  /** Called before the records of a batch. */
  beginBatch(topic: string, partition: number, cursor: RecordCursor): void
  write(cursor: RecordCursor, out: Slab): void
  /** Writes all records of a batch that was just begun, and leaves the cursor at its end; false does neither. */
  writeBatch?(cursor: RecordCursor, out: Slab): boolean
}

export interface ValueOptions {
  /** Prints keys too, each followed by this (`-K`). */
  readonly keyDelimiter?: Buffer | null
  /** Printed for a null key or value; kcat's `-Z` prints `NULL`. Nothing by default. */
  readonly nullText?: string
}

/** Values as they are, each followed by the delimiter. */
export class ValueWriter implements RecordWriter {
  readonly #delimiter: Buffer
  /** The delimiter where it is one byte, the common case; else -1. */
  readonly #delimiterByte: number
  readonly #keyDelimiter: Buffer | null
  readonly #nullText: Buffer

  constructor(delimiter: Buffer, options: ValueOptions = {}) {
    this.#delimiter = delimiter
    this.#delimiterByte = delimiter.length === 1 ? (delimiter[0] as number) : -1
    this.#keyDelimiter = options.keyDelimiter ?? null
    this.#nullText = Buffer.from(options.nullText ?? '')
  }

  beginBatch(): void {}

  write(cursor: RecordCursor, out: Slab): void {
    const { bytes, valueStart, valueEnd } = cursor
    if (this.#keyDelimiter !== null) this.#writeKey(cursor, this.#keyDelimiter, out)
    if (valueStart < 0) out.append(this.#nullText, 0, this.#nullText.length)
    else out.append(bytes, valueStart, valueEnd)
    if (this.#delimiterByte >= 0) out.byte(this.#delimiterByte)
    else out.append(this.#delimiter, 0, this.#delimiter.length)
  }

  writeBatch(cursor: RecordCursor, out: Slab): boolean {
    const { bytes, header, restStart, restEnd } = cursor
    if (this.#keyDelimiter !== null || this.#delimiterByte < 0) return false
    const kernel = recordKernel(restEnd - restStart)
    const lines = kernel?.decodeValues(bytes, restStart, restEnd, header, this.#delimiterByte) ?? null
    if (lines === null) return false
    out.append(lines, 0, lines.length)
    cursor.skipRest()
    return true
  }

  #writeKey({ bytes, keyStart, keyEnd }: RecordCursor, delimiter: Buffer, out: Slab): void {
    if (keyStart < 0) out.append(this.#nullText, 0, this.#nullText.length)
    else out.append(bytes, keyStart, keyEnd)
    out.append(delimiter, 0, delimiter.length)
  }
}
