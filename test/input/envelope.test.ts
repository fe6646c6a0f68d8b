import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EnvelopeFormat } from '../../src/input/envelope/envelope-format.ts'
import { type Got, pieceSizes, readAll, type Receiver } from './support.ts'

const NEWLINE = Buffer.from('\n')

async function read(
  input: Buffer | string,
  options: { emptyIsNull?: boolean; sizes?: readonly number[]; maxRecordBytes?: number; stopAtReject?: boolean } = {},
): Promise<Receiver> {
  return readAll(new EnvelopeFormat(NEWLINE, { emptyIsNull: options.emptyIsNull ?? false, headers: [] }), input, options)
}

function record(fields: Partial<Got>): Got {
  return { topic: null, partition: -1, timestamp: null, key: null, value: null, headers: [], unit: 1, ...fields }
}

test("leat's own records", async () => {
  const got = await read(
    String.raw`{"topic":"orders","partition":0,"offset":7,"timestamp":1742480591000,"key":"o-1","value":"{\"id\":\"é\"}","headers":[{"key":"h","value":"v"}]}
{"topic":"orders","partition":3,"offset":9007199254740993,"timestamp":9223372036854775807,"timestampType":"LogAppendTime","key":null,"value":null,"headers":[]}
{"topic":"orders","partition":3,"offset":8,"timestamp":-1,"key":"","value":"","headers":[{"key":"a","value":null},{"key":"a","value":""},{"key":{"base64":"/w=="},"value":{"base64":"AAEC"}}]}
{"topic":"pay","partition":0,"offset":0,"timestamp":0,"key":{"base64":"//79"},"value":{"base64":""},"headers":[]}
`,
  )
  expect(got.rejected).toEqual([])
  expect(got.records).toEqual([
    record({ topic: 'orders', partition: 0, timestamp: 1742480591000n, key: 'o-1', value: '{"id":"Ã©"}', headers: [['h', 'v']] }),
    record({ topic: 'orders', partition: 3, timestamp: 9223372036854775807n, unit: 2 }),
    record({
      topic: 'orders',
      partition: 3,
      timestamp: -1n,
      key: '',
      value: '',
      headers: [
        ['a', null],
        ['a', ''],
        ['\xff', '\0\x01\x02'],
      ],
      unit: 3,
    }),
    record({ topic: 'pay', partition: 0, timestamp: 0n, key: '\xff\xfe\xfd', value: '', unit: 4 }),
  ])
})

// Printed by kcat 1.7.1 from Apache Kafka 4.3.1: binary values come as they are, which is no UTF-8.
test('kcat -J', async () => {
  const got = await read(
    Buffer.from(
      String.raw`{"topic":"t","partition":0,"offset":0,"tstype":"create","ts":1795247212011,"broker":1,"headers":["a","1","a","2","n",null],"key":"k1","payload":"plain"}
{"topic":"t","partition":0,"offset":1,"tstype":"create","ts":1795247213117,"broker":1,"key":null,"payload":"q\"\\\t\u0001` +
        '\x7f/\xc3\xa9\xff\xfe end' +
        String.raw`"}
{"topic":"t","partition":0,"offset":2,"tstype":"create","ts":1795247213167,"broker":1,"key":"k2","payload":null}
{"topic":"t","partition":0,"offset":3,"tstype":"create","ts":1795247213235,"broker":1,"key":"k3","payload":""}
`,
      'latin1',
    ),
  )
  const headers: [string, string | null][] = [
    ['a', '1'],
    ['a', '2'],
    ['n', null],
  ]
  expect(got.rejected).toEqual([])
  expect(got.records).toEqual([
    record({ topic: 't', partition: 0, timestamp: 1795247212011n, key: 'k1', value: 'plain', headers }),
    record({ topic: 't', partition: 0, timestamp: 1795247213117n, value: 'q"\\\t\x01\x7f/\xc3\xa9\xff\xfe end', unit: 2 }),
    record({ topic: 't', partition: 0, timestamp: 1795247213167n, key: 'k2', unit: 3 }),
    record({ topic: 't', partition: 0, timestamp: 1795247213235n, key: 'k3', value: '', unit: 4 }),
  ])
})

