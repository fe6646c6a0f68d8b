// One JSON object a record, one a line:
//
//   {"topic":"orders","partition":0,"offset":7,"timestamp":1742480591000,"key":"o-1","value":"{…}","headers":[{"key":"h","value":"v"}]}
//
// null is null; bytes that are not UTF-8 are {"base64":"…"}; `timestampType` is there where it is LogAppendTime; transaction
// markers (--control) have `control` in place of key and value. Integers are exact.
import { readTransactionMarker } from '../record/control-record.ts'
import { HeaderCursor, type RecordCursor } from '../record/record-cursor.ts'
import { writeJsonBytes } from './json-string.ts'
import type { RecordWriter } from './record-writer.ts'
import type { Slab } from './slab.ts'

export interface EnvelopeOptions {
  /** Leaves key and value out. */
  readonly headersOnly?: boolean
}

export class EnvelopeWriter implements RecordWriter {
  readonly #headersOnly: boolean
  readonly #headers = new HeaderCursor()
  #prefix = Buffer.alloc(0)
  /** Base offset and timestamp as numbers where every record of the batch has exact ones; else NaN. */
  #baseOffset = Number.NaN
  #baseTimestamp = Number.NaN
  #isLogAppendTime = false

  constructor(options: EnvelopeOptions = {}) {
    this.#headersOnly = options.headersOnly ?? false
  }

  beginBatch(topic: string, partition: number, { header }: RecordCursor): void {
    this.#prefix = Buffer.from(`{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":`)
    this.#isLogAppendTime = header.timestampType === 'LogAppendTime'
    this.#baseOffset = header.lastOffset <= Number.MAX_SAFE_INTEGER ? Number(header.baseOffset) : Number.NaN
    const base = Number(header.baseTimestamp)
    this.#baseTimestamp = Number.isSafeInteger(base) && !this.#isLogAppendTime ? base : Number.NaN
  }

  write(cursor: RecordCursor, out: Slab): void {
    out.append(this.#prefix, 0, this.#prefix.length)
    const offset = this.#baseOffset + cursor.offsetDelta
    out.text(Number.isSafeInteger(offset) ? `${offset}` : `${cursor.offset}`)
    const timestamp = this.#baseTimestamp + cursor.timestampDelta
    out.text(Number.isSafeInteger(timestamp) ? `,"timestamp":${timestamp}` : `,"timestamp":${cursor.timestamp}`)
    if (this.#isLogAppendTime) out.text(',"timestampType":"LogAppendTime"')
    if (cursor.header.isControl) this.#writeControl(cursor, out)
    else if (!this.#headersOnly) {
      out.text(',"key":')
      writeJsonBytes(out, cursor.bytes, cursor.keyStart, cursor.keyEnd)
      out.text(',"value":')
      writeJsonBytes(out, cursor.bytes, cursor.valueStart, cursor.valueEnd)
    }
    out.text(',"headers":[')
    if (cursor.headerCount > 0) this.#writeHeaders(cursor, out)
    out.text(']}\n')
  }

  #writeControl(cursor: RecordCursor, out: Slab): void {
    const { producerId, producerEpoch } = cursor.header
    const marker = readTransactionMarker(cursor)
    out.text(`,"control":${marker === null ? 'null' : `"${marker.type}"`},"producerId":${producerId},"producerEpoch":${producerEpoch}`)
    if (marker !== null) out.text(`,"coordinatorEpoch":${marker.coordinatorEpoch}`)
  }

  #writeHeaders(cursor: RecordCursor, out: Slab): void {
    const headers = this.#headers
    headers.open(cursor)
    for (let separator = '{"key":'; headers.next(); separator = ',{"key":') {
      out.text(separator)
      writeJsonBytes(out, cursor.bytes, headers.keyStart, headers.keyEnd)
      out.text(',"value":')
      writeJsonBytes(out, cursor.bytes, headers.valueStart, headers.valueEnd)
      out.text('}')
    }
  }
}
