// Writes fields one after the other into a buffer that grows.
import { UUID_SIZE, type Uuid, uuidBytes } from './uuid.ts'
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
    this.#bytes.writeInt8(value, this.#grow(1))
  }

  int16(value: number): void {
    this.#bytes.writeInt16BE(value, this.#grow(2))
  }

  uint16(value: number): void {
    this.#bytes.writeUInt16BE(value, this.#grow(2))
  }

  int32(value: number): void {
    this.#bytes.writeInt32BE(value, this.#grow(4))
  }

  uint32(value: number): void {
    this.#bytes.writeUInt32BE(value, this.#grow(4))
  }

  int64(value: bigint): void {
    this.#bytes.writeBigInt64BE(value, this.#grow(8))
  }

  float64(value: number): void {
    this.#bytes.writeDoubleBE(value, this.#grow(8))
  }

  boolean(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  uuid(value: Uuid): void {
    uuidBytes(value).copy(this.#bytes, this.#grow(UUID_SIZE))
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
    value.copy(this.#bytes, this.#grow(value.length))
  }

  #grow(count: number): number {
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
