// Keys, values and headers in an envelope, as the bytes they stand for:
//
//   null                   null
//   "text"                 its text, UTF-8
//   {"base64":"…"}         any bytes
//   any other JSON value   its text as it stands: {"value":{"a":1}} stores {"a":1}
import { BadRecord } from '../bad-record.ts'
import { decodeBase64 } from '../base64.ts'
import { CLOSE_BRACE, COLON, type JsonCursor, OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../json-cursor.ts'
import { afterSimpleText, unescapeString } from '../json-string.ts'
import { JsonValidator } from '../json-validator.ts'
import { sameBytes } from '../same-bytes.ts'
import { JsonSpan, readValue } from '../json-value.ts'

const NO_BYTES: Buffer = Buffer.alloc(0)
const BASE64_NAME = Buffer.from('"base64"')

/** Bytes somewhere; reused from record to record. A start of -1 means null. */
export class ByteField {
  bytes = NO_BYTES
  start = -1
  end = -1

  clear(): void {
    this.bytes = NO_BYTES
    this.start = this.end = -1
  }
}

/** Reads fields of one text after another. What has escapes or is base64 is decoded to a buffer that lasts until the next `reset`. */
export class ByteFieldReader {
  readonly #validator = new JsonValidator()
  readonly #span = new JsonSpan()
  readonly #passed = new ByteField()
  #decoded = Buffer.allocUnsafeSlow(64 * 1024)
  #decodedEnd = 0

  /** @param textBytes of the text whose fields come now: nothing in it is longer decoded */
  reset(textBytes: number): void {
    this.#decodedEnd = 0
    if (textBytes >= this.#decoded.length) this.#decoded = Buffer.allocUnsafeSlow(2 * textBytes)
  }

  /** Takes the value where the cursor stands. */
  read(cursor: JsonCursor, into: ByteField): void {
    const first = cursor.peek()
    if (first === QUOTE) this.readString(cursor, into)
    else if (first === OPEN_BRACE || first === OPEN_BRACKET) this.#readNested(cursor, first, into)
    else {
      const { kind, start, end } = this.readScalar(cursor)
      if (kind === 'null') return into.clear()
      into.bytes = cursor.bytes
      into.start = start
      into.end = end
    }
  }

  /** Takes the value where the cursor stands, if it is not an object or a list. Valid until the next call. */
  readScalar(cursor: JsonCursor): JsonSpan {
    const first = cursor.peek()
    if (first < 0) throw cursor.unexpected()
    readValue(cursor, first, this.#span)
    return this.#span
  }

  /** Takes the string whose quote is next. */
  readString(cursor: JsonCursor, into: ByteField): void {
    const { bytes } = cursor
    const start = cursor.at + 1
    const stop = afterSimpleText(bytes, start)
    if (bytes[stop] === QUOTE && stop < cursor.end) {
      into.bytes = bytes
      into.start = start
      into.end = stop
      cursor.at = stop + 1
      return
    }
    const decodedStart = this.#decodedEnd
    cursor.at = start
    this.#decodedEnd = unescapeString(cursor, this.#decoded, decodedStart)
    into.bytes = this.#decoded
    into.start = decodedStart
    into.end = this.#decodedEnd
  }

  /** Passes over a value of any kind, checked. */
  pass(cursor: JsonCursor): void {
    const first = cursor.peek()
    if (first === OPEN_BRACE || first === OPEN_BRACKET) cursor.at = this.#validator.endOfValue(cursor.bytes, cursor.at, cursor.end)
    else if (first === QUOTE) this.readString(cursor, this.#passed)
    else this.readScalar(cursor)
  }

  #readNested(cursor: JsonCursor, first: number, into: ByteField): void {
    const start = cursor.at
    this.pass(cursor)
    const end = cursor.at
    if (first === OPEN_BRACE && this.#readBase64(cursor, start, end, into)) return
    cursor.at = end
    into.bytes = cursor.bytes
    into.start = start
    into.end = end
  }

  /** Takes the object from `start` to `end` if `base64` is all that it has, and a string. */
  #readBase64(cursor: JsonCursor, start: number, end: number, into: ByteField): boolean {
    const { bytes } = cursor
    cursor.at = start + 1
    if (cursor.peek() !== QUOTE || !sameBytes(bytes, cursor.at, cursor.at + BASE64_NAME.length, BASE64_NAME)) return false
    cursor.at += BASE64_NAME.length
    cursor.expect(COLON)
    if (cursor.peek() !== QUOTE) return false
    this.readString(cursor, into)
    if (cursor.peek() !== CLOSE_BRACE || cursor.at + 1 !== end) return false
    cursor.at = end
    const decodedEnd = decodeBase64(into.bytes, into.start, into.end, this.#decoded, this.#decodedEnd)
    if (decodedEnd < 0) throw new BadRecord('what it has as base64 is not base64')
    into.bytes = this.#decoded
    into.start = this.#decodedEnd
    into.end = this.#decodedEnd = decodedEnd
    return true
  }
}
