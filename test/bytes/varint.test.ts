import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MalformedInput, TruncatedInput } from '../../src/bytes/errors.ts'
import {
  MAX_VARINT_SIZE,
  MAX_VARLONG_SIZE,
  readUnsignedVarint,
  readVarint,
  readVarlong,
  varintSize,
  varlongSize,
  varlongSizeExact,
  writeUnsignedVarint,
  writeVarint,
  writeVarlong,
  writeVarlongExact,
} from '../../src/bytes/varint.ts'

// What Kafka 4.3.1's ByteUtils writes.
const VARINTS: readonly (readonly [number, string])[] = [
  [0, '00'],
  [-1, '01'],
  [1, '02'],
  [63, '7e'],
  [-64, '7f'],
  [64, '8001'],
  [-65, '8101'],
  [8191, 'fe7f'],
  [-8192, 'ff7f'],
  [8192, '808001'],
  [-8193, '818001'],
  [1048575, 'feff7f'],
  [-1048576, 'ffff7f'],
  [1048576, '80808001'],
  [-1048577, '81808001'],
  [134217727, 'feffff7f'],
  [-134217728, 'ffffff7f'],
  [134217728, '8080808001'],
  [-134217729, '8180808001'],
  [2147483647, 'feffffff0f'],
  [-2147483648, 'ffffffff0f'],
]
const VARLONGS: readonly (readonly [bigint, string])[] = [
  [0n, '00'],
  [-1n, '01'],
  [2147483647n, 'feffffff0f'],
  [-2147483648n, 'ffffffff0f'],
  [2147483648n, '8080808010'],
  [-2147483649n, '8180808010'],
  [17179869183n, 'feffffff7f'],
  [17179869184n, '808080808001'],
  [-17179869185n, '818080808001'],
  [2199023255551n, 'feffffffff7f'],
  [-2199023255552n, 'ffffffffff7f'],
  [2199023255552n, '80808080808001'],
  [281474976710655n, 'feffffffffff7f'],
  [281474976710656n, '8080808080808001'],
  [9007199254740991n, 'feffffffffffff1f'],
  [-9007199254740991n, 'fdffffffffffff1f'],
  [9007199254740993n, '8280808080808020'],
  [36028797018963967n, 'feffffffffffff7f'],
  [36028797018963968n, '808080808080808001'],
  [4611686018427387903n, 'feffffffffffffff7f'],
  [4611686018427387904n, '80808080808080808001'],
  [-4611686018427387905n, '81808080808080808001'],
  [9223372036854775807n, 'feffffffffffffffff01'],
  [-9223372036854775808n, 'ffffffffffffffffff01'],
]
const UNSIGNED: readonly (readonly [number, string])[] = [
  [0, '00'],
  [127, '7f'],
  [128, '8001'],
  [16383, 'ff7f'],
  [16384, '808001'],
  [2097151, 'ffff7f'],
  [2097152, '80808001'],
  [268435455, 'ffffff7f'],
  [268435456, '8080808001'],
  [2147483647, 'ffffffff07'],
  [4294967295, 'ffffffff0f'],
]

/** What `write` puts after three bytes that are not its own. */
function written<T>(write: (bytes: Buffer, position: number, value: T) => number, value: T): string {
  const bytes = Buffer.alloc(16, 0xee)
  const end = write(bytes, 3, value)
  expect(bytes.subarray(end).every((byte) => byte === 0xee)).toBe(true)
  return bytes.toString('hex', 3, end)
}

describe('the bytes are those that Kafka writes', () => {
  test.each(VARINTS)('varint %d', (value, hex) => {
    expect(written(writeVarint, value)).toBe(hex)
    expect(varintSize(value)).toBe(hex.length / 2)
    expect(readVarint(Buffer.from(hex, 'hex'), { at: 0 })).toBe(value)
  })

  test.each(VARLONGS)('varlong %d', (value, hex) => {
    expect(written(writeVarlongExact, value)).toBe(hex)
    expect(varlongSizeExact(value)).toBe(hex.length / 2)
    expect(readVarlong(Buffer.from(hex, 'hex'), { at: 0 })).toBe(value)
  })

  test.each(VARLONGS.filter(([value]) => Number.isSafeInteger(Number(value))))('varlong %d as a number', (value, hex) => {
    expect(written(writeVarlong, Number(value))).toBe(hex)
    expect(varlongSize(Number(value))).toBe(hex.length / 2)
  })

  test.each(UNSIGNED)('unsigned varint %d', (value, hex) => {
    expect(written(writeUnsignedVarint, value)).toBe(hex)
    expect(readUnsignedVarint(Buffer.from(hex, 'hex'), { at: 0 })).toBe(value)
  })
})

test('every int32 comes back as it was, and reading stops right after it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
      const bytes = Buffer.alloc(values.length * MAX_VARINT_SIZE)
      let end = 0
      for (const value of values) end = writeVarint(bytes, end, value)
      expect(end).toBe(values.reduce((size, value) => size + varintSize(value), 0))
      const position = { at: 0 }
      expect(values.map(() => readVarint(bytes, position))).toEqual(values)
      expect(position.at).toBe(end)
    }),
  )
})

test('every int64 comes back as it was, past 2^53 too', () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: 1 }), (values) => {
      const bytes = Buffer.alloc(values.length * MAX_VARLONG_SIZE)
      let end = 0
      for (const value of values) end = writeVarlongExact(bytes, end, value)
      expect(end).toBe(values.reduce((size, value) => size + varlongSizeExact(value), 0))
      const position = { at: 0 }
      expect(values.map(() => readVarlong(bytes, position))).toEqual(values)
      expect(position.at).toBe(end)
    }),
  )
})

test('a safe integer is written as a number exactly as it is as a bigint', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(written(writeVarlong, value)).toBe(written(writeVarlongExact, BigInt(value)))
      expect(varlongSize(value)).toBe(varlongSizeExact(BigInt(value)))
    }),
  )
})

test('bytes that end within a varint are refused, whatever is there', () => {
  for (const hex of ['', '80', 'ffff', '80808080', 'ffffffffffffffffff']) {
    const bytes = Buffer.from(hex, 'hex')
    expect(() => readVarlong(bytes, { at: 0 })).toThrow(TruncatedInput)
    if (bytes.length >= MAX_VARINT_SIZE) continue
    expect(() => readVarint(bytes, { at: 0 })).toThrow(TruncatedInput)
    expect(() => readUnsignedVarint(bytes, { at: 0 })).toThrow(TruncatedInput)
  }
})

test('a varint of more bits than its type has is refused', () => {
  for (const hex of ['ffffffff10', '8080808080', '808080808000']) {
    expect(() => readVarint(Buffer.from(hex, 'hex'), { at: 0 })).toThrow(MalformedInput)
    expect(() => readUnsignedVarint(Buffer.from(hex, 'hex'), { at: 0 })).toThrow(MalformedInput)
  }
  for (const hex of ['ffffffffffffffffff02', '80808080808080808080', '8080808080808080808000'])
    expect(() => readVarlong(Buffer.from(hex, 'hex'), { at: 0 })).toThrow(MalformedInput)
})
