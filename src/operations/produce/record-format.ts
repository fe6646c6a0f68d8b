// What stands between input bytes and the producer: a format reads a source and hands over records as positions in buffers.
import type { ByteSource } from '../../system/byte-streams.ts'

export interface RecordFormat {
  /** Reads a source to its end; each record goes to `into`. */
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
   * @param unit which record of the input it is, from 1, for messages
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
  /** A record that cannot be read; false stops the reading. */
  reject(reason: string, unit: number, bytes: Buffer): boolean
  /** More is not there yet: the time to append what waits. */
  idle(): Promise<void>
  /** After each read that came at once. @param inputBytes read so far from this source */
  progressed(inputBytes: number): Promise<void>
}
