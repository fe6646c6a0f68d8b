// Lines: each is a record's value, or a key, a delimiter and a value (-K). Bytes are kept as they are, a `\r` at the end of a line too (as kcat does;
// Kafka's console producer drops it). An empty line is an empty value, or with -Z null. A line without its key delimiter is an error, as
// with Kafka's console producer; kcat takes it for a value without a key.
import type { ByteSource } from '../system/byte-streams.ts'
import { LineReader } from './line-reader.ts'
import type { RecordFields } from './record-fields.ts'
import type { RecordFormat, RecordReceiver } from './record-format.ts'

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
          keyDelimiter === null ? fields.take(bytes, start, end, ++unit, into) : this.#split(keyDelimiter, bytes, start, end, ++unit, into),
        lines:
          keyDelimiter !== null || !fields.isValueOnly || into.takeLines === undefined
            ? undefined
            : (lines) => {
                into.takeLines?.(lines)
                unit += lines.count
              },
        tooLong: (bytes) => into.reject(`it has more than ${maxLineBytes} bytes, which max.message.bytes allows`, ++unit, bytes),
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
