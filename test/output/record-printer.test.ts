import { expect, test } from 'vitest'
import { compileFilter } from '../../src/grammar/filter.ts'
import { chooseWriter } from '../../src/output/choose-writer.ts'
import { RecordPrinter } from '../../src/output/record-printer.ts'
import { type TestRecord, cursorOver } from './batches.ts'

const PLAIN = { isJson: false, template: null, headersOnly: false, delimiter: Buffer.from('\n'), keyDelimiter: null, showsNull: false }
const RECORD: TestRecord = { key: 'k', value: 'v', headers: [['h', 'x']] }

function sink() {
  const pieces: string[] = []
  return { pieces, write: (bytes: Buffer, start: number, end: number) => void pieces.push(bytes.toString('utf8', start, end)) }
}

function printAll(printer: RecordPrinter, records: readonly TestRecord[]): boolean {
  const cursor = cursorOver(records)
  printer.beginBatch('orders', 0, cursor)
  let goesOn = true
  while (goesOn && cursor.next()) goesOn = printer.record(cursor)
  void printer.endBatch()
  return goesOn
}

test.each([
  ['values', {}, 'v\n'],
  ['values with keys', { keyDelimiter: Buffer.from(':') }, 'k:v\n'],
  [
    'envelopes',
    { isJson: true, headersOnly: true },
    '{"topic":"orders","partition":0,"offset":0,"timestamp":0,"headers":[{"key":"h","value":"x"}]}\n',
  ],
  ['a template, which wins over delimiters', { template: '%k', delimiter: Buffer.from('!'), keyDelimiter: Buffer.from(':') }, 'k'],
  ['headers only', { headersOnly: true }, 'h=x\n'],
])('records are printed as %s', (_, options, text) => {
  const out = sink()
  const printer = new RecordPrinter(chooseWriter({ ...PLAIN, ...options }), out, Number.POSITIVE_INFINITY)
  expect(printAll(printer, [RECORD])).toBe(true)
  expect(out.pieces).toEqual([])
  void printer.idle()
  expect(out.pieces).toEqual([text])
})

test('only wanted records are printed, and only they count', () => {
  const out = sink()
  const printer = new RecordPrinter(chooseWriter(PLAIN), out, 2, compileFilter('v:a'))
  expect(
    printAll(
      printer,
      ['a1', 'b1', 'a2', 'a3'].map((value) => ({ value })),
    ),
  ).toBe(false)
  void printer.idle()
  expect(out.pieces.join('')).toBe('a1\na2\n')
  expect(printer.count).toBe(2)
})

test('much output is written before all records are there', () => {
  const out = sink()
  const printer = new RecordPrinter(chooseWriter(PLAIN), out, Number.POSITIVE_INFINITY)
  for (let batch = 0; batch < 20; batch++) printAll(printer, [{ value: 'x'.repeat(30_000) }])
  expect(out.pieces.length).toBeGreaterThan(1)
  void printer.idle()
  expect(out.pieces.join('').length).toBe(20 * 30_001)
})
