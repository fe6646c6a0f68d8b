// Writes fields one after the other into a buffer that grows.
import { type Uuid, uuidBytes } from './uuid.ts'
import { MAX_VARINT_SIZE, MAX_VARLONG_SIZE, writeUnsignedVarint, writeVarint, writeVarlongExact } from './varint.ts'

export class ByteWriter {
  #bytes: Buffer
  #length = 0

  constructor(initialBytes = 256) {
    this.#bytes = Buffer.allocUnsafe(initialBytes)
  }

  get length(): number {
    return this.#length
  }

  /** What was written, not copied: valid until the next write. */
  result(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  int8(value: number): void {
    const at = this.#take(1)
    this.#bytes.writeInt8(value, at)
  }

  int16(value: number): void {
    const at = this.#take(2)
    this.#bytes.writeInt16BE(value, at)
  }

  uint16(value: number): void {
    const at = this.#take(2)
    this.#bytes.writeUInt16BE(value, at)
  }

  int32(value: number): void {
    const at = this.#take(4)
    this.#bytes.writeInt32BE(value, at)
  }

  uint32(value: number): void {
    const at = this.#take(4)
    this.#bytes.writeUInt32BE(value, at)
  }

  int64(value: bigint): void {
    const at = this.#take(8)
    this.#bytes.writeBigInt64BE(value, at)
  }

  float64(value: number): void {
    const at = this.#take(8)
    this.#bytes.writeDoubleBE(value, at)
  }

  boolean(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  uuid(value: Uuid): void {
    this.raw(uuidBytes(value))
  }

  varint(value: number): void {
    this.#reserve(MAX_VARINT_SIZE)
    this.#length = writeVarint(this.#bytes, this.#length, value)
  }

  varlong(value: bigint): void {
    this.#reserve(MAX_VARLONG_SIZE)
    this.#length = writeVarlongExact(this.#bytes, this.#length, value)
  }

  unsignedVarint(value: number): void {
    this.#reserve(MAX_VARINT_SIZE)
    this.#length = writeUnsignedVarint(this.#bytes, this.#length, value)
  }

  raw(value: Buffer): void {
    const at = this.#take(value.length)
    value.copy(this.#bytes, at)
  }

  /**
   * Makes room and returns where it starts. Call it in a statement of its own: it may replace the buffer, and
   * `this.#bytes.write…(value, this.#take(n))` would write to the old one.
   */
  #take(count: number): number {
    this.#reserve(count)
    const start = this.#length
    this.#length += count
    return start
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}
