import { expect, test } from 'vitest'
import { toJson } from '../../src/output/json.ts'
import { type Column, renderTable } from '../../src/output/table.ts'

interface Row {
  readonly topic: string
  readonly endOffset: bigint | null
}

const COLUMNS: readonly Column<Row>[] = [
  { header: 'TOPIC', text: ({ topic }) => topic },
  { header: 'LOG-END-OFFSET', text: ({ endOffset }) => endOffset, align: 'right' },
]
const ROWS: readonly Row[] = [
  { topic: 'orders', endOffset: 9007199254740993n },
  { topic: 'a', endOffset: null },
]
const ALL = { withHeaders: true, columns: null }

test('a table has a row an item, numbers to the right, a dash for what is missing', () => {
  expect(renderTable(COLUMNS, ROWS, ALL)).toBe(
    ['TOPIC     LOG-END-OFFSET', 'orders  9007199254740993', 'a                      -', ''].join('\n'),
  )
})

test('headers can be left out and columns chosen', () => {
  expect(renderTable(COLUMNS, ROWS, { withHeaders: false, columns: ['log-end-offset', 'TOPIC'] })).toBe(
    ['9007199254740993  orders', '               -  a', ''].join('\n'),
  )
})

test('an empty listing has headers only', () => {
  expect(renderTable(COLUMNS, [], ALL)).toBe('TOPIC  LOG-END-OFFSET\n')
  expect(renderTable(COLUMNS, [], { ...ALL, withHeaders: false })).toBe('')
})

test('one long name makes its column as wide, and among many short ones sticks out', () => {
  const long = { topic: 'o'.repeat(40), endOffset: 1n }
  const [header, row] = renderTable(COLUMNS, [long], ALL).split('\n') as [string, string]
  expect([header.indexOf('LOG-END-OFFSET'), row.length]).toEqual([42, header.length])
  const [short = '', , last] = renderTable(COLUMNS, [ROWS[1] as Row, ROWS[1] as Row, long], ALL)
    .split('\n')
    .slice(1)
  expect([short.length, last]).toEqual(['TOPIC  LOG-END-OFFSET'.length, `${long.topic}               1`])
})

test('a column that there is not is refused with the nearest', () => {
  expect(() => renderTable(COLUMNS, ROWS, { ...ALL, columns: ['TOPCI'] })).toThrow(
    expect.objectContaining({ exitCode: 2, hint: 'Did you mean TOPIC?' }),
  )
})

test('a name with line ends or escape sequences stays in its cell', () => {
  expect(renderTable(COLUMNS, [{ topic: 'a\nb\u001b[31m', endOffset: 1n }], { ...ALL, withHeaders: false })).toBe('a\\x0ab\\x1b[31m  1\n')
})

test('a table of very many rows is printed', () => {
  const rows = Array.from({ length: 200_000 }, () => ROWS[1] as Row)
  expect(renderTable(COLUMNS, rows, ALL).length).toBe(200_001 * 'TOPIC  LOG-END-OFFSET\n'.length)
})

test('JSON has integers of any length exactly', () => {
  expect(toJson({ a: 2n ** 63n - 1n, b: [-(2n ** 63n)], c: 'x\n', d: null, e: undefined })).toBe(
    '{"a":9223372036854775807,"b":[-9223372036854775808],"c":"x\\n","d":null}',
  )
})
