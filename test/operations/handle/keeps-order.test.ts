// When the order of records keeps itself. Where it is thought to, and does not, records of a key overtake each other.
import { expect, test } from 'vitest'
import { keepsOrder } from '../../../src/operations/handle/keeps-order.ts'

const deadLetterTopicOf = (topic: string): string => `${topic}.dlq`

test.each([
  // slots, under way at most, retries, dead letters    one process at a time
  [1, 1, 0, null, true],
  [1, 1, 0, deadLetterTopicOf, true],
  // another attempt comes while others would be next
  [1, 1, 3, deadLetterTopicOf, false],
  [1, 1024, 3, deadLetterTopicOf, false],
  // those behind a record that stops everything must not have been sent
  [1, 1024, 0, null, false],
  [1, 1024, 0, deadLetterTopicOf, true],
  // whichever is free takes the next one
  [4, 4, 0, null, false],
  [4, 4096, 0, deadLetterTopicOf, false],
])('%i slots, %i under way, %i retries, dead letters to %o: %s', (slots, maxUnderWay, retries, aside, isKept) => {
  const plan = { retries, backoff: { minMs: 1, maxMs: 1 }, retryDelaysMs: [], deadLetterTopicOf: aside }
  expect(keepsOrder({ isInOrder: slots === 1, maxUnderWay }, plan)).toBe(isKept)
})
