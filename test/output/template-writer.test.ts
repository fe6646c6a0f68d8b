import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileTemplate } from '../../src/output/template/template-writer.ts'
import { type TestBatch, type TestRecord, printed } from './batches.ts'

/** What kcat 1.7.1 was given to print. */
const KCAT_RECORDS: TestRecord[] = [
  {
    key: 'k1',
    value: 'v1',
    headers: [
      ['a', 'b'],
      ['c', ''],
      ['d', null],
      ['a', 'x=y'],
    ],
  },
  {
    key: 'k2',
    value: null,
    headers: [
      ['a', 'b'],
      ['c', ''],
      ['d', null],
      ['a', 'x=y'],
    ],
  },
  { key: null, value: 'plain' },
  { key: 'é', value: Buffer.from('b\xff"\x01\\', 'latin1') },
]

/** Template, output without and with -Z, as kcat printed them. */
const KCAT_OUTPUT: [string, string, string][] = [
  [
    '%t [%p] at offset %o: key %k: %s\\n',
    '67205b305d206174206f666673657420303a206b6579206b313a2076310a67205b305d206174206f666673657420313a206b6579206b323a200a67205b305d206174206f666673657420323a206b6579203a20706c61696e0a67205b305d206174206f666673657420333a206b657920c3a93a2062ff22015c0a',
    '67205b305d206174206f666673657420303a206b6579206b313a2076310a67205b305d206174206f666673657420313a206b6579206b323a204e554c4c0a67205b305d206174206f666673657420323a206b6579204e554c4c3a20706c61696e0a67205b305d206174206f666673657420333a206b657920c3a93a2062ff22015c0a',
  ],
  [
    '%K/%S %k=%s;',
    '322f32206b313d76313b322f2d31206b323d3b2d312f35203d706c61696e3b322f3520c3a93d62ff22015c3b',
    '322f32206b313d76313b322f2d31206b323d4e554c4c3b2d312f35204e554c4c3d706c61696e3b322f3520c3a93d62ff22015c3b',
  ],
  [
    '%h|%%|\\x41\\t\\065\\\\\\n',
    '613d622c633d2c643d4e554c4c2c613d783d797c257c4109355c0a613d622c633d2c643d4e554c4c2c613d783d797c257c4109355c0a7c257c4109355c0a7c257c4109355c0a',
    '613d622c633d2c643d4e554c4c2c613d783d797c257c4109355c0a613d622c633d2c643d4e554c4c2c613d783d797c257c4109355c0a7c257c4109355c0a7c257c4109355c0a',
  ],
  ['%R%s', '000000027631ffffffff00000005706c61696e0000000562ff22015c', '000000027631ffffffff4e554c4c00000005706c61696e0000000562ff22015c'],
]

function format(template: string, records: readonly TestRecord[], batch: TestBatch = {}): string {
  return printed(compileTemplate(template), records, batch).toString('utf8')
}

test.each(KCAT_OUTPUT)('%j prints what kcat prints', (template, plain, withNull) => {
  expect(printed(compileTemplate(template), KCAT_RECORDS, {}, 'g').toString('hex')).toBe(plain)
  expect(printed(compileTemplate(template, { nullText: 'NULL' }), KCAT_RECORDS, {}, 'g').toString('hex')).toBe(withNull)
})

describe('verbs', () => {
  const record: TestRecord = {
    key: 'k"',
    value: Buffer.from('v\xff', 'latin1'),
    timestamp: 1742480591007n,
    headers: [
      ['a', 'b'],
      ['a', null],
    ],
  }
  test.each([
    ['%v %V', 'v\ufffd 2'],
    ['%k{json} %s{json} %t{json}', '"k\\"" {"base64":"dv8="} "orders"'],
    ['%k{hex} %s{base64}', '6b22 dv8='],
    ['%T %d', '1742480591007 1742480591007'],
    ['%d{rfc3339}', '2025-03-20T14:23:11.007Z'],
    ['%d{strftime[%F %T %j %a %b %y }]}', '2025-03-20 14:23:11 079 Thu Mar 25 }'],
    ['%d{go[2006-01-02T15:04:05Z07:00]}', '2025-03-20T14:23:11Z'],
    ['%d{go[2006-01-02T15:04:05.000000-07:00]}', '2025-03-20T14:23:11.007000+00:00'],
    ['%d{go[Mon Jan _2 3:4:5.999pm 06, _2006 002 MST]}', 'Thu Mar 20 2:23:11.007pm 25, _2025 079 UTC'],
    ['%h{json}', '[{"key":"a","value":"b"},{"key":"a","value":null}]'],
    ['%h{%k:%v{hex}(%K,%V) %}}', 'a:62(1,1) }a:NULL(1,-1) }'],
    ['%H %i', '2 1'],
    ['%{%}%%', '{}%'],
    ['%o{hex32} %p{hex8}', '00000005 00'],
    ['%o{big16}%o{little16}', '\0\x05\x05\0'],
    ['%e %x %y', '-1 77 3'],
    ['%a{compression} %a{timestamp-type} %a{transactional-bit} %a{control-bit}', 'none CreateTime 1 0'],
    ['é %t', 'é orders'],
    ['', ''],
  ])('%s', (template, text) => {
    expect(format(template, [record], { baseOffset: 5n, attributes: 0x10, producerId: 77n, producerEpoch: 3 })).toBe(text)
  })
})

test('offsets and times past 2^53 are exact, and a time that no calendar has is printed in digits', () => {
  const timestamp = 2n ** 62n + 1n
  expect(format('%o %T %d{rfc3339} %T{hex64}', [{ timestamp }], { baseOffset: 2n ** 60n + 1n })).toBe(
    '1152921504606846977 4611686018427387905 4611686018427387905 4000000000000001',
  )
})

test.each([
  ['%t %q', "unknown verb '%q' (column 4)\n  %t %q\n     ^"],
  ['%t %', 'a verb is missing after % (column 4)\n  %t %\n     ^'],
  ['%k{hex', 'this brace is not closed (column 3)'],
  ['%k{rot13}', "'%k' has no modifier 'rot13' (there are {json} {hex} {base64}) (column 4)"],
  ['%p{json}', "'%p' has no modifier 'json'"],
  ['%a', "'%a' needs a modifier"],
  ['%a{constructor}', "'%a' has no modifier 'constructor'"],
  ['x\\q', "unknown escape '\\q' (column 2)"],
  ['%h{%k=%q}', "unknown verb '%q' (column 7)"],
  ['%d{strftime[%F %Q]}', "unknown time directive '%Q'"],
])('%s is refused at the place where it goes wrong, with the verbs', (template, message) => {
  expect(() => compileTemplate(template)).toThrow(
    expect.objectContaining({
      message: expect.stringContaining(`--format: ${message}`),
      exitCode: 2,
      hint: expect.stringContaining('%p partition'),
    }),
  )
})

test('any template is either compiled and printed, or refused as usage', () => {
  const fragment = fc.oneof(
    fc.constantFrom('%', '\\', '{', '}', '%h{', '%d{strftime[', ']}', 'x4', ...'tpokvsKSTRdhHexyaini[]'),
    fc.string({ maxLength: 2 }),
  )
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 12 }), (fragments) => {
      try {
        format(fragments.join(''), KCAT_RECORDS)
      } catch (error) {
        expect(error).toMatchObject({ exitCode: 2 })
      }
    }),
  )
})
