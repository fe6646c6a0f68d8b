import { expect, test } from 'vitest'
import { countText, durationText, rateText, sizeText } from '../../src/output/amounts.ts'
import { progressLine, summaryText } from '../../src/output/progress.ts'

test.each([
  [0, '0 B'],
  [512, '512 B'],
  [1023, '1023 B'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [65_536, '64 KiB'],
  [1_048_575, '1 MiB'],
  [123_700_000, '118 MiB'],
  [1_270_000_000, '1.18 GiB'],
])('%d bytes are %s', (bytes, text) => expect(sizeText(bytes)).toBe(text))

test('the largest size has a text', () => expect(sizeText(2n ** 63n - 1n)).toBe('8 EiB'))

test.each([
  [0, '0 ms'],
  [350.4, '350 ms'],
  [999.6, '1.0 s'],
  [4200, '4.2 s'],
  [59_400, '59 s'],
  [59_600, '1m 00s'],
  [65_000, '1m 05s'],
  [3_599_600, '1h 00m'],
  [7_380_000, '2h 03m'],
  [86_400_000, '1d 00h'],
  [619_200_000, '7d 04h'],
])('%d ms are %s', (ms, text) => expect(durationText(ms)).toBe(text))

test.each([
  [0.5, '0.5/s'],
  [950, '950/s'],
  [999.9, '1 k/s'],
  [4_100_000, '4.1 M/s'],
])('%d a second are %s', (rate, text) => expect(rateText(rate)).toBe(text))

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [1_234_567, '1,234,567'],
  [-1000, '-1,000'],
])('%d is %s', (count, text) => expect(countText(count)).toBe(text))

test('progress has records, bytes, rate, and for files the part that is done and the time left', () => {
  const progress = { records: 1_234_567, bytes: 123_700_000, elapsedMs: 2000, totalBytes: null }
  expect(progressLine(progress)).toBe('1,234,567 records · 118 MiB · 617 k/s')
  expect(progressLine({ ...progress, totalBytes: 247_400_000 })).toBe('1,234,567 records · 118 MiB · 617 k/s · 50 % · 2.0 s left')
  expect(progressLine({ ...progress, elapsedMs: 10 })).toBe('1,234,567 records · 118 MiB')
})

test('a file that grew while it was read is not more than done', () => {
  expect(progressLine({ records: 2, bytes: 30, elapsedMs: 1000, totalBytes: 20 })).toBe('2 records · 30 B · 2/s · 100 % · 0 ms left')
})

test('a summary says what was done in which time', () => {
  expect(summaryText({ records: 1_000_000, bytes: 123_700_000, elapsedMs: 250 })).toBe('1,000,000 records (118 MiB) in 250 ms, 4 M/s')
  expect(summaryText({ records: 1, bytes: 5, elapsedMs: 3 })).toBe('1 record (5 B) in 3 ms')
})
