import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileWhere } from '../../src/input/where.ts'
import { cursorOver } from '../output/batches.ts'

function holds(expression: string, value: Buffer | string | null): boolean {
  const cursor = cursorOver([{ value }])
  cursor.next()
  return compileWhere(expression)(cursor)
}

const ORDER = JSON.stringify({
  status: 'paid',
  total: 12.5,
  id: 'o-1',
  express: false,
  note: null,
  tags: ['a', 'b\n'],
  customer: { name: 'Zoë "Z"', 'first order': true },
}).replace('"id"', '"big":9007199254740993,"id"')

describe('on an order', () => {
  test.each<[string, boolean]>([
    ['.status == "paid"', true],
    [".status=='paid'", true],
    ['.status != "paid"', false],
    ['"paid" == .status', true],
    ['.status == "open" || .total > 12', true],
    ['.status == "paid" && .total > 12.5', false],
    ['.total >= 12.50 && .total <= 1.25e1', true],
    ['.total < 13', true],
    ['.total == "12.5"', false],
    ['.total < "13"', false],
    ['.id < "o-2"', true],
    ['.id =~ "^o-\\d+$"', true],
    ['.id !~ "^o-"', false],
    ['.total =~ "1"', false],
    ['.tags[1] == "b\\n"', true],
    ['.tags[2] == null', true],
    ['.tags == null', false],
    ['.tags != .tags', true],
    ['.customer.name == "Zoë \\"Z\\""', true],
    ['.customer.name == \'Zoë "Z"\'', true],
    ['.customer."first order"', true],
    ['.express', false],
    ['!.express', true],
    ['.express == false', true],
    ['.note == null', true],
    ['.missing == null', true],
    ['.missing < 1', false],
    ['exists(.note)', true],
    ['exists(.missing)', false],
    ['!exists(.missing) && !(.status == "open")', true],
    ['.status == "open" && .total > 1 || .id == "o-1"', true],
    ['.status == "open" && (.total > 1 || .id == "o-1")', false],
    ['.big == 9007199254740993', true],
    ['.big == 9007199254740992', false],
    ['.big > 9007199254740992', true],
    ['.big < 9007199254740994', true],
    ['true', true],
    ['null', false],
  ])('%s is %j', (expression, expected) => expect(holds(expression, ORDER)).toBe(expected))
})

test.each([['not json'], ['"text"'], ['{"status":'], [''], [null], [Buffer.from([0xff])]])(
  'a value that is no JSON object (%j) is never wanted',
  (value) => {
    expect(holds('.status == "paid"', value)).toBe(false)
    expect(holds('!(.status == "paid")', value)).toBe(false)
  },
)

test.each([
  ['.a ==', 'a path or a value is missing here (column 6)'],
  ['.a = 1', 'this is not understood (column 4)\n  .a = 1\n     ^'],
  ['.a == paid', "'paid' is no value"],
  ['.a == "paid', 'this text is not closed (column 7)'],
  ['(.a == 1', 'a ) is missing here (column 9)'],
  ['.a == 1 .b', 'an operator is missing before this (column 9)'],
  ['.a =~ "("', 'not a regular expression: Unterminated group'],
  ['.a =~ .b', 'a regular expression in quotes is missing here'],
  ['exists .a', 'a ( is missing after exists (column 8)'],
  ['.a == 01', 'this is not understood'],
  ['', 'a path or a value is missing here (column 1)'],
])('%s is refused at the place', (expression, message) => {
  expect(() => compileWhere(expression)).toThrow(
    expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message), hint: expect.stringContaining('--where') }),
  )
})

test('comparisons of integers agree with exact arithmetic', () => {
  const near = fc.tuple(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.bigInt({ min: -2n, max: 2n }))
  fc.assert(
    fc.property(near, ([base, step]) => {
      const value = `{"n":${base}}`
      const other = base + step
      expect([holds(`.n < ${other}`, value), holds(`.n == ${other}`, value), holds(`.n > ${other}`, value)]).toEqual([
        base < other,
        base === other,
        base > other,
      ])
    }),
  )
})

test('any text compares with any other as in JavaScript', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 5 })
  fc.assert(
    fc.property(text, text, (left, right) => {
      const value = JSON.stringify({ a: left, b: right })
      expect(holds('.a == .b', value)).toBe(left === right)
      expect(holds('.a < .b', value)).toBe(left < right)
      expect(holds(`.a == ${JSON.stringify(left)}`, value)).toBe(true)
    }),
  )
})

test('any expression is either compiled or refused as usage', () => {
  const fragment = fc.constantFrom(
    '.a',
    '.',
    '[0]',
    '"x"',
    "'",
    '"',
    '1',
    '-',
    '==',
    '!=',
    '=~',
    '&&',
    '||',
    '!',
    '(',
    ')',
    'exists',
    'null',
    ' ',
  )
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 10 }), (fragments) => {
      try {
        holds(fragments.join(''), '{"a":[1]}')
      } catch (error) {
        expect(error).toMatchObject({ exitCode: 2 })
      }
    }),
  )
})
