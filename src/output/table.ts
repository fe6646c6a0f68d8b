// Listings: one item a row under upper-case headers, columns two spaces apart, so that awk finds them.
import { LeatError, exitCodes } from '../errors/leat-error.ts'
import { nearest } from '../errors/nearest.ts'
import { printable } from '../errors/printable.ts'

export interface Column<Row> {
  /** `LOG-END-OFFSET`. */
  readonly header: string
  readonly text: (row: Row) => string | number | bigint | null
  /** Numbers are aligned right. */
  readonly align?: 'left' | 'right'
}

export interface TableOptions {
  readonly withHeaders: boolean
  /** Headers of the columns to show, in that order; null for all. */
  readonly columns: readonly string[] | null
}

/** @throws LeatError (usage) for a column that there is not */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], options: TableOptions): string {
  const shown = options.columns === null ? columns : options.columns.map((name) => columnNamed(columns, name))
  const lines = rows.map((row) => shown.map((column) => cellText(column.text(row))))
  const widths = shown.map(({ header }, index) => {
    const width = columnWidth(lines.map((line) => (line[index] as string).length))
    return options.withHeaders ? Math.max(width, header.length) : width
  })
  if (options.withHeaders) lines.unshift(shown.map(({ header }) => header))
  return lines.map((line) => `${alignLine(line, widths, shown)}\n`).join('')
}

/** A column that is no wider than this is as wide as its longest cell. */
const USUAL_WIDTH = 32

/** The longest cell, but those that are much longer than most: they stick out, rather than push all others apart. */
function columnWidth(lengths: readonly number[]): number {
  const median = lengths.toSorted((a, b) => a - b)[Math.floor((lengths.length - 1) / 2)] ?? 0
  const limit = Math.max(USUAL_WIDTH, 2 * median)
  return lengths.reduce((width, length) => (length <= limit ? Math.max(width, length) : width), 0)
}

/** One line and never empty, so that each row has its columns where awk looks for them. Names that others chose may hold anything. */
function cellText(value: string | number | bigint | null): string {
  if (value === null || value === '') return '-'
  return printable(String(value))
}

function alignLine<Row>(cells: readonly string[], widths: readonly number[], columns: readonly Column<Row>[]): string {
  const padded = cells.map((cell, index) => {
    const width = widths[index] as number
    return columns[index]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width)
  })
  return padded.join('  ').trimEnd()
}

function columnNamed<Row>(columns: readonly Column<Row>[], name: string): Column<Row> {
  const found = columns.find(({ header }) => header === name.toUpperCase())
  if (found !== undefined) return found
  const headers = columns.map(({ header }) => header)
  const near = nearest(name, headers)
  throw new LeatError('USAGE', `there is no column '${name}'`, {
    hint: near === null ? `Columns: ${headers.join(', ')}.` : `Did you mean ${near}?`,
    exitCode: exitCodes.usage,
  })
}
