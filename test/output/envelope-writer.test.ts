import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EnvelopeWriter } from '../../src/output/envelope-writer.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { type TestBatch, type TestRecord, printed } from './batches.ts'

const schema = readSchema('record')

/** The lines that are printed, each of them as schemas/record.json says. */
function envelopes(records: readonly TestRecord[], batch: TestBatch = {}, writer = new EnvelopeWriter()): string[] {
  const text = printed(writer, records, batch).toString('utf8')
  expect(text.endsWith('\n')).toBe(true)
  const lines = text.slice(0, -1).split('\n')
  expect(lines.flatMap((line) => schemaErrors(schema, JSON.parse(line)))).toEqual([])
  return lines
}

interface Envelope {
  readonly key: Content
  readonly value: Content
  readonly headers: readonly { readonly key: Content; readonly value: Content }[]
}
type Content = null | string | { readonly base64: string }

function bytesOf(content: Content): Buffer | null {
  if (content === null) return null
  return typeof content === 'string' ? Buffer.from(content) : Buffer.from(content.base64, 'base64')
}

test('a record is one line with topic, partition, offset, timestamp, key, value and headers', () => {
  const record = { key: 'o-1', value: '{"a":"b"}', timestamp: 1742480591000n, headers: [['h', 'v']] } as const
  expect(envelopes([record, {}], { baseOffset: 7n })).toEqual([
    '{"topic":"orders","partition":0,"offset":7,"timestamp":1742480591000,"key":"o-1","value":"{\\"a\\":\\"b\\"}","headers":[{"key":"h","value":"v"}]}',
    '{"topic":"orders","partition":0,"offset":8,"timestamp":0,"key":null,"value":null,"headers":[]}',
  ])
})

test('any bytes come back as they were', () => {
  const bytes = fc.option(
    fc.oneof(
      fc.uint8Array({ maxLength: 12 }).map((array) => Buffer.from(array)),
      fc.string({ unit: 'binary', maxLength: 12 }).map((text) => Buffer.from(text)),
      fc.json({ maxDepth: 1 }).map((text) => Buffer.from(text)),
      fc.constantFrom('"\\\b\f\n\r\t\0\u001f\u007f/').map((text) => Buffer.from(text)),
    ),
  )
  const record = fc.record({
    key: bytes,
    value: bytes,
    headers: fc.array(
      fc.tuple(
        bytes.map((key) => key ?? Buffer.alloc(0)),
        bytes,
      ),
      { maxLength: 3 },
    ),
  })
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 3 }), (records) => {
      const read = envelopes(records).map((line) => JSON.parse(line) as Envelope)
      expect(
        read.map(({ key, value, headers }) => ({
          key: bytesOf(key),
          value: bytesOf(value),
          headers: headers.map((header) => [bytesOf(header.key), bytesOf(header.value)]),
        })),
      ).toEqual(records)
    }),
  )
})

test.each([
  ['a lone continuation byte', '80'],
  ['an overlong slash', 'c0af'],
  ['an overlong of three bytes', 'e08080'],
  ['a surrogate', 'eda080'],
  ['past U+10FFFF', 'f4908080'],
  ['a sequence that breaks off', '61e282'],
])('%s is no UTF-8, so it is base64', (_, hex) => {
  const value = Buffer.from(hex, 'hex')
  expect(JSON.parse(envelopes([{ value }])[0] as string)).toMatchObject({ value: { base64: value.toString('base64') } })
})

test.each([
  ['two bytes', 'é'],
  ['the last before surrogates', '\ud7ff'],
  ['the last of all', '\u{10ffff}'],
  ['a byte order mark', '\ufefftext'],
  ['line separators', '\u2028\u2029'],
])('%s stays text', (_, text) => {
  expect(envelopes([{ value: text }])[0]).toContain(`"value":"${text}"`)
})

test('offsets and timestamps past 2^53 are exact', () => {
  const max = 2n ** 63n - 1n
  const [first, second] = envelopes([{ timestamp: max }, { timestamp: -(2n ** 63n) }], { baseOffset: max - 1n })
  expect(first).toContain(`"offset":${max - 1n},"timestamp":${max},`)
  expect(second).toContain(`"offset":${max},"timestamp":-9223372036854775808,`)
  const [before, after] = envelopes([{ timestamp: 2n ** 53n - 1n }, { timestamp: 2n ** 53n + 1n }], { baseOffset: 2n ** 53n - 1n })
  expect(before).toContain('"offset":9007199254740991,"timestamp":9007199254740991,')
  expect(after).toContain('"offset":9007199254740992,"timestamp":9007199254740993,')
})

test('a log append time says so', () => {
  const [line] = envelopes([{ timestamp: 5n }], { attributes: 0x08 })
  expect(line).toContain('"timestamp":5,"timestampType":"LogAppendTime","key":')
})

test('a transaction marker has its kind and its producer in place of key and value', () => {
  const marker = { key: Buffer.from('00000001', 'hex'), value: Buffer.from('00000000002a', 'hex') }
  const batch = { attributes: 0x30, producerId: 2n ** 60n + 1n, producerEpoch: 3 }
  expect(envelopes([marker], batch)).toEqual([
    '{"topic":"orders","partition":0,"offset":0,"timestamp":0,"control":"COMMIT","producerId":1152921504606846977,"producerEpoch":3,"coordinatorEpoch":42,"headers":[]}',
  ])
  expect(envelopes([{ ...marker, key: Buffer.from('00000000', 'hex') }], batch)[0]).toContain('"control":"ABORT"')
})

test('headers only leaves key and value out', () => {
  const record = {
    key: 'k',
    value: 'v',
    headers: [
      ['a', null],
      ['a', ''],
    ],
  } as const
  expect(envelopes([record], {}, new EnvelopeWriter({ headersOnly: true }))).toEqual([
    '{"topic":"orders","partition":0,"offset":0,"timestamp":0,"headers":[{"key":"a","value":null},{"key":"a","value":""}]}',
  ])
})

test('one writer prints batches of several partitions', () => {
  const writer = new EnvelopeWriter()
  expect(printed(writer, [{}], {}, 'a', 1).toString()).toContain('{"topic":"a","partition":1,')
  expect(printed(writer, [{}], {}, 'a', 2).toString()).toContain('{"topic":"a","partition":2,')
  expect(printed(writer, [{}], {}, 'b"', 2).toString()).toContain('{"topic":"b\\"","partition":2,')
})

test('a large value with all kinds of bytes comes back as it was', () => {
  const value = 'é"\\\n\u0001 plain text €\u{1f600}'.repeat(5000)
  expect(JSON.parse(envelopes([{ value }])[0] as string)).toMatchObject({ value })
})
