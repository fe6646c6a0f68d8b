// Zigzag varints as in Kafka's records and Protocol Buffers: seven bits a byte, lowest first, the top bit says that more
// follow; the sign is the lowest bit.
//
// `varlong` functions take numbers and are exact within the safe integers; the `Exact` ones take any int64.
import { MalformedInput, TruncatedInput } from './errors.ts'

/** Largest encoding of an int32 and of an int64, in bytes. */
export const MAX_VARINT_SIZE = 5
export const MAX_VARLONG_SIZE = 10

/** @param value int32 */
export function varintSize(value: number): number {
  const raw = ((value << 1) ^ (value >> 31)) >>> 0
  if (raw < 0x80) return 1
  if (raw < 0x4000) return 2
  if (raw < 0x200000) return 3
  return raw < 0x10000000 ? 4 : 5
}

/** Writes an int32 and returns the position after it. */
export function writeVarint(bytes: Buffer, position: number, value: number): number {
  let raw = ((value << 1) ^ (value >> 31)) >>> 0
  let at = position
  while (raw >= 0x80) {
    bytes[at++] = (raw & 0x7f) | 0x80
    raw >>>= 7
  }
  bytes[at++] = raw
  return at
}

const INT32_MIN = -0x80000000
const INT32_MAX = 0x7fffffff

/** @param value safe integer */
export function varlongSize(value: number): number {
  if (value >= INT32_MIN && value <= INT32_MAX) return varintSize(value)
  return varlongSizeExact(BigInt(value))
}

/** Writes a safe integer and returns the position after it. */
export function writeVarlong(bytes: Buffer, position: number, value: number): number {
  if (value >= INT32_MIN && value <= INT32_MAX) return writeVarint(bytes, position, value)
  return writeVarlongExact(bytes, position, BigInt(value))
}

/** @param value int64 */
export function varlongSizeExact(value: bigint): number {
  let raw = zigzag64(value)
  let size = 1
  while (raw >= 0x80n) {
    raw >>= 7n
    size++
  }
  return size
}

/** Writes an int64 and returns the position after it. */
export function writeVarlongExact(bytes: Buffer, position: number, value: bigint): number {
  let raw = zigzag64(value)
  let at = position
  while (raw >= 0x80n) {
    bytes[at++] = Number(raw & 0x7fn) | 0x80
    raw >>= 7n
  }
  bytes[at++] = Number(raw)
  return at
}

function zigzag64(value: bigint): bigint {
  return BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
}

/** A place in a buffer that reading moves on. */
export interface Position {
  at: number
}

/** Reads an int32. @throws TruncatedInput, MalformedInput */
export function readVarint(bytes: Buffer, position: Position): number {
  const raw = readUnsignedVarint(bytes, position)
  return (raw >>> 1) ^ -(raw & 1)
}

/** Reads a uint32 without zigzag. @throws TruncatedInput, MalformedInput */
export function readUnsignedVarint(bytes: Buffer, position: Position): number {
  let raw = 0
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[position.at]
    if (byte === undefined) throw new TruncatedInput('the bytes end within a varint')
    position.at++
    if (shift === 28 && byte > 0x0f) break
    raw |= (byte & 0x7f) << shift
    if (byte < 0x80) return raw >>> 0
  }
  throw new MalformedInput('varint of more than 32 bits')
}

/** Writes a uint32 without zigzag and returns the position after it. */
export function writeUnsignedVarint(bytes: Buffer, position: number, value: number): number {
  let raw = value >>> 0
  let at = position
  while (raw >= 0x80) {
    bytes[at++] = (raw & 0x7f) | 0x80
    raw >>>= 7
  }
  bytes[at++] = raw
  return at
}

/** Reads an int64. @throws TruncatedInput, MalformedInput */
export function readVarlong(bytes: Buffer, position: Position): bigint {
  let raw = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[position.at]
    if (byte === undefined) throw new TruncatedInput('the bytes end within a varint')
    position.at++
    if (shift === 63n && byte > 0x01) break
    raw |= BigInt(byte & 0x7f) << shift
    if (byte < 0x80) return BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n))
  }
  throw new MalformedInput('varint of more than 64 bits')
}
