import { describe, expect, test } from 'vitest'
import { MalformedInput, TruncatedInput } from '../../src/bytes/errors.ts'
import { ByteReader } from '../../src/bytes/reader.ts'

const READS: Readonly<Record<string, readonly [size: number, read: (reader: ByteReader) => unknown]>> = {
  int8: [1, (reader) => reader.int8()],
  int16: [2, (reader) => reader.int16()],
  uint16: [2, (reader) => reader.uint16()],
  int32: [4, (reader) => reader.int32()],
  uint32: [4, (reader) => reader.uint32()],
  int64: [8, (reader) => reader.int64()],
  float64: [8, (reader) => reader.float64()],
  boolean: [1, (reader) => reader.boolean()],
  uuid: [16, (reader) => reader.uuid()],
  varint: [5, (reader) => reader.varint()],
  varlong: [10, (reader) => reader.varlong()],
  unsignedVarint: [5, (reader) => reader.unsignedVarint()],
  slice: [3, (reader) => reader.slice(3)],
  text: [3, (reader) => reader.text(3)],
}

/** The longest varint that is one: groups of seven bits that say that more follow, and a last one of 1. */
function bytesOf(kind: string, size: number): Buffer {
  const bytes = Buffer.alloc(size, 0xff)
  if (/var/i.test(kind)) bytes[size - 1] = 1
  return bytes
}

describe('a field that goes beyond the end is refused, even where the buffer goes on', () => {
  for (const [kind, [size, read]] of Object.entries(READS))
    test(kind, () => {
      const bytes = Buffer.concat([bytesOf(kind, size), Buffer.alloc(4)])
      const whole = new ByteReader(bytes, 0, size)
      read(whole)
      expect(whole.remaining).toBe(0)
      for (let end = 0; end < size; end++) expect(() => read(new ByteReader(bytes, 0, end)), `${end} bytes`).toThrow(TruncatedInput)
    })
})

test('reading starts at a position and knows how much is left', () => {
  const reader = new ByteReader(Buffer.from('0001000200030004', 'hex'), 2, 6)
  expect([reader.int16(), reader.at, reader.remaining]).toEqual([2, 4, 2])
  expect([reader.int16(), reader.at, reader.remaining]).toEqual([3, 6, 0])
})

test('a slice is the same memory, not a copy', () => {
  const bytes = Buffer.from('record batches')
  const slice = new ByteReader(bytes, 7).slice(7)
  bytes.write('BATCHES', 7)
  expect(slice.toString()).toBe('BATCHES')
})

test('a negative length is malformed', () => {
  expect(() => new ByteReader(Buffer.alloc(4)).slice(-1)).toThrow(MalformedInput)
})
