// Makes a record of a value: options take the key, the timestamp and headers from the JSON that it is, or give them. It serves lines,
// array elements and rows alike.
//
//   in the JSON          as a key or header
//   string               its text
//   null, or missing     null; a header that is missing is left out
//   anything else        its text as it stands: 7, true, {"a":1}
import { isUtf8 } from 'node:buffer'
import { parseTimeText } from '../grammar/time-text.ts'
import { HeadersWriter } from '../record/headers-writer.ts'
import { BadRecord } from './bad-record.ts'
import { afterByteOrderMark } from './byte-order-mark.ts'
import type { EventEnvelope } from './event-envelope.ts'
import { JsonCursor } from './json-cursor.ts'
import type { JsonPath } from './json-path.ts'
import { unescapeString } from './json-string.ts'
import { JsonSpan } from './json-value.ts'
import type { RecordReceiver } from './record-format.ts'
import { shortInteger } from './short-integer.ts'

export interface RecordFieldsOptions {
  /** The same key for all; null for none. */
  readonly key: Buffer | null
  readonly keyField: JsonPath | null
  readonly timestampField: JsonPath | null
  /** Headers that all records get. */
  readonly headers: readonly { readonly key: Buffer; readonly value: Buffer | null }[]
  /** Headers taken from the JSON value, after those. */
  readonly headerFields: readonly { readonly key: Buffer; readonly path: JsonPath }[]
  /** An empty value is null: a tombstone. */
  readonly emptyIsNull: boolean
  /** What values are wrapped in, once the fields are taken from them. */
  readonly eventEnvelope: EventEnvelope | null
}

const NO_BYTES: Buffer = Buffer.alloc(0)
/** As parseTimeText tells seconds, milliseconds and smaller units apart. */
const MAX_SECONDS_DIGITS = 11
const MAX_MILLISECONDS_DIGITS = 14
const LONGEST_TIME = 40
const MINUS = 0x2d

export class RecordFields {
  readonly #options: RecordFieldsOptions
  readonly #span = new JsonSpan()
  readonly #cursor = new JsonCursor()
  readonly #headers = new HeadersWriter()
  readonly #fixedHeaders: Buffer | null
  readonly #isPlain: boolean
  #key = NO_BYTES
  #keyStart = -1
  #keyEnd = -1
  /** Text of the record's strings with escapes, up to `#unescapedEnd`. */
  #unescaped = Buffer.allocUnsafeSlow(1024)
  #unescapedEnd = 0

  constructor(options: RecordFieldsOptions) {
    this.#options = options
    const { key, keyField, timestampField, headerFields, eventEnvelope } = options
    this.#isPlain = keyField === null && timestampField === null && headerFields.length === 0 && eventEnvelope === null
    this.#addFixedHeaders()
    this.#fixedHeaders = this.#headers.section()
    if (key !== null) this.useKey(key, 0, key.length)
  }

  /** Whether records are their values and nothing else. */
  get isValueOnly(): boolean {
    return this.#isPlain && this.#keyStart < 0 && this.#fixedHeaders === null && !this.#options.emptyIsNull
  }

  /** Where the value begins in the first text of a source: JSON that fields are taken from has no byte order mark. */
  textStart(bytes: Buffer, start: number, end: number): number {
    return this.#isPlain ? start : afterByteOrderMark(bytes, start, end)
  }

  /** A member that fields are taken from and that is none of `names`; null: all are there. */
  missingIn(names: readonly string[]): string | null {
    const { keyField, timestampField, headerFields } = this.#options
    const paths = [keyField, timestampField, ...headerFields.map(({ path }) => path)]
    const members = paths.flatMap((path) => (path === null ? [] : [path.member]))
    return members.find((member) => !names.includes(member)) ?? null
  }

  /** The key of the records that come now, unless it is taken from their values. */
  useKey(bytes: Buffer, start: number, end: number): void {
    this.#key = bytes
    this.#keyStart = start
    this.#keyEnd = end
  }

