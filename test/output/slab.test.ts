import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FixedText, Slab } from '../../src/output/slab.ts'

function textOf(slab: Slab): string {
  return slab.bytes.toString('utf8', 0, slab.length)
}

test('integers are written as JavaScript writes them, over the whole range of safe integers', () => {
  const number = fc.oneof(
    fc.maxSafeInteger(),
    fc.nat(),
    fc.integer({ min: 0, max: 16 }).map((power) => 10 ** power - (power === 16 ? 10 ** 15 : 1)),
    fc.integer({ min: 0, max: 15 }).map((power) => 10 ** power),
  )
  fc.assert(
    fc.property(fc.array(number), (numbers) => {
      const slab = new Slab(1)
      for (const value of numbers) {
        slab.integer(value)
        slab.byte(0x20)
      }
      expect(textOf(slab)).toBe(numbers.map((value) => `${value === 0 ? 0 : value} `).join(''))
    }),
  )
})

test('what was appended stays when the buffer grows', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
      const slab = new Slab(1)
      for (const [index, text] of texts.entries()) {
        if (index % 3 === 0) slab.fixed(new FixedText(text))
        else if (index % 3 === 1) slab.utf8(text)
        else slab.append(Buffer.from(`-${text}`), 1, Buffer.byteLength(text) + 1)
      }
      expect(textOf(slab)).toBe(texts.join(''))
    }),
  )
})
