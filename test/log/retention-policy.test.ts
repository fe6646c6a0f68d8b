import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type RetainedSegment, type RetentionLimits, segmentsToDelete } from '../../src/log/retention-policy.ts'

const NOW = 1_000_000n
const UNLIMITED: RetentionLimits = { retentionMs: -1n, retentionBytes: -1n, logStartOffset: 0n }

/** Four segments of 100 bytes and offsets, the newest times 1000 ms apart; the last is the active one. */
const SEGMENTS: RetainedSegment[] = [0n, 100n, 200n, 300n].map((baseOffset, index) => ({
  baseOffset,
  sizeInBytes: 100,
  newestTimestamp: NOW - 4000n + 1000n * BigInt(index),
}))

function deleted(limits: Partial<RetentionLimits>, segments = SEGMENTS): string[] {
  return segmentsToDelete(segments, NOW, { ...UNLIMITED, ...limits }).map(({ segment, reason }) => `${segment.baseOffset} ${reason}`)
}

describe('segments go whole, oldest first', () => {
  test.for<[string, Partial<RetentionLimits>, string[]]>([
    ['none without limits', {}, []],
    ['by time: those whose newest record is older than retention.ms', { retentionMs: 2500n }, ['0 time', '100 time']],
    ['not at exactly retention.ms', { retentionMs: 4000n }, []],
    ['the active one too, when nothing is to be kept', { retentionMs: 0n }, ['0 time', '100 time', '200 time', '300 time']],
    ['the active one too, by size', { retentionBytes: 0n }, ['0 size', '100 size', '200 size', '300 size']],
    ['by size: as long as what is left is at least retention.bytes', { retentionBytes: 250n }, ['0 size']],
    ['by size: down to retention.bytes exactly', { retentionBytes: 200n }, ['0 size', '100 size']],
    ['not by size when less than a segment is too much', { retentionBytes: 301n }, []],
    ['by log start: those that lie wholly before it', { logStartOffset: 200n }, ['0 log start', '100 log start']],
    ['not the one that the log start lies in', { logStartOffset: 199n }, ['0 log start']],
    ['not the active one, wherever the log starts', { logStartOffset: 400n }, ['0 log start', '100 log start', '200 log start']],
    ['for any of these reasons', { logStartOffset: 100n, retentionBytes: 150n, retentionMs: 2500n }, ['0 log start', '100 time']],
  ])('%s', ([, limits, expected]) => {
    expect(deleted(limits)).toEqual(expected)
  })

  test('one that is not old keeps all that come after it, however old those are', () => {
    const future = SEGMENTS.map((segment, index) => (index === 1 ? { ...segment, newestTimestamp: NOW + 5000n } : segment))
    expect(deleted({ retentionMs: 100n }, future)).toEqual(['0 time'])
  })

  test('an empty active segment stays', () => {
    const empty = SEGMENTS.slice(3).map((segment) => ({ ...segment, sizeInBytes: 0 }))
    expect(deleted({ retentionMs: 0n, retentionBytes: 0n, logStartOffset: 400n }, empty)).toEqual([])
  })

  test('exactly those that Kafka deletes, in its three passes', () => {
    const segmentsArbitrary = fc
      .array(fc.record({ offsets: fc.bigInt(1n, 50n), sizeInBytes: fc.nat(200), age: fc.bigInt(-500n, 5000n) }), {
        minLength: 1,
        maxLength: 8,
      })
      .map((steps) => {
        let baseOffset = 0n
        return steps.map(({ offsets, sizeInBytes, age }) => ({
          baseOffset: (baseOffset += offsets),
          sizeInBytes,
          newestTimestamp: NOW - age,
        }))
      })
    const limitsArbitrary = fc.record({
      retentionMs: fc.bigInt(-1n, 5000n),
      retentionBytes: fc.bigInt(-1n, 1500n),
      logStartOffset: fc.bigInt(0n, 300n),
    })
    fc.assert(
      fc.property(segmentsArbitrary, limitsArbitrary, (segments, limits) => {
        const gone = segmentsToDelete(segments, NOW, limits).map(({ segment }) => segment)
        expect(gone).toEqual(segments.slice(0, segments.length - leftByKafka(segments, limits).length))
      }),
      { numRuns: 1000 },
    )
  })
})

/** What is left after Kafka's passes by log start, by size and by time, each from the oldest on; the active segment goes by size and time, if there is something in it. */
function leftByKafka(segments: readonly RetainedSegment[], limits: RetentionLimits): RetainedSegment[] {
  let left = [...segments]
  const pass = (shouldGo: (segment: RetainedSegment, next: RetainedSegment | undefined) => boolean): void => {
    for (let [segment, next] = left; segment !== undefined && (next !== undefined || segment.sizeInBytes > 0); [segment, next] = left) {
      if (!shouldGo(segment, next)) break
      left = left.slice(1)
    }
  }
  pass((_, next) => next !== undefined && next.baseOffset <= limits.logStartOffset)
  let excess = left.reduce((sum, segment) => sum + BigInt(segment.sizeInBytes), 0n) - limits.retentionBytes
  pass((segment) => {
    const goes = limits.retentionBytes >= 0n && excess >= BigInt(segment.sizeInBytes)
    if (goes) excess -= BigInt(segment.sizeInBytes)
    return goes
  })
  pass((segment) => limits.retentionMs >= 0n && NOW - segment.newestTimestamp > limits.retentionMs)
  return left
}
