// What stands between input bytes and the producer: a format reads a source and hands over records as positions in buffers, so that
// nothing is made per record. Buffers and positions are valid until `record` returns.
import type { Lines } from '../record/batch-builder.ts'
import type { ByteSource } from '../system/byte-streams.ts'

export interface RecordFormat {
  /** What messages call a piece of input, before its number: `line`, `element`, `row`. */
  readonly unitName: string
  /** Reads a source to its end; each record goes to `into`. Units count from 1 in each source. */
  read(source: ByteSource, into: RecordReceiver, signal: AbortSignal): Promise<void>
}

export interface RecordReceiver {
  /** Largest record that can be stored, in bytes. */
  readonly maxRecordBytes: number
  /**
   * A record; false stops the reading. Starts of -1 mean null.
   * @param topic null: the one that was asked for
   * @param partition -1 lets the key decide
   * @param timestampMs null: now
   * @param headers as HeadersWriter encodes them; null: none
   * @param unit which piece of the input it is, from 1, for messages
   */
  record(
    topic: string | null,
    partition: number,
    timestampMs: number | bigint | null,
    key: Buffer,
    keyStart: number,
    keyEnd: number,
    value: Buffer,
    valueStart: number,
    valueEnd: number,
    headers: Buffer | null,
    unit: number,
  ): boolean
  /**
   * Lines of which each is a record's value and nothing else is to be said: those at the beginning are taken that can be taken all at
   * once, which is much faster; the next line has to come as `record`.
   */
  takeLines?(lines: Lines): void
  /**
   * A piece of input that cannot be read; false stops the reading.
   * @param reason completes "line 7: …"
   * @param unit 0: it is about the input as a whole, and `reason` says it all
   * @param bytes the piece, or how it begins
   * @param hint what to do, where it is something else than to mend or skip the record
   */
  reject(reason: string, unit: number, bytes: Buffer, hint?: string): boolean
  /** More is not there yet: the time to append what waits. */
  idle(): Promise<void>
  /** After each read that came at once. @param inputBytes read so far from this source */
  progressed(inputBytes: number): Promise<void>
}
