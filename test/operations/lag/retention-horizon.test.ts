import { expect, test } from 'vitest'
import { segmentsToDelete } from '../../../src/log/retention-policy.ts'
import { lossSeconds } from '../../../src/operations/lag/retention-horizon.ts'

/** Three segments of 100 offsets and 1000 bytes; the newest records of them are of second 100, 200 and 300. */
const segments = [0, 1, 2].map((index) => ({
  baseOffset: BigInt(index * 100),
  sizeInBytes: 1000,
  newestTimestamp: BigInt((index + 1) * 100_000),
}))

function lossOf(
  offset: number,
  config: { retentionMs?: bigint; retentionBytes?: bigint; policy?: string[] },
  rateIn: number | null = null,
): number | null {
  const { retentionMs = -1n, retentionBytes = -1n, policy = ['delete'] } = config
  return lossSeconds({
    segments,
    offset: BigInt(offset),
    config: { cleanupPolicy: new Set(policy), retentionMs, retentionBytes },
    rateIn,
    endOffset: 300n,
    nowMs: 300_000n,
  })
}

test.each([
  ['by age, the segment of the record counts', lossOf(50, { retentionMs: 600_000n }), 400],
  ['… whichever record of it it is', lossOf(99, { retentionMs: 600_000n }), 400],
  ['… the next segment goes later', lossOf(100, { retentionMs: 600_000n }), 500],
  ['what is too old already goes at once', lossOf(0, { retentionMs: 1000n }), 0],
  ['without limits nothing goes', lossOf(0, {}), null],
  ['a compacted topic does not go by age', lossOf(0, { retentionMs: 1000n, policy: ['compact'] }), null],
  [
    'by size, it goes once what follows its segment is large enough: 1000 bytes more at 10 offsets of 10 bytes a second',
    lossOf(0, { retentionBytes: 3000n }, 10),
    10,
  ],
  ['… and nothing goes where nothing comes', lossOf(0, { retentionBytes: 3000n }, 0), null],
  ['… at once where it is so large', lossOf(0, { retentionBytes: 2000n }, 0), 0],
  ['the sooner of both counts', lossOf(0, { retentionBytes: 3000n, retentionMs: 600_000n }, 10), 10],
])('%s', (_, loss, expected) => {
  expect(loss).toBe(expected)
})

test('the time that it tells is the one at which retention deletes the segment', () => {
  const limits = { retentionMs: 600_000n, retentionBytes: -1n, logStartOffset: 0n }
  const loss = lossOf(150, { retentionMs: 600_000n })!
  const goneAt = (seconds: number): bigint[] =>
    segmentsToDelete(segments, 300_000n + BigInt(seconds * 1000), limits).map(({ segment }) => segment.baseOffset)
  expect(goneAt(loss)).toEqual([0n])
  expect(goneAt(loss + 1)).toEqual([0n, 100n])
})
