import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ArrayFormat } from '../../src/input/array-format.ts'
import { CsvFormat } from '../../src/input/csv-format.ts'
import { EventEnvelope } from '../../src/input/event-envelope.ts'
import { JsonPath } from '../../src/input/json-path.ts'
import { LineFormat } from '../../src/input/line-format.ts'
import { RecordFields, type RecordFieldsOptions } from '../../src/input/record-fields.ts'
import { NO_FIELDS, pieceSizes, readAll, type Receiver } from './support.ts'

function fields(options: Partial<RecordFieldsOptions> = {}): RecordFields {
  return new RecordFields({ ...NO_FIELDS, ...options })
}

function lines(
  input: string | Buffer,
  options: Partial<RecordFieldsOptions> & { keyDelimiter?: string; maxRecordBytes?: number } = {},
): Promise<Receiver> {
  const keyDelimiter = options.keyDelimiter === undefined ? null : Buffer.from(options.keyDelimiter)
  return readAll(new LineFormat({ delimiter: Buffer.from('\n'), keyDelimiter, fields: fields(options) }), input, options)
}

const array = (input: string, options: { sizes?: readonly number[]; maxRecordBytes?: number } = {}): Promise<Receiver> =>
  readAll(new ArrayFormat(fields()), input, options)

const csv = (
  input: string | Buffer,
  options: { sizes?: readonly number[]; maxRecordBytes?: number; stopAtReject?: boolean } = {},
): Promise<Receiver> => readAll(new CsvFormat(fields()), input, options)

const path = (text: string): JsonPath => new JsonPath(text)

test('a line is a value, an empty line an empty one, or null when that is asked for', async () => {
  expect((await lines('a\n\nb')).values).toEqual(['a', '', 'b'])
  expect((await lines('a\n\nb', { emptyIsNull: true, key: Buffer.from('k') })).records).toMatchObject([
    { key: 'k', value: 'a', unit: 1 },
    { key: 'k', value: null, unit: 2 },
    { key: 'k', value: 'b', unit: 3 },
  ])
})

test('-K splits at the first delimiter; a line without one is refused', async () => {
  const got = await lines('k:v\n:v\nk:\nk:a:b\nplain\n', { keyDelimiter: ':' })
  expect(got.records.map(({ key, value }) => [key, value])).toEqual([
    ['k', 'v'],
    ['', 'v'],
    ['k', ''],
    ['k', 'a:b'],
  ])
  expect(got.rejected).toEqual([{ reason: "it has no key delimiter ':'", unit: 5, bytes: 'plain' }])
})

test('a key delimiter of several bytes is looked for within the line only', async () => {
  const got = await lines('k=>v\nk=\n>v\n', { keyDelimiter: '=>' })
  expect(got.order).toEqual(['record 1', 'reject 2', 'reject 3'])
  expect((await lines('k:\nx:y', { keyDelimiter: ':', emptyIsNull: true })).records).toMatchObject([
    { key: 'k', value: null },
    { key: 'x' },
  ])
})

test.each([
  ['{"id":"o-1"}', 'o-1'],
  ['{"id":7.50}', '7.50'],
  ['{"id":9007199254740993}', '9007199254740993'],
  ['{"id":true}', 'true'],
  ['{"id":{"a": 1}}', '{"a": 1}'],
  [String.raw`{"id":"a\"\u00e9"}`, 'a"\xc3\xa9'],
  ['{"id":""}', ''],
  ['{"id":null}', null],
  ['{"other":1}', null],
])('the key field of %s is %j', async (line, key) => {
  expect((await lines(line, { keyField: path('.id') })).records).toMatchObject([{ key, value: line }])
})

test.each([
  ['not json', 'it is not a JSON object'],
  ['', 'it is not a JSON object'],
  [String.raw`{"id":"\ud83d"}`, String.raw`\ud83d is half of a surrogate pair, which no bytes stand for`],
  ['{"id":"\xff"}', 'what it has as .id is not valid UTF-8'],
  ['{"id":"\\n\xff"}', 'what it has as .id is not valid UTF-8'],
  ['{"id":"a', 'it ends within a string'],
  ['{"id":"a"},', "it does not end with '}'"],
  ['[', "it does not end with ']'"],
])('a line whose key cannot be had is refused: %j', async (line, reason) => {
  const got = await lines(Buffer.from(`${line}\n{"id":"next"}\n`, 'latin1'), { keyField: path('.id') })
  expect(got.rejected).toEqual([{ reason, unit: 1, bytes: line }])
  expect(got.records).toMatchObject([{ key: 'next', unit: 2 }])
})

