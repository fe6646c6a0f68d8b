// A record as one line of JSON, without what ends it: what a worker is told.
import type { RecordCursor } from '../record/record-cursor.ts'
import { EnvelopeWriter } from './envelope-writer.ts'
import { Slab } from './slab.ts'

const INITIAL_BYTES = 4096
/** With which the writer ends. */
const END = '}\n'

export class EnvelopeLine {
  readonly #writer = new EnvelopeWriter()
  readonly #slab = new Slab(INITIAL_BYTES)

  beginBatch(topic: string, partition: number, cursor: RecordCursor): void {
    this.#writer.beginBatch(topic, partition, cursor)
  }

  /** A copy. @param end ASCII text in place of the last brace */
  line(cursor: RecordCursor, end: string): Buffer {
    const slab = this.#slab
    slab.clear()
    this.#writer.write(cursor, slab)
    slab.length -= END.length
    slab.text(end)
    const line = Buffer.allocUnsafe(slab.length)
    slab.bytes.copy(line, 0, 0, slab.length)
    return line
  }
}
