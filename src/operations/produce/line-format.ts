// Lines: each is a record's value, bytes as they are. Options take the key, the time and headers from it.
import { isUtf8 } from 'node:buffer'
import { JsonPath, JsonSpan, JsonSyntaxError, unescapeJson } from '../../input/json-path.ts'
import { LineReader } from '../../input/line-reader.ts'
import { parseTimeText } from '../../grammar/time-text.ts'
import { HeadersWriter } from '../../record/headers-writer.ts'
import type { ByteSource } from '../../system/byte-streams.ts'
import type { RecordFormat, RecordReceiver } from './record-format.ts'

export interface LineFormatOptions {
  readonly delimiter: Buffer
  /** The same key for all; null for none. */
  readonly key: Buffer | null
  readonly keyField: JsonPath | null
  /** What ends the key at the start of a line. */
  readonly keyDelimiter: Buffer | null
  readonly timestampField: JsonPath | null
  /** Headers that all records get. */
  readonly headers: readonly { readonly key: Buffer; readonly value: Buffer | null }[]
  /** Headers taken from the JSON value. */
  readonly headerFields: readonly { readonly key: Buffer; readonly path: JsonPath }[]
  /** An empty value is null: a tombstone. */
  readonly emptyIsNull: boolean
}

const NO_BYTES = Buffer.alloc(0)

export class LineFormat implements RecordFormat {
  readonly #options: LineFormatOptions
  readonly #span = new JsonSpan()
  readonly #headers = new HeadersWriter()
  readonly #fixedHeaders: Buffer | null
  readonly #isPlain: boolean
  #unit = 0
  #key: Buffer = NO_BYTES
  #keyStart = -1
  #keyEnd = -1

  constructor(options: LineFormatOptions) {
    this.#options = options
    this.#isPlain =
      options.keyField === null && options.keyDelimiter === null && options.timestampField === null && options.headerFields.length === 0
    this.#addFixedHeaders()
    this.#fixedHeaders = this.#headers.section()
    if (options.key !== null) {
      this.#key = options.key
      this.#keyStart = 0
      this.#keyEnd = options.key.length
    }
  }

  async read(source: ByteSource, into: RecordReceiver, signal: AbortSignal): Promise<void> {
    const reader = new LineReader({ delimiter: this.#options.delimiter, maxLineBytes: into.maxRecordBytes })
    await reader.read(
      source,
      {
        line: (bytes, start, end) => this.line(bytes, start, end, into),
        tooLong: (bytes) =>
          into.reject(`it has more than ${into.maxRecordBytes} bytes, which max.message.bytes allows`, ++this.#unit, bytes),
        idle: () => into.idle(),
        progressed: (inputBytes) => into.progressed(inputBytes),
      },
      signal,
    )
  }

  /** Takes one record's bytes. */
  line(bytes: Buffer, start: number, end: number, into: RecordReceiver): boolean {
    const unit = ++this.#unit
    if (this.#isPlain) {
      const valueStart = start === end && this.#options.emptyIsNull ? -1 : start
      return into.record(null, -1, null, this.#key, this.#keyStart, this.#keyEnd, bytes, valueStart, end, this.#fixedHeaders, unit)
    }
    try {
      return this.#withFields(bytes, start, end, into, unit)
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error
      return into.reject(error.message, unit, bytes.subarray(start, end))
    }
  }

  #withFields(bytes: Buffer, start: number, end: number, into: RecordReceiver, unit: number): boolean {
    const { keyDelimiter, keyField, timestampField, headerFields, emptyIsNull } = this.#options
    let valueStart = start
    if (keyDelimiter !== null) {
      const at = bytes.indexOf(keyDelimiter, start)
      if (at < 0 || at + keyDelimiter.length > end)
        return into.reject(`it has no key delimiter '${keyDelimiter.toString()}'`, unit, bytes.subarray(start, end))
      this.#key = bytes
      this.#keyStart = start
      this.#keyEnd = at
      valueStart = at + keyDelimiter.length
    }
    if (keyField !== null) this.#takeKey(keyField, bytes, valueStart, end)
    const timestamp = timestampField === null ? null : this.#timestamp(timestampField, bytes, valueStart, end)
    const headers = headerFields.length === 0 ? this.#fixedHeaders : this.#takeHeaders(bytes, valueStart, end)
    if (emptyIsNull && valueStart === end) valueStart = -1
    return into.record(null, -1, timestamp, this.#key, this.#keyStart, this.#keyEnd, bytes, valueStart, end, headers, unit)
  }

  /** A string's text, a number's or any other value's text as it stands; null or missing is a null key. */
  #takeKey(path: JsonPath, bytes: Buffer, start: number, end: number): void {
    const span = this.#span
    path.find(bytes, start, end, span)
    if (span.kind === 'missing' || span.kind === 'null') {
      this.#keyStart = this.#keyEnd = -1
      return
    }
    if (span.hasEscapes && span.kind === 'string') {
      this.#key = textBytes(bytes, span.start, span.end, path)
      this.#keyStart = 0
      this.#keyEnd = this.#key.length
      return
    }
    this.#key = bytes
    this.#keyStart = span.start
    this.#keyEnd = span.end
    if (hasHighByte(bytes, span.start, span.end) && !isUtf8(bytes.subarray(span.start, span.end)))
      throw new JsonSyntaxError(`the value of ${path.text} is not valid UTF-8`)
  }

  #timestamp(path: JsonPath, bytes: Buffer, start: number, end: number): bigint {
    const span = this.#span
    path.find(bytes, start, end, span)
    if (span.kind !== 'string' && span.kind !== 'number') throw new JsonSyntaxError(`${path.text} has no time: it is ${span.kind}`)
    const text = bytes.toString('utf8', span.start, span.end)
    const time = parseTimeText(text)
    if (time === null) throw new JsonSyntaxError(`'${text}' in ${path.text} is not a time (epoch s, ms, µs or ns; YYYY-MM-DD; RFC 3339)`)
    return time
  }

  #takeHeaders(bytes: Buffer, start: number, end: number): Buffer | null {
    this.#headers.clear()
    this.#addFixedHeaders()
    const span = this.#span
    for (const { key, path } of this.#options.headerFields) {
      path.find(bytes, start, end, span)
      if (span.kind === 'missing') continue
      const isNull = span.kind === 'null'
      const value =
        span.kind === 'string' && span.hasEscapes ? textBytes(bytes, span.start, span.end, path) : bytes.subarray(span.start, span.end)
      this.#headers.add(key, 0, key.length, value, isNull ? -1 : 0, value.length)
    }
    return this.#headers.section()
  }

  #addFixedHeaders(): void {
    for (const { key, value } of this.#options.headers)
      this.#headers.add(key, 0, key.length, value ?? NO_BYTES, value === null ? -1 : 0, value?.length ?? 0)
  }
}

function textBytes(bytes: Buffer, start: number, end: number, path: JsonPath): Buffer {
  const text = unescapeJson(bytes, start, end)
  if (!text.isWellFormed()) throw new JsonSyntaxError(`the value of ${path.text} has half of a surrogate pair`)
  return Buffer.from(text)
}

function hasHighByte(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if ((bytes[at] as number) >= 0x80) return true
  return false
}
