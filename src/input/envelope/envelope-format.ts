// Records that a tool has printed as JSON, each with its topic, partition, timestamp, key, value and headers (--json). A record is a
// line; objects over several lines, as rpk and kafkactl print them, are put together first: from the line that leaves an
// object open to the line that closes it. As both indent what is inside, an object that is still open ends where a line
// begins with `{`: one that was cut off costs no more than itself. Blank lines are passed over.
import type { ByteSource } from '../../system/byte-streams.ts'
import { LineReader } from '../line-reader.ts'
import type { RecordFormat, RecordReceiver } from '../record-format.ts'
import { EnvelopeLines } from './envelope-lines.ts'

export interface EnvelopeOptions {
  /** An empty value is null: a tombstone; so is one that is left out. */
  readonly emptyIsNull: boolean
  /** Headers that all records get after their own. */
  readonly headers: readonly { readonly key: Buffer; readonly value: Buffer | null }[]
}

/** A byte takes up to six in JSON (`\u0000`), and the rest of an envelope needs some room. */
const MAX_ESCAPED = 6
const ENVELOPE_BYTES = 64 * 1024

export class EnvelopeFormat implements RecordFormat {
  readonly unitName = 'line'
  readonly #delimiter: Buffer
  readonly #options: EnvelopeOptions

  constructor(delimiter: Buffer, options: EnvelopeOptions) {
    this.#delimiter = delimiter
    this.#options = options
  }

  async read(source: ByteSource, into: RecordReceiver, signal: AbortSignal): Promise<void> {
    const maxLineBytes = MAX_ESCAPED * into.maxRecordBytes + ENVELOPE_BYTES
    const lines = new EnvelopeLines(this.#options, into, maxLineBytes)
    const reader = new LineReader({ delimiter: this.#delimiter, maxLineBytes })
    await reader.read(
      source,
      {
        line: (bytes, start, end) => lines.line(bytes, start, end),
        tooLong: (bytes) => lines.tooLong(bytes),
        idle: () => into.idle(),
        progressed: (inputBytes) => into.progressed(inputBytes),
      },
      signal,
    )
    if (!signal.aborted) lines.end()
  }
}
