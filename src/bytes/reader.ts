// Reads fields one after the other. Every read is checked against the end of the bytes, and a length is believed only as
// far as bytes are there, so a hostile one allocates nothing.
import { MalformedInput, TruncatedInput } from './errors.ts'
import { UUID_SIZE, type Uuid, uuidText } from './uuid.ts'
import { type Position, readUnsignedVarint, readVarint, readVarlong } from './varint.ts'

export class ByteReader {
  readonly bytes: Buffer
  readonly #position: Position
  readonly #end: number

  constructor(bytes: Buffer, start = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.#position = { at: start }
    this.#end = end
  }

  get at(): number {
    return this.#position.at
  }

  get remaining(): number {
    return this.#end - this.#position.at
  }

  int8(): number {
    return this.bytes.readInt8(this.#take(1))
  }

  int16(): number {
    return this.bytes.readInt16BE(this.#take(2))
  }

  uint16(): number {
    return this.bytes.readUInt16BE(this.#take(2))
  }

  int32(): number {
    return this.bytes.readInt32BE(this.#take(4))
  }

  uint32(): number {
    return this.bytes.readUInt32BE(this.#take(4))
  }

  int64(): bigint {
    return this.bytes.readBigInt64BE(this.#take(8))
  }

  float64(): number {
    return this.bytes.readDoubleBE(this.#take(8))
  }

  boolean(): boolean {
    return this.int8() !== 0
  }

  uuid(): Uuid {
    return uuidText(this.bytes, this.#take(UUID_SIZE))
  }

  varint(): number {
    return this.#checked(readVarint(this.bytes, this.#position))
  }

  varlong(): bigint {
    return this.#checked(readVarlong(this.bytes, this.#position))
  }

  unsignedVarint(): number {
    return this.#checked(readUnsignedVarint(this.bytes, this.#position))
  }

  /** The next `length` bytes, not copied. */
  slice(length: number): Buffer {
    if (length < 0) throw new MalformedInput(`length ${length}`)
    const start = this.#take(length)
    return this.bytes.subarray(start, start + length)
  }

  text(length: number): string {
    return this.slice(length).toString('utf8')
  }

  #take(length: number): number {
    const start = this.#position.at
    if (start + length > this.#end) throw new TruncatedInput(`${length} bytes are needed, ${this.remaining} are left`)
    this.#position.at = start + length
    return start
  }

  #checked<T>(value: T): T {
    if (this.#position.at > this.#end) throw new TruncatedInput('the bytes end within a varint')
    return value
  }
}
