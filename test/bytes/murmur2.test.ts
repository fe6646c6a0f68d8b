import fc from 'fast-check'
import { expect, test } from 'vitest'
import { murmur2, partitionForKey } from '../../src/bytes/murmur2.ts'

// Key, Utils.murmur2 of Kafka 4.3.1, and toPositive of it modulo 6 and 50, as the default partitioner computes it.
const KNOWN: readonly (readonly [string, Buffer, number, number, number])[] = [
  ['nothing', Buffer.alloc(0), 275646681, 3, 31],
  ['a', Buffer.from('a'), -1563381124, 4, 24],
  ['ab', Buffer.from('ab'), 316155434, 2, 34],
  ['abc', Buffer.from('abc'), 479470107, 3, 7],
  ['abcd', Buffer.from('abcd'), -1323649548, 2, 0],
  ['21', Buffer.from('21'), -973932308, 0, 40],
  ['foobar', Buffer.from('foobar'), -790332482, 0, 16],
  ['24 characters', Buffer.from('a-little-bit-long-string'), -985981536, 2, 12],
  ['26 characters', Buffer.from('a-little-bit-longer-string'), -1486304829, 5, 19],
  ['47 characters', Buffer.from('lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8'), -58897971, 5, 27],
  ['customer-42', Buffer.from('customer-42'), -542987495, 3, 3],
  ['UTF-8 of two bytes', Buffer.from('éèê'), -1401640301, 3, 47],
  ['UTF-8 of four bytes', Buffer.from('😀 key'), 264525617, 5, 17],
  ['0 to 255', Buffer.from(Array.from({ length: 256 }, (_, index) => index)), -1948347274, 4, 24],
  ['250 to 255', Buffer.from([250, 251, 252, 253, 254, 255]), -477215913, 5, 35],
  ['ff', Buffer.from([0xff]), -311467685, 3, 13],
  ['80 7f ff', Buffer.from([0x80, 0x7f, 0xff]), -150507102, 2, 46],
]

test.each(KNOWN)('%s hashes as in Kafka, and goes to the same partition', (_, key, hash, ofSix, ofFifty) => {
  expect(murmur2(key, 0, key.length)).toBe(hash)
  expect(partitionForKey(key, 0, key.length, 6)).toBe(ofSix)
  expect(partitionForKey(key, 0, key.length, 50)).toBe(ofFifty)
})

test('what lies around a key does not matter', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array({ maxLength: 9 }), fc.uint8Array({ maxLength: 9 }), (key, before, after) => {
      const surrounded = Buffer.concat([before, key, after])
      expect(murmur2(surrounded, before.length, before.length + key.length)).toBe(murmur2(Buffer.from(key), 0, key.length))
    }),
  )
})