  /** Hands over the record whose value is from `start` to `end`; false stops the reading. */
  take(bytes: Buffer, start: number, end: number, unit: number, into: RecordReceiver): boolean {
    if (this.#isPlain) {
      const valueStart = start === end && this.#options.emptyIsNull ? -1 : start
      return into.record(null, -1, null, this.#key, this.#keyStart, this.#keyEnd, bytes, valueStart, end, this.#fixedHeaders, unit)
    }
    try {
      return this.#withFields(bytes, start, end, unit, into)
    } catch (error) {
      if (!(error instanceof BadRecord)) throw error
      return into.reject(error.message, unit, bytes.subarray(start, end), error.hint)
    }
  }

  #withFields(bytes: Buffer, start: number, end: number, unit: number, into: RecordReceiver): boolean {
    const { keyField, timestampField, headerFields, emptyIsNull, eventEnvelope } = this.#options
    this.#unescapedEnd = 0
    if (keyField !== null) this.#takeKey(keyField, bytes, start, end)
    const timestamp = timestampField === null ? null : this.#takeTimestamp(timestampField, bytes, start, end)
    const headers = headerFields.length === 0 ? this.#fixedHeaders : this.#takeHeaders(bytes, start, end)
    let value = bytes
    let valueStart = start
    let valueEnd = end
    if (emptyIsNull && start === end) valueStart = -1
    else if (eventEnvelope !== null) {
      value = eventEnvelope.wrap(bytes, start, end)
      valueStart = 0
      valueEnd = value.length
    }
    return into.record(null, -1, timestamp, this.#key, this.#keyStart, this.#keyEnd, value, valueStart, valueEnd, headers, unit)
  }

  #takeKey(path: JsonPath, bytes: Buffer, start: number, end: number): void {
    const span = this.#span
    path.find(bytes, start, end, span)
    if (span.kind === 'missing' || span.kind === 'null') return this.useKey(NO_BYTES, -1, -1)
    const text = span.hasEscapes ? this.#unescape(bytes, span) : bytes
    if (!isText(text, span.start, span.end)) throw new BadRecord(`what it has as ${path.text} is not valid UTF-8`)
    this.useKey(text, span.start, span.end)
  }

  #takeTimestamp(path: JsonPath, bytes: Buffer, start: number, end: number): number | bigint {
    const span = this.#span
    path.find(bytes, start, end, span)
    const { kind } = span
    if (kind !== 'string' && kind !== 'number') throw new BadRecord(`${path.text} is no time: it is ${kind}`)
    const digits = span.end - span.start
    const isMilliseconds = digits > MAX_SECONDS_DIGITS && digits <= MAX_MILLISECONDS_DIGITS && bytes[span.start] !== MINUS
    const milliseconds = isMilliseconds ? shortInteger(bytes, span.start, span.end) : Number.NaN
    if (!Number.isNaN(milliseconds)) return milliseconds
    const text = bytes.toString('utf8', span.start, Math.min(span.end, span.start + LONGEST_TIME))
    const time = parseTimeText(text)
    if (time === null || digits > LONGEST_TIME || BigInt.asIntN(64, time) !== time)
      throw new BadRecord(`'${text}' in ${path.text} is not a time (epoch s, ms, µs or ns; YYYY-MM-DD; RFC 3339)`)
    return time
  }

  #takeHeaders(bytes: Buffer, start: number, end: number): Buffer | null {
    this.#headers.clear()
    this.#addFixedHeaders()
    const span = this.#span
    for (const { key, path } of this.#options.headerFields) {
      path.find(bytes, start, end, span)
      if (span.kind === 'missing') continue
      const text = span.hasEscapes ? this.#unescape(bytes, span) : bytes
      this.#headers.add(key, 0, key.length, text, span.kind === 'null' ? -1 : span.start, span.end)
    }
    return this.#headers.section()
  }

  #addFixedHeaders(): void {
    for (const { key, value } of this.#options.headers)
      this.#headers.add(key, 0, key.length, value ?? NO_BYTES, value === null ? -1 : 0, value?.length ?? 0)
  }

  /** Puts the string's text into the buffer that is returned; the span then says where in that it is. */
  #unescape(bytes: Buffer, span: JsonSpan): Buffer {
    const needed = span.end - span.start + 1
    if (this.#unescapedEnd + needed > this.#unescaped.length) {
      this.#unescaped = Buffer.allocUnsafeSlow(Math.max(2 * this.#unescaped.length, needed))
      this.#unescapedEnd = 0
    }
    this.#cursor.open(bytes, span.start, span.end + 1)
    span.start = this.#unescapedEnd
    span.end = this.#unescapedEnd = unescapeString(this.#cursor, this.#unescaped, span.start)
    return this.#unescaped
  }
}

/** Whether the bytes are UTF-8; ASCII is known without a call out of JavaScript. */
function isText(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) >= 0x80) return isUtf8(bytes.subarray(start, end))
  return true
}
