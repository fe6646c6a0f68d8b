import { expect, test } from 'vitest'
import { partitionFor } from '../../../src/stream/groups/partition-for.ts'

test.for<[groupId: string, partitionCount: number, partition: number]>([
  ['', 50, 0],
  ['a', 50, 47],
  ['hello', 50, 22],
  // Its hash is the smallest integer, which has no absolute value.
  ['polygenelubricants', 50, 0],
  ['gruppe/ä ö 名', 4, 1],
  ['search-live', 4, 3],
])("group '%s' is in the partition of %i that Kafka looks in", ([groupId, partitionCount, partition]) => {
  expect(partitionFor(groupId, partitionCount)).toBe(partition)
})