test('a key does not stay for the next line, which has none', async () => {
  const got = await lines('{"id":"a"}\n{}\n', { keyField: path('.id') })
  expect(got.records.map(({ key }) => key)).toEqual(['a', null])
})

test.each([
  ['1742480591', 1742480591000n],
  ['1742480591123', 1742480591123n],
  ['1742480591123456', 1742480591123n],
  ['1742480591123456789', 1742480591123n],
  ['"1742480591123"', 1742480591123n],
  ['"2026-01-02"', 1767312000000n],
  ['"2026-01-02T03:04:05.678+01:00"', 1767319445678n],
  ['0', 0n],
])('the timestamp field %s is %s', async (text, timestamp) => {
  expect((await lines(`{"at":${text}}`, { timestampField: path('.at') })).records).toMatchObject([{ timestamp }])
})

test.each(['"yesterday"', '1.5', '"2026-02-30"', '9'.repeat(39), 'null', '{}', '"1742480591123x"'])('%s is no timestamp', async (text) => {
  const got = await lines(`{"at":${text}}`, { timestampField: path('.at') })
  expect(got.order).toEqual(['reject 1'])
  expect(got.rejected[0]?.reason).toContain('.at')
})

test('headers: given ones first, then those from fields; missing ones are left out, null ones are null', async () => {
  const options = {
    headers: [
      { key: Buffer.from('fixed'), value: Buffer.from('x') },
      { key: Buffer.from('none'), value: null },
    ],
    headerFields: ['type', 'n', 'missing', 'nil', 'obj', 'type'].map((name) => ({ key: Buffer.from(name), path: path(`.${name}`) })),
    keyField: path('.key'),
  }
  const got = await lines(String.raw`{"type":"a\tb","n":1.0,"nil":null,"obj":{"x":[1]},"key":"k\\ey"}`, options)
  expect(got.records).toMatchObject([
    {
      key: 'k\\ey',
      headers: [
        ['fixed', 'x'],
        ['none', null],
        ['type', 'a\tb'],
        ['n', '1.0'],
        ['nil', null],
        ['obj', '{"x":[1]}'],
        ['type', 'a\tb'],
      ],
    },
  ])
})

test('a line that is too long is refused with its number, and those around it come through', async () => {
  const got = await lines(`a\n${'x'.repeat(50)}\nb\n`, { maxRecordBytes: 20 })
  expect(got.order).toEqual(['record 1', 'reject 2', 'record 3'])
})

const anyJson = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' })

test('the elements of an array are its records, as one line each, however the array is written and cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyJson, { maxLength: 8 }),
      fc.constantFrom(undefined, 2, '\t'),
      pieceSizes,
      async (elements, space, sizes) => {
        const got = await array(JSON.stringify(elements, null, space), { sizes })
        expect(got.rejected).toEqual([])
        expect(got.values).toEqual(elements.map((element) => Buffer.from(JSON.stringify(element)).toString('latin1')))
      },
    ),
    { numRuns: 500 },
  )
})

test('numbers and strings of an array keep their text', async () => {
  const got = await array(String.raw`[ 1.0 , 9007199254740993, "a \u00e9, ]" , { "a" : [ 1e2 ] } ]`)
  expect(got.values).toEqual(['1.0', '9007199254740993', String.raw`"a \u00e9, ]"`, '{"a":[1e2]}'])
})

