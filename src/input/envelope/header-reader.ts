// Headers in an envelope, in the order they stand in:
//
//   [{"key":"a","value":"x"}, …]     leat, rpk, kaf
//   ["a","x","b",null, …]            kcat
//   {"a":"x"}, {"a":["x","y"]}       kafkactl; kcat, when it is asked for a map
import { BadRecord } from '../bad-record.ts'
import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, type JsonCursor, OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../json-cursor.ts'
import type { HeadersWriter } from '../../record/headers-writer.ts'
import { ByteField, type ByteFieldReader } from './byte-field.ts'
import { findMember, members } from './members.ts'

export class HeaderReader {
  readonly #fields: ByteFieldReader
  readonly #writer: HeadersWriter
  readonly #name = new ByteField()
  readonly #key = new ByteField()
  readonly #value = new ByteField()

  constructor(fields: ByteFieldReader, writer: HeadersWriter) {
    this.#fields = fields
    this.#writer = writer
  }

  /** Takes the headers where the cursor stands. */
  read(cursor: JsonCursor): void {
    const first = cursor.peek()
    if (first === OPEN_BRACKET) this.#readList(cursor)
    else if (first === OPEN_BRACE) this.#readMap(cursor)
    else {
      this.#fields.read(cursor, this.#value)
      if (this.#value.start >= 0) throw new BadRecord('headers are a list or an object')
    }
  }

  #readList(cursor: JsonCursor): void {
    cursor.at++
    if (isEnd(cursor, CLOSE_BRACKET)) return
    do {
      const first = cursor.peek()
      if (first === OPEN_BRACE) this.#readHeader(cursor)
      else if (first === QUOTE) {
        this.#fields.readString(cursor, this.#key)
        if (cursor.peek() !== COMMA) throw new BadRecord('a list of names and values has a name without a value')
        cursor.at++
        this.#fields.read(cursor, this.#value)
        this.#add()
      } else throw new BadRecord('a header is an object with key and value, or a name and a value')
    } while (goesOn(cursor, CLOSE_BRACKET))
  }

  /** An object with key and value. */
  #readHeader(cursor: JsonCursor): void {
    this.#key.clear()
    this.#value.clear()
    cursor.at++
    if (!isEnd(cursor, CLOSE_BRACE))
      do {
        const member = this.#readName(cursor)
        if (member === members.key) this.#fields.read(cursor, this.#key)
        else if (member === members.value) this.#fields.read(cursor, this.#value)
        else this.#fields.pass(cursor)
      } while (goesOn(cursor, CLOSE_BRACE))
    if (this.#key.start < 0) throw new BadRecord('a header has no key')
    this.#add()
  }

  #readName(cursor: JsonCursor): number {
    if (cursor.peek() !== QUOTE) throw cursor.unexpected()
    const name = this.#name
    this.#fields.readString(cursor, name)
    cursor.expect(COLON)
    const found = findMember(name.bytes, name.start, name.end)
    return found?.text === 'key' || found?.text === 'value' ? found.member : members.passedOver
  }

  #readMap(cursor: JsonCursor): void {
    cursor.at++
    if (isEnd(cursor, CLOSE_BRACE)) return
    do {
      if (cursor.peek() !== QUOTE) throw cursor.unexpected()
      this.#fields.readString(cursor, this.#key)
      cursor.expect(COLON)
      if (cursor.peek() === OPEN_BRACKET) this.#readValues(cursor)
      else {
        this.#fields.read(cursor, this.#value)
        this.#add()
      }
    } while (goesOn(cursor, CLOSE_BRACE))
  }

  /** All the values that one name has. */
  #readValues(cursor: JsonCursor): void {
    cursor.at++
    if (isEnd(cursor, CLOSE_BRACKET)) return
    do {
      this.#fields.read(cursor, this.#value)
      this.#add()
    } while (goesOn(cursor, CLOSE_BRACKET))
  }

  #add(): void {
    const key = this.#key
    const value = this.#value
    this.#writer.add(key.bytes, key.start, key.end, value.bytes, value.start, value.end)
  }
}

/** Takes the closing byte if it is next. */
function isEnd(cursor: JsonCursor, close: number): boolean {
  if (cursor.peek() !== close) return false
  cursor.at++
  return true
}

/** After an item: takes the comma, or the closing byte, after which nothing goes on. */
export function goesOn(cursor: JsonCursor, close: number): boolean {
  const next = cursor.peek()
  if (next !== COMMA && next !== close) throw cursor.unexpected()
  cursor.at++
  return next === COMMA
}
