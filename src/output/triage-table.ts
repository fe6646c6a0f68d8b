// Rows of `leat dlq triage`, each with the command line that picks its letters.
import { type LetterQuery, typeQuery } from '../operations/dlq/select.ts'
import type { TriageRow } from '../operations/dlq/triage.ts'
import { legible } from './legible.ts'
import { shellWords } from './shell-words.ts'
import { type Column, renderTable, type TableOptions } from './table.ts'
import { timeText } from './time.ts'

const HOUR_MS = 3_600_000n
const BAR_CELLS = 20
/** Eighths of a cell. */
const BAR_ENDS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A row with its command line; null where no command line picks it. */
export interface TriageLine extends TriageRow {
  readonly replay: string | null
}

/** @param query what chose the letters, which the command line has to say again */
export function withReplay(rows: readonly TriageRow[], query: LetterQuery, dir: string | null): TriageLine[] {
  const types = new Set(rows.map(({ errorType }) => errorType ?? ''))
  return rows.map((row) => lineOf(row, types, query, dir))
}

function lineOf(row: TriageRow, types: ReadonlySet<string>, query: LetterQuery, dir: string | null): TriageLine {
  const { topic, source, errorType, shape, hour } = row
  const flag = (name: string, ours: string | null | undefined, given: readonly string[]): string[] =>
    (ours === undefined ? given : [ours ?? '']).flatMap((value) => (value.startsWith('-') ? [`${name}=${value}`] : [name, value]))
  if (hour === null) return { ...row, replay: null }
  const since = later(hour ?? null, query.since)
  const until = earlier(hour === undefined ? null : hour + HOUR_MS, query.until)
  const words = [
    'leat',
    'dlq',
    'replay',
    topic,
    ...(dir === null ? [] : ['--dir', dir]),
    ...flag('--where', undefined, query.where),
    ...flag('--source', source, query.sources),
    ...flag('--error-type', typeof errorType !== 'string' ? errorType : typeQuery(errorType, types), query.errorTypes),
    ...flag('--shape', shape, query.shapes),
    ...(since === null ? [] : ['--since', timeText(since)]),
    ...(until === null ? [] : ['--until', timeText(until)]),
    ...(query.partitions === null ? [] : ['-p', query.partitions.join(',')]),
  ]
  return { ...row, replay: shellWords(words) }
}

function later(a: bigint | null, b: bigint | null): bigint | null {
  return a === null || (b !== null && b > a) ? b : a
}

function earlier(a: bigint | null, b: bigint | null): bigint | null {
  return a === null || (b !== null && b < a) ? b : a
}

/** @param isTerminal a bar for each row, and its command line below it, instead of in a column */
export function triageText(lines: readonly TriageLine[], options: TableOptions, isTerminal: boolean): string {
  const [first] = lines
  if (first === undefined) return ''
  const most = Math.max(...lines.map(({ count }) => count))
  const bar: Column<TriageLine> = { header: 'BAR', text: ({ count }) => barText(count / most) }
  const replay: Column<TriageLine> = { header: 'REPLAY', text: (line) => line.replay }
  const columns = [COUNT, ...(isTerminal ? [bar] : []), ...keyColumns(first), ...(isTerminal && options.columns === null ? [] : [replay])]
  const table = renderTable(columns, lines, options)
  if (!isTerminal || options.columns !== null) return table
  const [header, ...rows] = options.withHeaders ? table.split('\n') : [null, ...table.split('\n')]
  const text = lines.map((line, index) => `${rows[index] ?? ''}\n${line.replay === null ? '' : `  ${line.replay}\n`}`).join('')
  return header === null ? text : `${header}\n${text}`
}

const COUNT: Column<TriageLine> = { header: 'COUNT', text: ({ count }) => count, align: 'right' }

function keyColumns({ source, errorType, shape, hour }: TriageLine): Column<TriageLine>[] {
  return [
    { header: 'TOPIC', text: (line) => line.topic },
    ...(hour === undefined ? [] : [{ header: 'HOUR', text: (line: TriageLine) => timeText(line.hour ?? null) }]),
    ...(source === undefined ? [] : [{ header: 'SOURCE', text: (line: TriageLine) => line.source ?? null }]),
    ...(errorType === undefined ? [] : [{ header: 'ERROR-TYPE', text: (line: TriageLine) => legible(line.errorType ?? '') }]),
    ...(shape === undefined ? [] : [{ header: 'SHAPE', text: (line: TriageLine) => legible(line.shape ?? '') }]),
  ]
}

/** @param share of the longest bar; a row with anything has something to see */
function barText(share: number): string {
  const eighths = Math.max(1, Math.round(share * BAR_CELLS * 8))
  return '█'.repeat(Math.floor(eighths / 8)) + (BAR_ENDS[eighths % 8] as string)
}
