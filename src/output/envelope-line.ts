// A record as one line of JSON, without what ends it: what a worker is told.
import type { RecordCursor } from '../record/record-cursor.ts'
import { EnvelopeWriter } from './envelope-writer.ts'
import { Slab } from './slab.ts'

const INITIAL_BYTES = 4096

export class EnvelopeLine {
  readonly #writer = new EnvelopeWriter()
  readonly #slab = new Slab(INITIAL_BYTES)

  beginBatch(topic: string, partition: number, cursor: RecordCursor): void {
    this.#writer.beginBatch(topic, partition, cursor)
  }

  /** A copy. */
  line(cursor: RecordCursor): Buffer {
    this.#slab.clear()
    this.#writer.write(cursor, this.#slab)
    return Buffer.from(this.#slab.bytes.subarray(0, this.#slab.length - 1))
  }
}
