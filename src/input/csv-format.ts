// CSV with a header row (--csv): each row after it is a record, a JSON object of strings with the header's names, in its order. Quotes, and
// delimiters and line ends within them, are csv-parse's business (RFC 4180; line ends of any kind; empty lines are passed over).
//
// Text is taken as latin1, one character a byte, through parsing and JSON, and written as the same bytes: UTF-8 stays what it was, and
// what is not UTF-8 is found in the end instead of being replaced on the way.
import { isUtf8 } from 'node:buffer'
import type { Parser } from 'csv-parse'
import type { ByteSource } from '../system/byte-streams.ts'
import { readChunks } from './chunk-reader.ts'
import type { RecordFields } from './record-fields.ts'
import type { RecordFormat, RecordReceiver } from './record-format.ts'

/** What comes out of the parser. */
type Row = { readonly record: readonly string[]; readonly raw: string } | { readonly problem: string; readonly raw: string }

export class CsvFormat implements RecordFormat {
  readonly unitName = 'row'
  readonly #fields: RecordFields

  constructor(fields: RecordFields) {
    this.#fields = fields
  }

  async read(source: ByteSource, into: RecordReceiver, signal: AbortSignal): Promise<void> {
    const parser = await openParser(2 * into.maxRecordBytes)
    const rows = new Rows(this.#fields, into)
    const isAtEnd = await readChunks(
      source,
      {
        chunk: (bytes, start, end) => {
          // The parser keeps what it has not used yet.
          parser.write(Buffer.from(bytes.subarray(start, end)))
          return rows.take(parser)
        },
        idle: () => into.idle(),
        progressed: (inputBytes) => into.progressed(inputBytes),
      },
      signal,
    )
    if (!isAtEnd) return
    parser.end()
    rows.take(parser)
  }
}

/** Rows and what is wrong with rows come out in the order in which they are in the input. Loaded only when there is CSV to read. */
async function openParser(maxRowBytes: number): Promise<Parser> {
  const { parse } = await import('csv-parse')
  const parser = parse({
    encoding: 'latin1',
    info: true,
    raw: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: maxRowBytes,
    on_skip: (error, raw) => void parser.push({ problem: error?.message ?? 'it cannot be read', raw: raw ?? '' }),
  })
  return parser
}

class Rows {
  readonly #fields: RecordFields
  readonly #into: RecordReceiver
  /** For each column its name as JSON, with what stands before it and after. */
  #names: readonly string[] | null = null
  #unit = 0

  constructor(fields: RecordFields, into: RecordReceiver) {
    this.#fields = fields
    this.#into = into
  }

  /** Takes all rows that the parser has; false stops the reading. */
  take(parser: Parser): boolean {
    for (let row = parser.read() as Row | null; row !== null; row = parser.read() as Row | null) {
      const isGoingOn = this.#names === null ? this.#header(row) : this.#row(row, this.#names)
      if (!isGoingOn) return false
    }
    return true
  }

  #header(row: Row): boolean {
    const names = 'record' in row ? row.record : []
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    const problem =
      'problem' in row
        ? row.problem
        : names.includes('')
          ? 'a column has no name'
          : twice !== undefined
            ? `two columns have the name '${Buffer.from(twice, 'latin1').toString()}'`
            : null
    if (problem !== null) {
      this.#into.reject(`the header row: ${problem}`, 0, Buffer.from(row.raw, 'latin1'))
      return false
    }
    this.#names = names.map((name, index) => `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`)
    return true
  }

  #row(row: Row, names: readonly string[]): boolean {
    const unit = ++this.#unit
    const problem = 'problem' in row ? row.problem : columnProblem(row.record.length, names.length)
    if ('problem' in row || problem !== null) return this.#into.reject(problem as string, unit, Buffer.from(row.raw, 'latin1'))
    const { record } = row
    let text = ''
    for (let index = 0; index < record.length; index++) text += (names[index] as string) + JSON.stringify(record[index])
    const value = Buffer.from(`${text}}`, 'latin1')
    if (!isUtf8(value)) return this.#into.reject('it is not valid UTF-8', unit, Buffer.from(row.raw, 'latin1'))
    return this.#fields.take(value, 0, value.length, unit, this.#into)
  }
}

function columnProblem(columns: number, names: number): string | null {
  return columns === names ? null : `it has ${columns} columns, and the header has ${names}`
}
