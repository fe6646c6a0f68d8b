// CSV with a header row (--csv): each row after it is a record, a JSON object of strings with the header's names, in its order. Quotes, and
// delimiters and line ends within them, are csv-parse's business (RFC 4180; line ends of any kind; empty lines are passed over).
// A row with too many or too few columns costs only itself; after a wrong quote nobody knows where rows begin, so it ends the reading.
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
interface Row {
  readonly record: readonly string[]
  /** The row as it is in the input. */
  readonly raw: string
  /** What is wrong with its quotes. */
  readonly problem?: string
}

const HEADER_HINT = 'The first row names the columns: each has a name, and no two the same. Nothing of this input is read without it.'
const QUOTES_HINT = 'Mend the quotes there: nobody knows where the rows after them begin.'

const PROBLEMS: Readonly<Record<string, string>> = {
  CSV_INVALID_CLOSING_QUOTE: 'a cell goes on after its closing quote',
  INVALID_OPENING_QUOTE:
    'a quote is within a cell that does not begin with one (such cells need quotes around them, and quotes in them twice)',
  CSV_QUOTE_NOT_CLOSED: 'a quote is never closed',
  CSV_MAX_RECORD_SIZE: 'the row is too long, or a quote in it is never closed',
}

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

/** Rows, and what is wrong with one, come out in the order of the input. Loaded only when there is CSV to read. */
async function openParser(maxRowBytes: number): Promise<Parser> {
  const { parse } = await import('csv-parse')
  const parser = parse({
    encoding: 'latin1',
    info: true,
    raw: true,
    // In files put together of several, each row has its own.
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: maxRowBytes,
    on_skip: (error, raw) => {
      const line = typeof error?.['lines'] === 'number' ? `line ${error['lines']}: ` : ''
      parser.push({ record: [], raw: raw ?? '', problem: `${line}${PROBLEMS[error?.code ?? ''] ?? error?.message}` })
    },
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

  /** Takes all rows that the parser has, which declares no type for them; false stops the reading. */
  take(parser: Parser): boolean {
    for (let row = parser.read() as Row | null; row !== null; row = parser.read() as Row | null)
      if (!(this.#names === null ? this.#header(row) : this.#row(row, this.#names))) return false
    return true
  }

  #header(row: Row): boolean {
    const problem = row.problem ?? headerProblem(row.record) ?? this.#missingColumn(row.record)
    if (problem === null) this.#names = row.record.map((name, index) => `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`)
    else this.#into.reject(`the header row: ${problem}`, 0, inputOf(row.raw), row.problem === undefined ? HEADER_HINT : QUOTES_HINT)
    return problem === null
  }

  #missingColumn(record: readonly string[]): string | null {
    const names = record.map((name) => Buffer.from(name, 'latin1').toString())
    const missing = this.#fields.missingIn(names)
    return missing === null ? null : `there is no column '${missing}'`
  }

  #row({ record, raw, problem }: Row, names: readonly string[]): boolean {
    const unit = ++this.#unit
    if (problem !== undefined) {
      this.#into.reject(`${problem}; what comes after it is not read`, unit, inputOf(raw), QUOTES_HINT)
      return false
    }
    if (record.length !== names.length) {
      const reason = `its number of columns is ${record.length}, and that of the header ${names.length}`
      return this.#into.reject(reason, unit, inputOf(raw))
    }
    let text = ''
    for (let index = 0; index < record.length; index++) text += (names[index] as string) + JSON.stringify(record[index])
    const value = Buffer.from(`${text}}`, 'latin1')
    if (!isUtf8(value)) return this.#into.reject('it is not valid UTF-8', unit, inputOf(raw))
    return this.#fields.take(value, 0, value.length, unit, this.#into)
  }
}

/** A row as it is in the input, without the empty lines before it. */
function inputOf(raw: string): Buffer {
  return Buffer.from(raw.replace(/^[\r\n]+/, ''), 'latin1')
}

function headerProblem(names: readonly string[]): string | null {
  if (names[0]?.startsWith('\xff\xfe') === true || names[0]?.startsWith('\xfe\xff') === true)
    return 'the input is UTF-16, and UTF-8 is expected'
  if (names.includes('')) return 'a column has no name'
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  return twice === undefined ? null : `two columns have the name '${Buffer.from(twice, 'latin1').toString()}'`
}
