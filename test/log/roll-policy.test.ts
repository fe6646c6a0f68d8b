import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ActiveSegmentState, type NextBatch, type RollReason, rollAfterMs, shouldRoll } from '../../src/log/roll-policy.ts'

const LIMITS = { segmentBytes: 1000, segmentMs: 500n }
const segment: ActiveSegmentState = { baseOffset: 100n, sizeInBytes: 600, isIndexFull: false, firstTimestamp: 10_000n }
const next: NextBatch = { sizeInBytes: 400, lastOffset: 200n, maxTimestamp: 10_500n }

describe('a log goes on in a new segment', () => {
  test.for<[string, Partial<ActiveSegmentState>, Partial<NextBatch>, RollReason | null]>([
    ['not while the batch just fits', {}, {}, null],
    ['when the batch does not fit', {}, { sizeInBytes: 401 }, 'size'],
    ['not for a batch larger than a segment, while it is empty', { sizeInBytes: 0 }, { sizeInBytes: 5000 }, null],
    ['when the batch is too long after the first one', {}, { maxTimestamp: 10_501n }, 'time'],
    ['not by time while it is empty', { sizeInBytes: 0, firstTimestamp: null }, { maxTimestamp: 99_999n }, null],
    ['not by time when its first batch has none', { firstTimestamp: null }, { maxTimestamp: 99_999n }, null],
    ['not for a batch that is older than the first', {}, { maxTimestamp: 1n }, null],
    ['not for a batch without a time', {}, { maxTimestamp: -1n }, null],
    ['when an index is full', { isIndexFull: true }, {}, 'index full'],
    ['not by a full index while it is empty', { sizeInBytes: 0, isIndexFull: true }, {}, null],
    ['not at the last offset that an index can name', {}, { lastOffset: 100n + 2_147_483_647n }, null],
    ['at the next one', {}, { lastOffset: 100n + 2_147_483_648n }, 'offset range'],
    ['at the next one, even if it is empty', { sizeInBytes: 0 }, { lastOffset: 100n + 2_147_483_648n }, 'offset range'],
    ['with times past 2^53, exactly', { firstTimestamp: 2n ** 60n }, { maxTimestamp: 2n ** 60n + 501n }, 'time'],
  ])('%s', ([, state, batch, reason]) => {
    expect(shouldRoll({ ...segment, ...state }, { ...next, ...batch }, LIMITS)).toBe(reason)
  })
})

describe('the time after which it does', () => {
  test('is segment.ms without jitter', () => {
    expect(rollAfterMs({ segmentMs: 500n, segmentJitterMs: 0n }, 123_456)).toBe(500n)
  })

  test('is at most the jitter less, and never 0, however large the jitter', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 1n << 62n), fc.bigInt(0n, 1n << 62n), fc.nat(), (segmentMs, segmentJitterMs, random) => {
        const time = rollAfterMs({ segmentMs, segmentJitterMs }, random)
        expect(time).toBeGreaterThan(0n)
        expect(time).toBeLessThanOrEqual(segmentMs)
        expect(segmentMs - time).toBeLessThanOrEqual(segmentJitterMs)
      }),
    )
  })
})