test('kcat -J with headers as a map, and with Avro that it decoded', async () => {
  const got = await read(
    '{"topic":"t","partition":0,"offset":0,"tstype":"create","ts":5,"broker":1,"headers":{"a":["1",null],"b":["2"]},"key":"k","payload":{"id": 1}}',
  )
  expect(got.records).toEqual([
    record({
      topic: 't',
      partition: 0,
      timestamp: 5n,
      key: 'k',
      value: '{"id": 1}',
      headers: [
        ['a', '1'],
        ['a', null],
        ['b', '2'],
      ],
    }),
  ])
})

test('rpk prints records over several lines, and they come back', async () => {
  const got = await read(`{
  "topic": "foo",
  "key": "k",
  "value": "\\u003cb\\u003e {",
  "headers": [
    {
      "key": "h",
      "value": "v"
    }
  ],
  "timestamp": 1645112061410,
  "partition": 2,
  "offset": 0
}
{
  "topic": "foo",
  "value": "no key",
  "timestamp": 1645112061411,
  "partition": 2,
  "offset": 1
}
`)
  expect(got.rejected).toEqual([])
  expect(got.records).toEqual([
    record({ topic: 'foo', partition: 2, timestamp: 1645112061410n, key: 'k', value: '<b> {', headers: [['h', 'v']] }),
    record({ topic: 'foo', partition: 2, timestamp: 1645112061411n, value: 'no key', unit: 15 }),
  ])
})

test('a value that is left out is refused, as null and empty could both be meant; with -Z it is null', async () => {
  const input = '{"topic":"foo","key":"k","timestamp":5,"partition":2,"offset":0}\n'
  expect((await read(input)).rejected).toMatchObject([{ reason: expect.stringContaining('it has no value'), unit: 1 }])
  expect((await read(input, { emptyIsNull: true })).records).toMatchObject([{ key: 'k', value: null }])
  expect((await read('{"key":"","value":""}', { emptyIsNull: true })).records).toMatchObject([{ key: '', value: null }])
})

test('kaf json-each-row: RFC 3339 times, and its empty keys are no keys', async () => {
  const got =
    await read(`{"topic":"t","partition":1,"offset":4,"timestamp":"2026-01-02T03:04:05.678+01:00","headers":[{"key":"h","value":"v"}],"key":"k","payload":"p"}
{"topic":"t","partition":1,"offset":5,"timestamp":"2026-01-02T03:04:05Z","headers":[],"key":"","payload":""}
`)
  expect(got.rejected).toEqual([])
  expect(got.records).toEqual([
    record({ topic: 't', partition: 1, timestamp: 1767319445678n, key: 'k', value: 'p', headers: [['h', 'v']] }),
    record({ topic: 't', partition: 1, timestamp: 1767323045000n, key: null, value: '', unit: 2 }),
  ])
})

test('kafkactl -o json', async () => {
  const got = await read(
    '{\n\t"Partition": 3,\n\t"Offset": 5,\n\t"Headers": {\n\t\t"a": "b"\n\t},\n\t"keySchemaId": 1,\n\t"Key": "k",\n\t"Value": null,\n\t"Timestamp": "2026-01-02T03:04:05.1Z"\n}\n{\n\t"Partition": 0,\n\t"Offset": 6,\n\t"Value": "v"\n}\n',
  )
  expect(got.rejected).toEqual([])
  expect(got.records).toEqual([
    record({ partition: 3, timestamp: 1767323045100n, key: 'k', headers: [['a', 'b']] }),
    record({ partition: 0, value: 'v', unit: 12 }),
  ])
})

test.each([
  ['{"value":{"a":[1, 2]}}', '{"a":[1, 2]}'],
  ['{"value":[]}', '[]'],
  ['{"value":1.50e3}', '1.50e3'],
  ['{"value":true}', 'true'],
  ['{"value":{"base64":"AA==","more":1}}', '{"base64":"AA==","more":1}'],
  ['{"value":{"base64":1}}', '{"base64":1}'],
  [' { "value" : { "base64" : "AA==" } } ', '\0'],
  [String.raw`{"value":{"base64":"\/w=="}}`, '\xff'],
  [String.raw`{"v\u0061lue":"x"}`, 'x'],
  ['{"value":"x","note":{"value":"y"},"more":[{"key":1}]}', 'x'],
])('the value of %s is %j', async (line, value) => {
  expect((await read(line)).records).toEqual([record({ value })])
})

