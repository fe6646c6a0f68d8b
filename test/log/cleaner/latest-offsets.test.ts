import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyHash } from '../../../src/log/cleaner/key-hash.ts'
import { LatestOffsets, MAX_RELATIVE_OFFSET } from '../../../src/log/cleaner/latest-offsets.ts'

const hash = new KeyHash(Buffer.from('0123456789abcdef'))

test('keeps the latest offset of each key, of whatever bytes, as a map of the keys themselves does', () => {
  const key = fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes))
  fc.assert(
    fc.property(fc.array(key, { maxLength: 200 }), (keys) => {
      const table = new LatestOffsets(hash, Infinity)
      const plain = new Map<string, number>()
      for (const [offset, bytes] of keys.entries()) {
        expect(table.put(bytes, 0, bytes.length, offset)).toBe(true)
        plain.set(bytes.toString('hex'), offset)
      }
      for (const bytes of keys) expect(table.get(bytes, 0, bytes.length)).toBe(plain.get(bytes.toString('hex')))
      expect(table.size).toBe(plain.size)
      const all: number[] = []
      table.forEach((offset) => all.push(offset))
      expect(all.toSorted((a, b) => a - b)).toEqual([...plain.values()].toSorted((a, b) => a - b))
    }),
  )
})

test('grows with its keys, up to its limit, and then takes no new key but goes on with those it has', () => {
  const maxBytes = 1 << 20
  const table = new LatestOffsets(hash, maxBytes)
  const key = (number: number): Buffer => Buffer.from(`key ${number}`)
  let count = 0
  while (table.put(key(count), 0, key(count).length, count)) count++
  // Of 16 bytes each, with the room that a table needs and the smaller one that it grew from.
  expect(count).toBeGreaterThan(maxBytes / 16 / 3)
  expect(count).toBeLessThan(maxBytes / 16)
  expect(table.put(key(7), 0, key(7).length, MAX_RELATIVE_OFFSET)).toBe(true)
  expect(table.get(key(7), 0, key(7).length)).toBe(MAX_RELATIVE_OFFSET)
  expect(table.get(key(count), 0, key(count).length)).toBe(-1)
  for (let number = 8; number < count; number++) expect(table.get(key(number), 0, key(number).length)).toBe(number)
})
