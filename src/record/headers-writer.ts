// Encodes a record's header section (count varint, then key and value with their lengths; see record-cursor.ts) into a
// buffer that is reused from record to record.
import { readVarint, varintSize, writeVarint } from '../bytes/varint.ts'

/** Longest varint32. */
const MAX_VARINT = 5

export class HeadersWriter {
  #bytes = Buffer.allocUnsafeSlow(1024)
  #position = MAX_VARINT
  #count = 0

  /** Forgets the headers so far. */
  clear(): void {
    this.#position = MAX_VARINT
    this.#count = 0
  }

  get count(): number {
    return this.#count
  }

  /** @param valueStart -1: a null value */
  add(key: Buffer, keyStart: number, keyEnd: number, value: Buffer, valueStart: number, valueEnd: number): void {
    const keyLength = keyEnd - keyStart
    const valueLength = valueStart < 0 ? -1 : valueEnd - valueStart
    this.#reserve(2 * MAX_VARINT + keyLength + Math.max(valueLength, 0))
    let at = writeVarint(this.#bytes, this.#position, keyLength)
    at += key.copy(this.#bytes, at, keyStart, keyEnd)
    at = writeVarint(this.#bytes, at, valueLength)
    if (valueLength > 0) at += value.copy(this.#bytes, at, valueStart, valueEnd)
    this.#position = at
    this.#count++
  }

  /** Adds all headers of another section. */
  addSection(section: Buffer): void {
    const position = { at: 0 }
    this.#count += readVarint(section, position)
    this.#reserve(section.length)
    this.#position += section.copy(this.#bytes, this.#position, position.at)
  }

  /** The section for `BatchBuilder.append`, or null when there are no headers. Valid until the next `add` or `clear`. */
  section(): Buffer | null {
    if (this.#count === 0) return null
    // The count is written right-aligned in the room kept in front of the first header.
    const start = MAX_VARINT - varintSize(this.#count)
    writeVarint(this.#bytes, start, this.#count)
    return this.#bytes.subarray(start, this.#position)
  }

  #reserve(more: number): void {
    if (this.#position + more <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(2 * (this.#position + more))
    this.#bytes.copy(grown, 0, 0, this.#position)
    this.#bytes = grown
  }
}