test.each([
  ['hello', 'it is not a JSON object'],
  ['[1]', 'it is not a JSON object'],
  ['{}', 'it is no record as leat, kcat, rpk, kaf or kafkactl print it'],
  ['{"orderId":"o-1"}', 'it is no record as leat, kcat, rpk, kaf or kafkactl print it'],
  ['{"value":"a"} {"value":"b"}', `unexpected '{"value":"b"'`],
  ['{"value":"a","value":"b"}', "'value': it is there twice"],
  ['{"value":"a","payload":"b"}', "'payload': it is there twice"],
  [String.raw`{"value":"\ud800"}`, String.raw`'value': \ud800 is half of a surrogate pair, which no bytes stand for`],
  [String.raw`{"key":"\x","value":1}`, String.raw`'key': JSON has no escape '\x'`],
  ['{"value":"a\tb"}', "'value': a string has a control character (0x09), which JSON writes as an escape"],
  ['{"value":{"base64":"A"}}', "'value': what it has as base64 is not base64"],
  ['{"value":{"base64":"_-8="}}', "'value': what it has as base64 is not base64"],
  ['{"value":{"a":1]}', `'value': unexpected ']}'`],
  ['{"value":nil}', `'value': unexpected 'nil}'`],
  ['{"value":1,"topic":7}', "'topic': it is not a string"],
  ['{"value":1,"partition":-1}', "'partition': it is not a whole number from 0 on"],
  ['{"value":1,"partition":2147483648}', "'partition': it is not a whole number from 0 on"],
  ['{"value":1,"partition":1.5}', "'partition': it is not a whole number from 0 on"],
  ['{"value":1,"partition":"1"}', "'partition': it is not a whole number from 0 on"],
  ['{"value":1,"timestamp":1.5}', "'timestamp': 1.5 is not a time: milliseconds, or RFC 3339 in a string"],
  ['{"value":1,"timestamp":9223372036854775808}', "'timestamp': 9223372036854775808 does not fit 64 bits"],
  ['{"value":1,"ts":"yesterday"}', "'ts': yesterday is not a time: milliseconds, or RFC 3339 in a string"],
  ['{"value":1,"headers":"a"}', "'headers': headers are a list or an object"],
  ['{"value":1,"headers":["a"]}', "'headers': a list of names and values has a name without a value"],
  ['{"value":1,"headers":[1]}', "'headers': a header is an object with key and value, or a name and a value"],
  ['{"value":1,"headers":[{"value":"a"}]}', "'headers': a header has no key"],
  ['{"topic":"t","control":"COMMIT","timestamp":1}', "'control': a transaction marker cannot be produced"],
  ['{"key":null,"key_error":"bad magic","payload":"x"}', "'key_error': kcat could not decode what it read, and left it out"],
])('%s is refused: %s', async (line, reason) => {
  const got = await read(`${line}\n{"value":"next"}\n`)
  expect(got.rejected).toEqual([{ reason, unit: 1, bytes: line }])
  expect(got.values).toEqual(['next'])
})

test('a timestamp may be digits in a string, and is milliseconds whatever its length', async () => {
  expect((await read('{"value":1,"timestamp":"1742480591"}')).records).toMatchObject([{ timestamp: 1742480591n }])
})

test('a record that breaks off costs no more than itself', async () => {
  const good = '{"value":"good"}'
  const got = await read(['{', '  "value": "cut off",', good, '{"value":[1,', good, '{"value":"x', good, '{"value":1,'].join('\n'))
  expect(got.order).toEqual(['reject 1', 'record 3', 'reject 4', 'record 5', 'reject 6', 'record 7', 'reject 8'])
  expect(got.rejected.map(({ reason }) => reason)).toEqual([
    'it ends too early',
    "'value': it ends too early",
    "'value': it ends within a string",
    'it ends too early',
  ])
})

test('a refusal stops the reading when it is asked to', async () => {
  const got = await read('{"value":"a"}\nbad\n{"value":"b"}\n', { stopAtReject: true })
  expect(got.order).toEqual(['record 1', 'reject 2'])
  const open = await read('{"value":\n{"value":"b"}\n{"value":"c"}\n', { stopAtReject: true })
  expect(open.order).toEqual(['reject 1'])
})

