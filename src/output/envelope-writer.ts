// One JSON object a record, one a line:
//
//   {"topic":"orders","partition":0,"offset":7,"timestamp":1742480591000,"key":"o-1","value":"{…}","headers":[{"key":"h","value":"v"}]}
//
// null is null; bytes that are not UTF-8 are {"base64":"…"}; `timestampType` is there where it is LogAppendTime; transaction
// markers (--control) have `control` in place of key and value. Integers are exact. schemas/record.json has it in full.
import { readTransactionMarker } from '../record/control-record.ts'
import { HeaderCursor, type RecordCursor } from '../record/record-cursor.ts'
import { writeHeadersJson } from './headers-json.ts'
import { writeJsonBytes } from './json-string.ts'
import { RecordPlace } from './record-place.ts'
import type { RecordWriter } from './record-writer.ts'
import { FixedText, type Slab } from './slab.ts'

export interface EnvelopeOptions {
  /** Leaves key and value out. */
  readonly headersOnly?: boolean
}

const TIMESTAMP = new FixedText(',"timestamp":')
const LOG_APPEND_TIME = new FixedText(',"timestampType":"LogAppendTime"')
const KEY = new FixedText(',"key":')
const VALUE = new FixedText(',"value":')
const NULL_KEY_VALUE = new FixedText(',"key":null,"value":')
const NO_HEADERS = new FixedText(',"headers":[]}\n')
const HEADERS = new FixedText(',"headers":')
const END = new FixedText('}\n')

export class EnvelopeWriter implements RecordWriter {
  readonly #headersOnly: boolean
  readonly #headers = new HeaderCursor()
  readonly #place = new RecordPlace()
  #topic: string | null = null
  #partition = -1
  #prefix = new FixedText('')
  #isLogAppendTime = false
  #isControl = false

  constructor(options: EnvelopeOptions = {}) {
    this.#headersOnly = options.headersOnly ?? false
  }

  beginBatch(topic: string, partition: number, { header }: RecordCursor): void {
    if (topic !== this.#topic || partition !== this.#partition) {
      this.#topic = topic
      this.#partition = partition
      this.#prefix = new FixedText(`{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":`)
    }
    this.#isControl = header.isControl
    this.#isLogAppendTime = header.timestampType === 'LogAppendTime'
    this.#place.beginBatch(header)
  }

  write(cursor: RecordCursor, out: Slab): void {
    out.fixed(this.#prefix)
    out.integer(this.#place.offset(cursor))
    out.fixed(TIMESTAMP)
    out.integer(this.#place.timestamp(cursor))
    if (this.#isLogAppendTime) out.fixed(LOG_APPEND_TIME)
    if (this.#isControl) this.#writeControl(cursor, out)
    else if (!this.#headersOnly) this.#writeKeyAndValue(cursor, out)
    if (cursor.headerCount === 0) out.fixed(NO_HEADERS)
    else {
      out.fixed(HEADERS)
      writeHeadersJson(cursor, this.#headers, out)
      out.fixed(END)
    }
  }

  #writeKeyAndValue(cursor: RecordCursor, out: Slab): void {
    if (cursor.keyStart < 0) out.fixed(NULL_KEY_VALUE)
    else {
      out.fixed(KEY)
      writeJsonBytes(out, cursor.bytes, cursor.keyStart, cursor.keyEnd)
      out.fixed(VALUE)
    }
    writeJsonBytes(out, cursor.bytes, cursor.valueStart, cursor.valueEnd)
  }

  #writeControl(cursor: RecordCursor, out: Slab): void {
    const { producerId, producerEpoch } = cursor.header
    const marker = readTransactionMarker(cursor)
    out.text(`,"control":${marker === null ? 'null' : `"${marker.type}"`},"producerId":${producerId},"producerEpoch":${producerEpoch}`)
    if (marker !== null) out.text(`,"coordinatorEpoch":${marker.coordinatorEpoch}`)
  }
}
