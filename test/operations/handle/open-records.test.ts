// How far a partition is done with while its records end in any order.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OpenRecords } from '../../../src/operations/handle/open-records.ts'

test('nothing is done with beyond the first record that is open, in whatever order they end', () => {
  const count = 3000
  fc.assert(
    fc.property(fc.array(fc.nat(count - 1), { minLength: 1, maxLength: 200 }), (open) => {
      const done = new OpenRecords()
      const records = Array.from({ length: count }, (_, index) => done.take('in', 0, BigInt(2 * index)))
      for (const [index, record] of records.entries()) record.isDone = !open.includes(index)
      expect(done.before('in', 0)).toBe(BigInt(2 * Math.min(...open)))
      for (const index of open.toReversed()) (records[index] as { isDone: boolean }).isDone = true
      done.reached('in', 0, 9000n)
      expect(done.before('in', 0)).toBe(9000n)
    }),
    { numRuns: 30 },
  )
})

test('where nothing was read, nothing is known', () => {
  const done = new OpenRecords()
  done.take('in', 0, 5n)
  expect(done.before('in', 1)).toBeUndefined()
  done.clear()
  expect(done.before('in', 0)).toBeUndefined()
})
