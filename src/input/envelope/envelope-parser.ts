// Reads one record envelope in a single pass over its bytes. The fields of the record are positions in the text, or in a buffer
// where what has escapes was decoded to; 64-bit integers are exact.
//
//   {"topic":"orders","partition":0,"offset":7,"timestamp":1742480591000,"key":"o-1","value":"{…}","headers":[{"key":"h","value":"v"}]}
//
// Topic, partition, timestamp, key and headers may be left out or null; a value may be null but not left out, which is too easily
// meant differently (`--headers-only` and rpk leave values out). A member that is there twice is refused.
import { HeadersWriter } from '../../record/headers-writer.ts'
import { parseTimeText } from '../../grammar/time-text.ts'
import { BadRecord } from '../bad-record.ts'
import { CLOSE_BRACE, COLON, JsonCursor, OPEN_BRACE, QUOTE } from '../json-cursor.ts'
import { shortInteger } from '../short-integer.ts'
import { sameBytes } from '../same-bytes.ts'
import { ByteField, ByteFieldReader } from './byte-field.ts'
import { goesOn, HeaderReader } from './header-reader.ts'
import { findMember, type MemberName, members } from './members.ts'

const MAX_PARTITION = 2 ** 31 - 1

export class EnvelopeParser {
  topic: string | null = null
  /** -1: not given. */
  partition = -1
  /** A number where that is exact; null: not given. */
  timestampMs: number | bigint | null = null
  readonly key = new ByteField()
  readonly value = new ByteField()
  readonly headers = new HeadersWriter()
  /** The member that was being read when something was wrong, for messages. */
  memberName: string | null = null

  readonly #cursor = new JsonCursor()
  readonly #name = new ByteField()
  readonly #fields = new ByteFieldReader()
  readonly #headerReader = new HeaderReader(this.#fields, this.headers)
  #topicBytes: Buffer = Buffer.alloc(0)
  #lastTopic = ''
  /** Bit n: member n was there. */
  #seen = 0
  #hasPayload = false
  #hasTimestamp = false

  /**
   * Reads the text from `start` to `end`. What the fields point to is valid until the next call, and as long as `bytes`.
   * @throws BadRecord
   */
  parse(bytes: Buffer, start: number, end: number): void {
    const cursor = this.#cursor
    this.#clear()
    this.#fields.reset(end - start)
    cursor.open(bytes, start, end)
    if (cursor.peek() !== OPEN_BRACE) throw new BadRecord('it is not a JSON object')
    cursor.at++
    if (cursor.peek() === CLOSE_BRACE) cursor.at++
    else
      do this.#readMember(cursor)
      while (goesOn(cursor, CLOSE_BRACE))
    if (cursor.peek() >= 0) throw cursor.unexpected()
    // That is kaf, which prints no key and an empty key alike; all records under one empty key is what nobody wants.
    if (this.#hasPayload && this.#hasTimestamp && this.key.start === this.key.end) this.key.clear()
  }

  get hasValue(): boolean {
    return (this.#seen & (1 << members.value)) !== 0
  }

  /** It has a member that only records have. */
  get isRecord(): boolean {
    return (this.#seen & ~(1 << members.passedOver)) !== 0
  }

  #clear(): void {
    this.topic = null
    this.partition = -1
    this.timestampMs = null
    this.key.clear()
    this.value.clear()
    this.headers.clear()
    this.memberName = null
    this.#seen = 0
    this.#hasPayload = this.#hasTimestamp = false
  }

  #readMember(cursor: JsonCursor): void {
    if (cursor.peek() !== QUOTE) throw cursor.unexpected()
    const name = this.#name
    this.#fields.readString(cursor, name)
    const found = findMember(name.bytes, name.start, name.end)
    cursor.expect(COLON)
    if (found === null || found.member === members.passedOver) return this.#fields.pass(cursor)
    this.memberName = found.text
    const bit = 1 << found.member
    if ((this.#seen & bit) !== 0) throw new BadRecord('it is there twice')
    this.#seen |= bit
    this.#readField(found, cursor)
    this.memberName = null
  }

  #readField({ text, member }: MemberName, cursor: JsonCursor): void {
    if (text === 'payload') this.#hasPayload = true
    else if (text === 'timestamp') this.#hasTimestamp = true
    switch (member) {
      case members.passedOver:
        return this.#fields.pass(cursor)
      case members.topic:
        return this.#readTopic(cursor)
      case members.partition:
        return this.#readPartition(cursor)
      case members.timestamp:
        return this.#readTimestamp(cursor)
      case members.key:
        return this.#fields.read(cursor, this.key)
      case members.value:
        return this.#fields.read(cursor, this.value)
      case members.headers:
        return this.#headerReader.read(cursor)
      case members.control:
        throw new BadRecord('a transaction marker cannot be produced')
      case members.undecoded:
        throw new BadRecord('kcat could not decode what it read, and left it out')
    }
  }

  #readTopic(cursor: JsonCursor): void {
    const first = cursor.peek()
    const field = this.#name
    this.#fields.read(cursor, field)
    if (field.start < 0) return
    if (first !== QUOTE) throw new BadRecord('it is not a string')
    // Records of one topic follow each other: one string serves them all.
    const known = this.#topicBytes
    if (!sameBytes(field.bytes, field.start, field.end, known)) {
      this.#topicBytes = Buffer.from(field.bytes.subarray(field.start, field.end))
      this.#lastTopic = this.#topicBytes.toString()
    }
    this.topic = this.#lastTopic
  }

  #readPartition(cursor: JsonCursor): void {
    const span = this.#fields.readScalar(cursor)
    if (span.kind === 'null') return
    const value = span.kind === 'number' ? shortInteger(cursor.bytes, span.start, span.end) : -1
    if (!(value >= 0 && value <= MAX_PARTITION)) throw new BadRecord('it is not a whole number from 0 on')
    this.partition = value
  }

  /** Milliseconds, also where they stand in a string; or RFC 3339. */
  #readTimestamp(cursor: JsonCursor): void {
    const span = this.#fields.readScalar(cursor)
    if (span.kind === 'null') return
    const short = shortInteger(cursor.bytes, span.start, span.end)
    this.timestampMs = Number.isNaN(short) ? longTimestamp(span.kind, cursor.bytes.toString('utf8', span.start, span.end)) : short
  }
}

function longTimestamp(kind: string, text: string): bigint {
  const isInteger = /^-?\d+$/.test(text)
  const time = kind !== 'string' && kind !== 'number' ? null : isInteger ? BigInt(text) : kind === 'string' ? parseTimeText(text) : null
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text
  if (time === null) throw new BadRecord(`${shown} is not a time: milliseconds, or RFC 3339 in a string`)
  if (BigInt.asIntN(64, time) !== time) throw new BadRecord(`${shown} does not fit 64 bits`)
  return time
}
