// Gathers the text of records and writes it out in large pieces.
import type { RecordPredicate } from '../grammar/filter.ts'
import type { RecordCursor } from '../record/record-cursor.ts'
import type { ByteSink } from '../system/byte-streams.ts'
import type { RecordWriter } from './record-writer.ts'
import { Slab } from './slab.ts'

const WRITE_BYTES = 256 * 1024

export class RecordPrinter {
  readonly #writer: RecordWriter
  readonly #sink: ByteSink
  readonly #maxRecords: number
  readonly #isWanted: RecordPredicate | null
  readonly #slab = new Slab(WRITE_BYTES + (1 << 17))
  #count = 0
  #writtenCount = 0

  /** @param isWanted picks the records to print; null for all */
  constructor(writer: RecordWriter, sink: ByteSink, maxRecords: number, isWanted: RecordPredicate | null = null) {
    this.#writer = writer
    this.#sink = sink
    this.#maxRecords = maxRecords
    this.#isWanted = isWanted
  }

  /** Records printed. */
  get count(): number {
    return this.#count
  }

  beginBatch(topic: string, partition: number, cursor: RecordCursor): void {
    this.#writer.beginBatch(topic, partition, cursor)
  }

  record(cursor: RecordCursor): boolean {
    if (this.#count >= this.#maxRecords) return false
    if (this.#isWanted !== null && !this.#isWanted(cursor)) return true
    const { length } = this.#slab
    try {
      this.#writer.write(cursor, this.#slab)
    } catch (error) {
      // Its headers are looked at as they are written: of a record that cannot be told to its end no half is printed.
      this.#slab.length = length
      throw error
    }
    return ++this.#count < this.#maxRecords
  }

  /** All records of a batch that was just begun, if they can be printed at once: then the cursor is at its end. */
  batch(cursor: RecordCursor): boolean {
    const { recordCount } = cursor.header
    const isWhole = this.#isWanted === null && this.#count + recordCount < this.#maxRecords
    if (!isWhole || this.#writer.writeBatch?.(cursor, this.#slab) !== true) return false
    this.#count += recordCount
    return true
  }

  endBatch(): Promise<void> | null {
    return this.#slab.length < WRITE_BYTES ? null : this.#write()
  }

  idle(): Promise<void> | null {
    return this.#slab.length === 0 ? null : this.#write()
  }

  discard(): void {
    this.#slab.clear()
    this.#count = this.#writtenCount
  }

  #write(): Promise<void> | null {
    const { bytes, length } = this.#slab
    this.#slab.clear()
    this.#writtenCount = this.#count
    return this.#sink.write(bytes, 0, length) ?? null
  }
}
