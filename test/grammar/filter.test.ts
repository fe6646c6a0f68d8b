import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileFilter, keyEquals } from '../../src/grammar/filter.ts'
import { requireNamePattern } from '../../src/grammar/name-pattern.ts'
import { type TestRecord, cursorOver } from '../output/batches.ts'

const RECORDS: TestRecord[] = [
  {
    key: 'order-1',
    value: '{"status":"paid"}',
    headers: [
      ['type', 'created'],
      ['type', 'sent'],
    ],
  },
  { key: 'order-2', value: 'über paid?', headers: [['retry', null]] },
  { key: null, value: null },
  { key: '', value: Buffer.from('\xffx', 'latin1'), headers: [['type', '']] },
]

/** Offsets of the records that are wanted. */
function wanted(text: string, records = RECORDS): number[] {
  const isWanted = compileFilter(text)
  const cursor = cursorOver(records)
  const offsets: number[] = []
  while (cursor.next()) if (isWanted(cursor)) offsets.push(cursor.offsetDelta)
  return offsets
}

test.each([
  ['k:order', [0, 1]],
  ['k:^order-[1]$', [0]],
  ['k:', [0, 1, 3]],
  ['!k:', [2]],
  ['v:paid', [0, 1]],
  ['v:"status":"paid"', [0]],
  ['v:Über', []],
  ['v:(?:ü)b.r', [1]],
  ['v:^.x$', [3]],
  ['!v:paid', [2, 3]],
  ['h:type', [0, 3]],
  ['h:type=created', [0]],
  ['h:type=^sent$', [0]],
  ['h:type=^$', [3]],
  ['h:retry', [1]],
  ['h:retry=.', []],
  ['!h:type', [1, 2]],
])('%s', (text, offsets) => expect(wanted(text)).toEqual(offsets))

test('text without special characters finds what a search in each value finds', () => {
  const value = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 8 })
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 20 }),
      fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 3 }),
      (values, text) => {
        const expected = values.flatMap((content, index) => (content.includes(text) ? [index] : []))
        expect(
          wanted(
            `v:${text}`,
            values.map((content) => ({ key: text, value: content })),
          ),
        ).toEqual(expected)
      },
    ),
  )
})

test('a filter goes on from batch to batch', () => {
  const isWanted = compileFilter('v:x')
  for (const value of ['x', 'y', 'x']) {
    const cursor = cursorOver([{ value }, { value: 'yyy' }])
    cursor.next()
    expect(isWanted(cursor)).toBe(value === 'x')
    cursor.next()
    expect(isWanted(cursor)).toBe(false)
  }
})

test('a key is equal to the whole text', () => {
  const isWanted = keyEquals(Buffer.from('order-1'))
  const cursor = cursorOver([{ key: 'order-1' }, { key: 'order-11' }, { key: null }, { key: 'order-' }])
  expect([0, 1, 2, 3].map(() => cursor.next() && isWanted(cursor))).toEqual([true, false, false, false])
})

test.each([
  ['x:a', 'a filter begins with k:, v: or h: (column 1)'],
  ['!', 'a filter begins with k:, v: or h: (column 2)'],
  ['h:=a', 'the name of a header is missing (column 3)'],
  ['v:a(b', 'not a regular expression: '],
])('%s is refused at the place', (text, message) => {
  expect(() => compileFilter(text)).toThrow(
    expect.objectContaining({ exitCode: 2, message: expect.stringContaining(`--filter: ${message}`) }),
  )
})

test('patterns of names are anchored only where they say so', () => {
  expect(requireNamePattern('--regex', '^orders').test('orders.eu')).toBe(true)
  expect(requireNamePattern('--regex', 'eu').test('orders.eu')).toBe(true)
  expect(() => requireNamePattern('--regex', '(')).toThrow(expect.objectContaining({ exitCode: 2 }))
})

// V8 makes such an expression, and throws when it is first used.
test.each([
  ['a'.repeat(33_000), 'too large'],
  ['(a|b)'.repeat(9000), 'Stack overflow'],
])('an expression that is too large is refused before it is used, and not shown whole (%#)', (text, reason) => {
  for (const refused of [() => requireNamePattern('--regex', text), () => compileFilter(`v:^${text}`)])
    expect(refused).toThrow(expect.objectContaining({ exitCode: 2, message: expect.stringMatching(new RegExp(`^.{1,300}$`, 's')) }))
  expect(() => requireNamePattern('--regex', text)).toThrow(reason)
})
