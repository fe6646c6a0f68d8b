import { describe, expect, test } from 'vitest'
import { parseDuration, requireDuration } from '../../src/grammar/duration.ts'
import { parseTimeText } from '../../src/grammar/time-text.ts'
import {
  requireCount,
  requireDelimiter,
  requireHeader,
  requirePartition,
  requirePartitions,
  requireRate,
  requireSize,
} from '../../src/grammar/values.ts'

const usage = (message: string) =>
  expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message), hint: expect.any(String) })

test.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['7d', 604_800_000],
  ['1w', 604_800_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
])('%s is %d milliseconds', (text, ms) => expect(parseDuration(text)).toBe(ms))

test.each(['', '10', 's', '-1s', '1 s', '1y', '1h-30m', '1e3s', '99999999999999999999d'])("'%s' is no duration", (text) => {
  expect(parseDuration(text)).toBeNull()
  expect(() => requireDuration('--timeout', text)).toThrow(usage('--timeout'))
})

test('zero needs no unit', () => expect(requireDuration('--linger', '0')).toBe(0))

test.each([
  ['512', 512],
  ['64KiB', 65_536],
  ['1MiB', 1_048_576],
  ['1GiB', 1_073_741_824],
  ['2k', 2048],
  ['10MB', 10_000_000],
])('%s is %d bytes', (text, bytes) => expect(requireSize('--batch-bytes', text)).toBe(bytes))

test.each(['', '-1', '1.5', 'KiB', '1TiX', '99999999999GiB'])("'%s' is no size", (text) => {
  expect(() => requireSize('--batch-bytes', text)).toThrow(usage('--batch-bytes'))
})

test.each([
  ['50/s', 50],
  ['50', 50],
  ['120/m', 2],
  ['1.5/s', 1.5],
])('%s is %d a second', (text, rate) => expect(requireRate('--rate', text)).toBe(rate))

test.each(['0', '0/s', '/s', '5/d', '-5'])("'%s' is no rate", (text) => expect(() => requireRate('--rate', text)).toThrow(usage('--rate')))

test.each([
  ['0', [0]],
  ['0,2,5-7', [0, 2, 5, 6, 7]],
  ['7,5-7, 0', [0, 5, 6, 7]],
])('%s are partitions %j', (text, partitions) => expect(requirePartitions('-p', text)).toEqual(partitions))

test.each(['', '-1', 'a', '1,', '7-5', '0-999999999'])("'%s' are no partitions", (text) => {
  expect(() => requirePartitions('--partition', text)).toThrow(usage('--partition'))
})

test.each([
  ['\\n', '0a'],
  ['\\t', '09'],
  ['\\0', '00'],
  ['\\x1e', '1e'],
  ['\\xff', 'ff'],
  ['é\\xff', 'c3a9ff'],
  ['\\\\n', '5c6e'],
  [' | ', '207c20'],
])("delimiter '%s' is the bytes %s", (text, hex) => expect(requireDelimiter('-D', text).toString('hex')).toBe(hex))

test.each(['', '\\q', '\\x', 'a\\'])("'%s' is no delimiter", (text) => expect(() => requireDelimiter('-D', text)).toThrow(usage('-D')))

describe('a header', () => {
  test.each([
    ['k=v', 'k', 'v'],
    ['k:v', 'k', 'v'],
    ['k=a:b', 'k', 'a:b'],
    ['k:a=b', 'k', 'a=b'],
    ['k=', 'k', ''],
    ['k', 'k', null],
  ])('%s', (text, key, value) => {
    const header = requireHeader('-H', text)
    expect([header.key.toString(), header.value?.toString() ?? null]).toEqual([key, value])
  })
  test.each(['', '=v', ':v'])("'%s' is none, for it has no name", (text) => expect(() => requireHeader('-H', text)).toThrow(usage('-H')))
})

test('one partition is not several', () => {
  expect(requirePartition('-p', '7')).toBe(7)
  for (const text of ['0,2', '5-7', '', 'x']) expect(() => requirePartition('-p', text)).toThrow(usage('-p'))
})

test('a count is a whole number', () => {
  expect(requireCount('-n', '5', 1)).toBe(5)
  for (const text of ['0', '-1', '1.5', 'x', '', '99999999999999999999']) expect(() => requireCount('-n', text, 1)).toThrow(usage('-n'))
})

describe('a time', () => {
  const ms = BigInt(Date.UTC(2026, 10, 21, 10, 0, 0))
  test.each([
    ['2026-11-21', ms - 36_000_000n],
    ['2026-11-21T10:00:00Z', ms],
    ['2026-11-21t10:00:00z', ms],
    ['2026-11-21 10:00:00Z', ms],
    ['2026-11-21T11:00:00+01:00', ms],
    ['2026-11-21T11:00:00+0100', ms],
    ['2026-11-21T10:00:00.1Z', ms + 100n],
    ['2026-11-21T10:00:00.123456789Z', ms + 123n],
    ['2024-02-29', BigInt(Date.UTC(2024, 1, 29))],
    ['1969-12-31T23:59:59.999Z', -1n],
    ['0', 0n],
    ['1742480591', 1_742_480_591_000n],
    ['1742480591123', 1_742_480_591_123n],
    ['1742480591123456', 1_742_480_591_123n],
    ['1742480591123456789', 1_742_480_591_123n],
  ])('%s', (text, timestamp) => expect(parseTimeText(text)).toBe(timestamp))

  test.each(['', '2026-02-29', '2026-02-31T00:00:00Z', '2026-13-01', '2026-11-21T25:00:00Z', '2026-11-21T10:00:00', '10:00', 'now'])(
    "'%s' is none",
    (text) => expect(parseTimeText(text)).toBeNull(),
  )
})