test('blank lines, Windows line ends and a byte order mark are no records', async () => {
  const got = await read('\ufeff{"value":"a"}\r\n\r\n  \n{\r\n  "value": "b"\r\n}\r\n')
  expect(got.order).toEqual(['record 1', 'record 4'])
  expect(got.values).toEqual(['a', 'b'])
})

test('an object that never closes is not collected without end', async () => {
  const got = await read(`{\n${'  "a": 1,\n'.repeat(30_000)}{"value":"after"}\n`, { maxRecordBytes: 1000 })
  expect(got.rejected[0]?.reason).toMatch(/^it has more than \d+ bytes$/)
  expect(got.values).toEqual(['after'])
})

test('headers given for all records come after their own', async () => {
  const format = new EnvelopeFormat(NEWLINE, {
    emptyIsNull: false,
    headers: [
      { key: Buffer.from('x'), value: Buffer.from('1') },
      { key: Buffer.from('y'), value: null },
    ],
  })
  const got = await readAll(format, '{"value":1,"headers":[{"key":"a","value":"b"}]}\n{"value":2}\n')
  expect(got.records.map(({ headers }) => headers)).toEqual([
    [
      ['a', 'b'],
      ['x', '1'],
      ['y', null],
    ],
    [
      ['x', '1'],
      ['y', null],
    ],
  ])
})

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => Buffer.from(text)),
)
const nullableBytes = fc.option(bytes, { nil: null })
const anyRecord = fc.record({
  topic: fc.option(fc.stringMatching(/^[a-z.]{1,9}$/), { nil: null }),
  partition: fc.nat(),
  timestamp: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  key: nullableBytes,
  value: nullableBytes,
  headers: fc.array(fc.tuple(bytes, nullableBytes), { maxLength: 4 }),
})

/** JSON as somebody else would write it: strings where the bytes are text, base64 where not. */
function asJson(content: Buffer | null): unknown {
  if (content === null) return null
  const text = content.toString()
  return Buffer.from(text).equals(content) ? text : { base64: content.toString('base64') }
}

test('any bytes, nulls, duplicate headers and 64-bit numbers come back as they were written', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRecord, { maxLength: 5 }),
      fc.constantFrom(undefined, 1, '\t'),
      fc.constantFrom(['value', 'timestamp'], ['payload', 'ts']),
      fc.boolean(),
      pieceSizes,
      async (records, space, [value, time], isFlat, sizes) => {
        const text = records.map((each) => {
          const headers = each.headers.map(([name, content]) => ({ key: asJson(name), value: asJson(content) }))
          const isTextual = headers.every(({ key }) => typeof key === 'string')
          return JSON.stringify(
            {
              topic: each.topic,
              partition: each.partition,
              [time as string]: 'TIME',
              headers: isFlat && isTextual ? headers.flatMap((header) => [header.key, header.value]) : headers,
              key: asJson(each.key),
              [value as string]: asJson(each.value),
            },
            null,
            space,
          ).replace('"TIME"', String(each.timestamp))
        })
        const got = await read(text.map((each) => `${each}\n`).join(''), { sizes })
        expect(got.rejected).toEqual([])
        expect(got.records.map(({ unit: _, ...rest }) => rest)).toEqual(
          records.map((each) => ({
            ...each,
            key: each.key?.toString('latin1') ?? null,
            value: each.value?.toString('latin1') ?? null,
            headers: each.headers.map(([name, content]) => [name.toString('latin1'), content?.toString('latin1') ?? null]),
          })),
        )
      },
    ),
    { numRuns: 300 },
  )
})

test('garbage is refused line by line, and never more than that', async () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '"value"',
    '"key"',
    '"headers"',
    '{"base64":',
    '1',
    'null',
    '\\',
    '\\ud800',
    ' ',
    '\n',
    'é',
  )
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.array(pieces, { maxLength: 40 }).map((parts) => Buffer.from(parts.join(''))),
        fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
      ),
      pieceSizes,
      async (garbage, sizes) => {
        const input = Buffer.concat([Buffer.from('{"value":"first"}\n'), garbage, Buffer.from('\n{"value":"last"}\n')])
        const got = await read(input, { sizes })
        expect(got.values[0]).toBe('first')
        expect(got.values.at(-1)).toBe('last')
      },
    ),
    { numRuns: 1000 },
  )
})