test.each([
  ['[1,foo,3]', [1, 3], [[2, "unexpected 'foo'"]]],
  ['[1 2,3]', [3], [[1, "unexpected '2'"]]],
  [
    '[{"a":1],"b":2},3]',
    [],
    [
      [1, "unexpected ']'"],
      [2, "unexpected '}'; what comes after it is not read"],
    ],
  ],
  ['[1,,3]', [1, 3], [[2, 'there is nothing between two commas']]],
  ['[1,]', [1], [[2, 'there is nothing between two commas']]],
  ['[1}', [], [[1, "unexpected '}'; what comes after it is not read"]]],
  ['[1,{"a":2', [1], [[2, 'the array ends too early: `]` is missing']]],
  ['[1] [2]', [1], [[0, 'more comes after the array']]],
  ['{"a":1}', [], [[0, 'the input is not a JSON array']]],
  ['', [], [[0, 'the input is empty: a JSON array is expected']]],
  ['[]', [], []],
  ['\ufeff [ ] \n', [], []],
])('%s: what is wrong is said of the element', async (input, values, rejected) => {
  const got = await array(input, { sizes: [2] })
  expect(got.values).toEqual(values.map(String))
  expect(got.rejected.map(({ unit, reason }) => [unit, reason])).toEqual(rejected)
})

test('an element that is too long is passed over without being held', async () => {
  const got = await array(`[1,"${'x'.repeat(5000)}",3]`, { sizes: [100], maxRecordBytes: 100 })
  expect(got.order).toEqual(['record 1', 'reject 2', 'record 3'])
  expect(got.rejected[0]?.bytes.length).toBeLessThan(500)
})

test('whatever the bytes, reading an array ends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: fc.constantFrom(...'[]{}",:1a\\ \n'), maxLength: 60 }), pieceSizes, async (garbage, sizes) => {
      const got = await array(`[0,${garbage}`, { sizes })
      expect(got.values[0]).toBe('0')
      for (const value of got.values) JSON.parse(value as string)
    }),
    { numRuns: 1000 },
  )
})

test('rows are JSON objects of strings, in the order of the header', async () => {
  const got = await csv('id,name,"a ""b"""\r\n1,"x, y",\r\n\r\n2,"two\nlines",\xe9\r\n')
  expect(got.rejected).toEqual([])
  expect(got.records.map(({ unit, value }) => [unit, Buffer.from(value as string, 'latin1').toString()])).toEqual([
    [1, '{"id":"1","name":"x, y","a \\"b\\"":""}'],
    [2, '{"id":"2","name":"two\\nlines","a \\"b\\"":"\xe9"}'],
  ])
})

test.each([[[1]], [[2]], [[1000]]])(
  'rows may end each in its own way, as in files put together of several, cut in pieces of %j',
  async (sizes) => {
    const got = await csv('a\r\n1\n2\r\n\n3\r4\n\r\nx,y\r\n5', { sizes })
    expect(got.values).toEqual(['1', '2', '3', '4', '5'].map((cell) => `{"a":"${cell}"}`))
    expect(got.rejected.map(({ bytes }) => bytes.trimEnd())).toEqual(['x,y'])
  },
)

test('any cells come through, however the file is cut', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r\n', ' ', 'é', '😀', '\\', '\u0085'), maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell, fc.constant('.')), { maxLength: 6 }), pieceSizes, async (rows, sizes) => {
      const text = [['a', 'é', 'c'], ...rows].map((row) => row.map((each) => `"${each.replaceAll('"', '""')}"`).join(',')).join('\n')
      const got = await csv(text, { sizes })
      expect(got.rejected).toEqual([])
      expect(got.values.map((value) => JSON.parse(Buffer.from(value as string, 'latin1').toString()) as unknown)).toEqual(
        rows.map(([a, b, c]) => ({ a, é: b, c })),
      )
    }),
    { numRuns: 300 },
  )
})

test('a bad row is refused in its place, and the rows around it come through', async () => {
  const input = Buffer.from('a,b\n1,2\n3\n4,5,6\n9,\xff\n10,11\n', 'latin1')
  const got = await csv(input)
  expect(got.order).toEqual(['record 1', 'reject 2', 'reject 3', 'reject 4', 'record 5'])
  expect(got.rejected.map(({ reason, bytes }) => [reason, bytes])).toEqual([
    ['its number of columns is 1, and that of the header 2', '3\n'],
    ['its number of columns is 3, and that of the header 2', '4,5,6\n'],
    ['it is not valid UTF-8', '9,\xff\n'],
  ])
  const stopped = await csv(input, { stopAtReject: true })
  expect(stopped.order).toEqual(['record 1', 'reject 2'])
})

