// How families of dead letters write what they know into header values. Which encoding it is goes by the family, never by what the bytes
// look like: "1234" is text and a 32-bit integer.
import type { Buffer } from 'node:buffer'

/** What a header value says, or why it cannot be read. */
export type Decoded<T> = { readonly value: T } | { readonly reason: string }

export type Encoding<T> = (bytes: Buffer) => Decoded<T>

const DECIMAL = /^-?\d{1,19}$/
const utf8 = new TextDecoder('utf-8', { fatal: true })

export const text: Encoding<string> = (bytes) => {
  try {
    return { value: utf8.decode(bytes) }
  } catch {
    return { reason: 'it is not UTF-8' }
  }
}

/** A number in digits, as Connect, Streams, SmallRye and leat write it. */
export const decimal: Encoding<bigint> = (bytes) => {
  const digits = bytes.toString('latin1')
  if (!DECIMAL.test(digits)) return { reason: 'it is not a number in digits' }
  const value = BigInt(digits)
  return BigInt.asIntN(64, value) === value ? { value } : { reason: 'it does not fit 64 bits' }
}

/** 4 bytes, big endian: Spring's partitions and attempts. */
export const int32: Encoding<bigint> = (bytes) => sized(bytes, 4, () => BigInt(bytes.readInt32BE(0)))

/** 8 bytes, big endian: Spring's offsets and timestamps. */
export const int64: Encoding<bigint> = (bytes) => sized(bytes, 8, () => bytes.readBigInt64BE(0))

/** 4 bytes, or 1 from older versions: attempts of Spring's retry topics. */
export const int32OrByte: Encoding<bigint> = (bytes) => (bytes.length === 1 ? { value: BigInt(bytes.readInt8(0)) } : int32(bytes))

/** Java's `BigInteger.toByteArray`: signed, big endian, as short as it goes. */
export const bigInteger: Encoding<bigint> = (bytes) => {
  if (bytes.length === 0 || bytes.length > 8) return { reason: `it has ${bytes.length} bytes, not 1 to 8` }
  return { value: BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`)) }
}

function sized(bytes: Buffer, size: number, read: () => bigint): Decoded<bigint> {
  return bytes.length === size ? { value: read() } : { reason: `it has ${bytes.length} bytes, not ${size}` }
}
