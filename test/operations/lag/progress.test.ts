import { expect, test } from 'vitest'
import { addCommit, committedAt, type TimedOffset } from '../../../src/operations/lag/commit-history.ts'
import { type Moment, progressOf } from '../../../src/operations/lag/progress.ts'

/** A minute of moments, ten seconds apart. */
function minute(endOffset: (second: number) => number, committed: (second: number) => number): Moment[] {
  return [0, 10, 20, 30, 40, 50, 60].map((second) => ({
    timeMs: BigInt(second) * 1000n,
    endOffset: BigInt(endOffset(second)),
    committed: BigInt(committed(second)),
  }))
}

const lagOf = (moments: readonly Moment[]): bigint => {
  const { endOffset, committed } = moments.at(-1)!
  return endOffset - committed
}

test.each([
  [
    'keeps pace',
    minute(
      (s) => 1000 + 10 * s,
      (s) => 900 + 10 * s,
    ),
    { rateIn: 10, rateOut: 10, trend: 'steady', catchesUp: false, catchUpSeconds: null },
  ],
  [
    'falls behind',
    minute(
      (s) => 1000 + 10 * s,
      (s) => 900 + 5 * s,
    ),
    { rateIn: 10, rateOut: 5, trend: 'growing', catchesUp: false, catchUpSeconds: null },
  ],
  [
    'catches up',
    minute(
      (s) => 1000 + 10 * s,
      (s) => 15 * s,
    ),
    { rateIn: 10, rateOut: 15, trend: 'shrinking', catchesUp: true, catchUpSeconds: 140 },
  ],
  [
    'is at the end',
    minute(
      (s) => 10 * s,
      (s) => 10 * s,
    ),
    { rateIn: 10, rateOut: 10, trend: 'steady', catchesUp: true, catchUpSeconds: 0 },
  ],
  [
    'stands still',
    minute(
      () => 100,
      () => 50,
    ),
    { rateIn: 0, rateOut: 0, trend: 'steady', catchesUp: false, catchUpSeconds: null },
  ],
  [
    'was set back',
    minute(
      () => 100,
      (s) => (s < 60 ? 90 : 10),
    ),
    { rateIn: 0, rateOut: 0, catchesUp: false, catchUpSeconds: null },
  ],
] as const)('a group that %s', (_, moments, progress) => {
  expect(progressOf(moments, lagOf(moments))).toMatchObject(progress)
})

test('less than a second tells no rate', () => {
  const moments = minute(
    (s) => s,
    () => 0,
  ).slice(0, 1)
  expect(progressOf(moments, 5n)).toEqual({ rateIn: null, rateOut: null, trend: null, catchesUp: null, catchUpSeconds: null })
  expect(progressOf([], 0n)).toMatchObject({ rateIn: null, catchesUp: true, catchUpSeconds: 0 })
})

test('commits within a second are one: the newer offset at the older time, as with Burrow’s min-distance', () => {
  const history: TimedOffset[] = []
  for (const [timestampMs, offset] of [
    [0n, 1n],
    [400n, 2n],
    [999n, 3n],
    [1000n, 4n],
    [1500n, 5n],
    [5000n, 6n],
  ] as const)
    addCommit(history, { timestampMs, offset })
  expect(history).toEqual([
    { timestampMs: 0n, offset: 3n },
    { timestampMs: 1000n, offset: 5n },
    { timestampMs: 5000n, offset: 6n },
  ])
  expect([-1n, 0n, 4999n, 5000n].map((time) => committedAt(history, time))).toEqual([null, 3n, 5n, 6n])
})

test('however many commits there are, the history is bounded and keeps the newest', () => {
  const history: TimedOffset[] = []
  for (let second = 0n; second < 5000n; second++) addCommit(history, { timestampMs: second * 1000n, offset: second })
  expect(history.length).toBeLessThan(200)
  expect(history.length).toBeGreaterThan(60)
  expect(history.at(-1)).toEqual({ timestampMs: 4_999_000n, offset: 4999n })
})