test.each([
  ['3,"4"x\n5,6\n', 'line 3: a cell goes on after its closing quote; what comes after it is not read'],
  ['3,4"x"\n5,6\n', /^line 3: a quote is within a cell that does not begin with one/],
  ['3,"4\n5,6\n', /a quote is never closed/],
  [`3,"${'4\n'.repeat(10_000)}`, /the row is too long, or a quote in it is never closed/],
])('a wrong quote ends the reading, after what came before it: %j', async (rest, reason) => {
  const got = await csv(`a,b\n1,2\n${rest}`, { maxRecordBytes: 1000, sizes: [100] })
  expect(got.order).toEqual(['record 1', 'reject 2'])
  expect(got.rejected[0]?.reason).toMatch(reason)
})

test.each([
  ['a,b,a\n1,2,3\n', "the header row: two columns have the name 'a'"],
  ['a,,c\n1,2,3\n', 'the header row: a column has no name'],
  ['\xff\xfea\x00,\x00b\x00\n\x00', 'the header row: the input is UTF-16, and UTF-8 is expected'],
])('%j is refused for its header', async (input, reason) => {
  const got = await csv(Buffer.from(input, 'latin1'))
  expect(got.rejected.map((each) => each.reason)).toEqual([reason])
  expect(got.records).toEqual([])
})

test('CSV without rows, without a line end, with a byte order mark', async () => {
  expect((await csv('')).order).toEqual([])
  expect((await csv('a,b\n')).order).toEqual([])
  expect((await csv('\ufeffa\n1', { sizes: [1] })).values).toEqual(['{"a":"1"}'])
})

function event(type: string): EventEnvelope {
  let next = 0
  return new EventEnvelope(
    type,
    { now: () => 1742480591123n, sleep: () => Promise.resolve() },
    {
      fill(bytes) {
        for (let at = 0; at < bytes.length; at++) bytes[at] = next++
      },
    },
  )
}

test('events have ids of their own, a type, a time and the data as they were', async () => {
  const got = await lines('{"id": 1.0}\n[2]\n{"correlation_id":"c-\\u00e9","id":3}\n', {
    eventEnvelope: event('order "x"'),
    keyField: path('[0]'),
  })
  expect(got.values).toEqual([
    '{"event_id":"00010203-0405-4607-8809-0a0b0c0d0e0f","event_type":"order \\"x\\"","event_version":1,"occurred_at":"2025-03-20T14:23:11.123Z","correlation_id":"00010203-0405-4607-8809-0a0b0c0d0e0f","data":{"id": 1.0}}',
    '{"event_id":"10111213-1415-4617-9819-1a1b1c1d1e1f","event_type":"order \\"x\\"","event_version":1,"occurred_at":"2025-03-20T14:23:11.123Z","correlation_id":"10111213-1415-4617-9819-1a1b1c1d1e1f","data":[2]}',
    '{"event_id":"20212223-2425-4627-a829-2a2b2c2d2e2f","event_type":"order \\"x\\"","event_version":1,"occurred_at":"2025-03-20T14:23:11.123Z","correlation_id":"c-\\u00e9","data":{"correlation_id":"c-\\u00e9","id":3}}',
  ])
  expect(got.records.map(({ key }) => key)).toEqual([null, '2', null])
})

test('only JSON in UTF-8 becomes an event, and an empty value may stay a tombstone', async () => {
  const got = await lines(Buffer.from('{"a":1} x\n{"a":"\xff"}\n{"a":}\n\n"text"\n', 'latin1'), {
    eventEnvelope: event('t'),
    emptyIsNull: true,
  })
  expect(got.rejected.map(({ unit, reason }) => [unit, reason])).toEqual([
    [1, "unexpected 'x'"],
    [2, 'it is not valid UTF-8'],
    [3, "unexpected '}'"],
  ])
  expect(got.records.map(({ value }) => value === null)).toEqual([true, false])
})
