import { crc32c as nativeCrc32c } from '@node-rs/crc32'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c, crc32cPortable } from '../../src/bytes/crc32c.ts'

const counting = Buffer.from(Array.from({ length: 256 }, (_, index) => index))

// From java.util.zip.CRC32C, which Kafka uses.
const KNOWN: readonly (readonly [string, Buffer, number])[] = [
  ['nothing', Buffer.alloc(0), 0],
  ['a', Buffer.from('a'), 0xc1d04330],
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
  ['0 to 255', counting, 0x9c44184b],
  ['100,000 bytes', pseudoRandom(100_000), 0xac3f3648],
]

function pseudoRandom(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = 1
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1103515245) + 12345) | 0
    bytes[index] = state >>> 16
  }
  return bytes
}

test.each(KNOWN)('the checksum of %s is the one that Java computes', (_, bytes, checksum) => {
  expect(crc32c(bytes)).toBe(checksum)
  expect(crc32cPortable(bytes, 0, bytes.length)).toBe(checksum)
})

test('any range of any bytes: the portable and the chosen way agree with the native one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), fc.nat(), fc.nat(), (array, a, b) => {
      const bytes = Buffer.from(array)
      const [start, end] = [a % (bytes.length + 1), b % (bytes.length + 1)].toSorted((x, y) => x - y) as [number, number]
      const expected = nativeCrc32c(bytes.subarray(start, end))
      expect(crc32c(bytes, start, end)).toBe(expected)
      expect(crc32cPortable(bytes, start, end)).toBe(expected)
    }),
  )
})

test('a checksum may be continued over pieces of any size', () => {
  const bytes = pseudoRandom(5000)
  fc.assert(
    fc.property(fc.nat(5000), fc.nat(5000), (a, b) => {
      const [first, second] = [Math.min(a, b), Math.max(a, b)]
      const pieces = [
        [0, first],
        [first, second],
        [second, 5000],
      ] as const
      expect(pieces.reduce((state, [start, end]) => crc32c(bytes, start, end, state), 0)).toBe(crc32c(bytes))
      expect(pieces.reduce((state, [start, end]) => crc32cPortable(bytes, start, end, state), 0)).toBe(crc32c(bytes))
    }),
  )
})

test('a few megabytes are checked alike, before and after the native module is there', () => {
  const bytes = pseudoRandom(100_000)
  for (let count = 0; count < 50; count++) expect(crc32c(bytes)).toBe(0xac3f3648)
})
