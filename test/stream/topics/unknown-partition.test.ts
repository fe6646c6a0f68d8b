import { expect, test } from 'vitest'
import { unknownPartition } from '../../../src/stream/topics/unknown-partition.ts'

test.each([
  [[0], '1 partition: 0'],
  [[0, 1], '2 partitions: 0-1'],
  [[0, 2, 5, 6, 7], '5 partitions: 0,2,5-7'],
  [Array.from({ length: 10_000 }, (_, index) => index), '10000 partitions: 0-9999'],
  [[], 'none here'],
])('what there is in place of the partition is said as --partition takes it: %#', (known, present) => {
  expect(unknownPartition('orders', 99_999, known).message).toBe(`'orders' has no partition 99999; it has ${present}`)
})
