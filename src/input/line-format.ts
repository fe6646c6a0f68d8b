// Lines: each is a record's value, or a key, a delimiter and a value (-K). Bytes are kept as they are (but a byte
// order mark before JSON that fields are taken from), a `\r` at the end of a line too (as kcat does;
// Kafka's console producer drops it). An empty line is an empty value, or with -Z null. A line without its key delimiter is an error, as
// with Kafka's console producer; kcat takes it for a value without a key.
import type { ByteSource } from '../system/byte-streams.ts'
import { LineReader } from './line-reader.ts'
import type { RecordFields } from './record-fields.ts'
import type { RecordFormat, RecordReceiver } from './record-format.ts'

const TOO_LONG_HINT =
  'Compress (-z zstd), or raise that (leat topic alter TOPIC --config max.message.bytes=…), or pass over such records with --on-error skip (or dlq).'

export interface LineFormatOptions {
  readonly delimiter: Buffer
  /** What ends the key at the start of a line; null: lines have no keys. */
  readonly keyDelimiter: Buffer | null
  readonly fields: RecordFields
}

export class LineFormat implements RecordFormat {
  readonly unitName = 'line'
  readonly #options: LineFormatOptions

  constructor(options: LineFormatOptions) {
    this.#options = options
  }

  async read(source: ByteSource, into: RecordReceiver, signal: AbortSignal): Promise<void> {
    const { delimiter, keyDelimiter, fields } = this.#options
    // What does not fit is found by the receiver, which knows all of the record; this keeps it from being held in memory.
    const maxLineBytes = into.maxRecordBytes
    const reader = new LineReader({ delimiter, maxLineBytes })
    let unit = 0
    await reader.read(
      source,
      {
        line: (bytes, start, end) =>
          keyDelimiter === null
            ? fields.take(bytes, unit === 0 ? fields.textStart(bytes, start, end) : start, end, ++unit, into)
            : this.#split(keyDelimiter, bytes, start, end, ++unit, into),
        lines:
          keyDelimiter !== null || !fields.isValueOnly || into.takeLines === undefined
            ? undefined
            : (lines) => {
                into.takeLines?.(lines)
                unit += lines.count
              },
        tooLong: (bytes) =>
          into.reject(`it has more than the ${maxLineBytes} bytes that max.message.bytes allows`, ++unit, bytes, TOO_LONG_HINT),
        idle: () => into.idle(),
        progressed: (inputBytes) => into.progressed(inputBytes),
      },
      signal,
    )
  }

  #split(keyDelimiter: Buffer, bytes: Buffer, start: number, end: number, unit: number, into: RecordReceiver): boolean {
    const at = indexOf(bytes, keyDelimiter, start, end)
    if (at < 0) return into.reject(`it has no key delimiter '${keyDelimiter.toString()}'`, unit, bytes.subarray(start, end))
    this.#options.fields.useKey(bytes, start, at)
    return this.#options.fields.take(bytes, at + keyDelimiter.length, end, unit, into)
  }
}

/** Keys are short: a call out of JavaScript costs more than the search, and would go on behind the end. */
function indexOf(bytes: Buffer, delimiter: Buffer, start: number, end: number): number {
  const last = end - delimiter.length
  for (let at = start; at <= last; at++) {
    let matched = 0
    while (matched < delimiter.length && bytes[at + matched] === delimiter[matched]) matched++
    if (matched === delimiter.length) return at
  }
  return -1
}
