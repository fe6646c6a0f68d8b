import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type OffsetBound, type OffsetRange, parseOffsetBound, parseOffsetRange } from '../../src/grammar/offset.ts'

const NOW = 1_800_000_000_000n
const HOUR = 3_600_000n
const DAY = Date.UTC(2026, 10, 21)

const start = (plus = 0n): OffsetBound => ({ kind: 'start', plus })
const end = (minus = 0n): OffsetBound => ({ kind: 'end', minus })
const at = (offset: bigint): OffsetBound => ({ kind: 'offset', offset })
const time = (timestamp: bigint | number): OffsetBound => ({ kind: 'time', timestamp: BigInt(timestamp) })
const from = (bound: OffsetBound, to: OffsetBound | null = null): OffsetRange => ({ from: bound, to })

describe('one place is where reading begins', () => {
  test.each<[string, OffsetBound]>([
    ['beginning', start()],
    ['start', start()],
    ['earliest', start()],
    ['oldest', start()],
    ['end', end()],
    ['latest', end()],
    ['newest', end()],
    ['stored', { kind: 'stored' }],
    ['0', at(0n)],
    ['9223372036854775807', at(2n ** 63n - 1n)],
    ['-1', end(1n)],
    ['-10', end(10n)],
    ['+5', start(5n)],
    ['start+5', start(5n)],
    ['end-5', end(5n)],
    ['@1742480591', time(1742480591000n)],
    ['@1742480591123', time(1742480591123n)],
    ['@1742480591123456789', time(1742480591123n)],
    ['@2026-11-21', time(DAY)],
    ['@2026-11-21T10:00:00Z', time(DAY + 36_000_000)],
    ['@2026-11-21T10:00:00.5+02:00', time(DAY + 28_800_500)],
    ['@now', time(NOW)],
    ['@-1h30m', time(NOW - (3n * HOUR) / 2n)],
    ['@2d', time(NOW - 48n * HOUR)],
    ['s@5', time(5n)],
  ])('%s', (text, bound) => expect(parseOffsetRange(text, NOW)).toEqual(from(bound)))
})

describe('a range ends before its second place', () => {
  test.each<[string, OffsetRange]>([
    ['10:20', from(at(10n), at(20n))],
    ['10:', from(at(10n))],
    [':20', from(start(), at(20n))],
    [':end', from(start(), end())],
    [':end-3', from(start(), end(3n))],
    ['-10:-5', from(end(10n), end(5n))],
    ['+1:end', from(start(1n), end())],
    ['stored:end', from({ kind: 'stored' }, end())],
    ['5:@2026-11-21', from(at(5n), time(DAY))],
    ['@2026-11-21:', from(time(DAY))],
    ['@:2026-11-21', from(start(), time(DAY))],
    [':@2026-11-21', from(start(), time(DAY))],
    ['@:-1h', from(start(), time(NOW - HOUR))],
    ['@2026-11-21:2026-11-22', from(time(DAY), time(DAY + 86_400_000))],
    ['@2026-11-21:@2026-11-22', from(time(DAY), time(DAY + 86_400_000))],
    ['@2026-11-21T10:00:00Z:2026-11-21T11:00:00Z', from(time(DAY + 36_000_000), time(DAY + 39_600_000))],
    ['@2026-11-21T10:00:00+01:00:2026-11-21T11:00:00+01:00', from(time(DAY + 32_400_000), time(DAY + 36_000_000))],
    ['@2026-11-21:1h', from(time(DAY), time(BigInt(DAY) + HOUR))],
    ['@-2h:1h', from(time(NOW - 2n * HOUR), time(NOW - HOUR))],
    ['@-2h:-1h', from(time(NOW - 2n * HOUR), time(NOW - HOUR))],
    ['@-1h:end', from(time(NOW - HOUR), end())],
    ['@1742480591123:1742480591124', from(time(1742480591123n), time(1742480591124n))],
    ['e@99', from(start(), time(99n))],
  ])('%s', (text, range) => expect(parseOffsetRange(text, NOW)).toEqual(range))
})

test.each([
  '',
  ':',
  '@',
  '@:',
  'x',
  'end+1',
  'start-1',
  '1:2:3',
  '@2026-13-01',
  '@2026-02-30',
  '@yesterday',
  '9223372036854775808',
  '1.5',
  's@x',
  '--1',
  's',
])("'%s' is no offset, and the message has examples", (text) => {
  expect(() => parseOffsetRange(text, NOW)).toThrow(
    expect.objectContaining({ code: 'INVALID_OFFSET', exitCode: 2, hint: expect.stringContaining('10:20') as string }),
  )
})

test.each(['20:10', '-5:-10', '@2026-11-22:2026-11-21'])("'%s' ends before it begins", (text) => {
  expect(() => parseOffsetRange(text, NOW)).toThrow(/ends before it begins/)
})

test('where one place is asked for, a range is refused and the flag is named', () => {
  expect(parseOffsetBound('@2026-11-21', NOW, '--until')).toEqual(time(DAY))
  expect(() => parseOffsetBound('1:2', NOW, '--until')).toThrow("--until '1:2' is a range, and one place is needed")
})

test('any offsets and ranges of them are read exactly', () => {
  const offset = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
  fc.assert(
    fc.property(offset, offset, (first, second) => {
      const [low, high] = first < second ? [first, second] : [second, first]
      expect(parseOffsetRange(`${low}:${high}`, NOW)).toEqual(from(at(low), at(high)))
    }),
  )
})

test('any text is either read or refused as usage', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789:@+-endstarThZ. ') }), (text) => {
      try {
        parseOffsetRange(text, NOW)
      } catch (error) {
        expect(error).toMatchObject({ exitCode: 2 })
      }
    }),
  )
})
