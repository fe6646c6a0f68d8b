// Splits input into records by a delimiter, `\n` by default. Bytes between delimiters are kept as they are (a `\r` too); the
// last record needs no delimiter after it. Records lie in one buffer that is reused: nothing is copied but a record that two
// reads cut in two.
import type { Lines } from '../record/batch-builder.ts'
import type { ByteSource } from '../system/byte-streams.ts'
import { untilAborted } from './chunk-reader.ts'
import { LineEnds } from './line-ends.ts'

const READ_BYTES = 256 * 1024

export interface LineHandler {
  /** The record from `start` to `end`; valid until this returns. False stops the reading. */
  line(bytes: Buffer, start: number, end: number): boolean
  /** Takes records that end in one byte many at a time, as many as it likes. */
  readonly lines?: ((lines: Lines) => void) | undefined
  /** A record is longer than the limit; `bytes` is how it begins. False stops the reading. */
  tooLong(bytes: Buffer): boolean
  /** What was read is handed over, and more is not there yet: the time to write out what waits. */
  idle(): Promise<void>
  /** After each read that came at once. @param inputBytes read so far */
  progressed(inputBytes: number): Promise<void>
}

export interface LineReaderOptions {
  readonly delimiter: Buffer
  /** A longer record is reported and passed over, without being held in memory. */
  readonly maxLineBytes: number
}

export class LineReader {
  readonly #delimiter: Buffer
  readonly #maxLineBytes: number
  #buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  /** Bytes in the buffer that belong to a record whose end was not read yet. */
  #pending = 0
  /** The rest of a record that is too long is passed over up to its delimiter. */
  #isSkipping = false

  constructor(options: LineReaderOptions) {
    this.#delimiter = options.delimiter
    this.#maxLineBytes = options.maxLineBytes
  }

  /** Reads the source to its end, or until the handler or the signal stops it. */
  async read(source: ByteSource, handler: LineHandler, signal: AbortSignal): Promise<void> {
    this.#pending = 0
    this.#isSkipping = false
    let inputBytes = 0
    while (!signal.aborted) {
      if (!this.#makeRoom(handler)) return
      const reading = source.read(this.#buffer, this.#pending, this.#buffer.length - this.#pending)
      let count: number
      if (typeof reading === 'number') count = reading
      else {
        await handler.idle()
        count = await untilAborted(reading, signal)
      }
      if (count === 0) break
      inputBytes += count
      if (!this.#split(this.#pending + count, handler)) return
      if (typeof reading === 'number') await handler.progressed(inputBytes)
    }
    if (!signal.aborted && this.#pending > 0 && !this.#isSkipping) handler.line(this.#buffer, 0, this.#pending)
  }

  /** Hands over the records that end within the first `filled` bytes; keeps the rest. */
  #split(filled: number, handler: LineHandler): boolean {
    const buffer = this.#buffer
    const delimiter = this.#delimiter
    const byte = delimiter.length === 1 ? (delimiter[0] as number) : -1
    // A longer delimiter may have begun in the bytes that were there before.
    let from = byte >= 0 ? this.#pending : Math.max(0, this.#pending - delimiter.length + 1)
    let start = 0
    const takeLines = byte < 0 ? undefined : handler.lines
    const lines = { bytes: buffer, delimiter: byte, at: 0, end: filled, count: 0 }
    const ends = byte < 0 ? null : new LineEnds(buffer, byte, from, filled)
    for (;;) {
      if (takeLines !== undefined && from === start && !this.#isSkipping) {
        lines.at = start
        lines.count = 0
        takeLines(lines)
        start = from = lines.at
        if (lines.count > 0) ends?.moveTo(from)
      }
      const end = ends === null ? buffer.indexOf(delimiter, from) : ends.next()
      if (end < 0 || end + delimiter.length > filled) break
      if (this.#isSkipping) this.#isSkipping = false
      else if (end - start > this.#maxLineBytes) {
        if (!handler.tooLong(buffer.subarray(start, end))) return false
      } else if (!handler.line(buffer, start, end)) return false
      start = from = end + delimiter.length
    }
    this.#pending = filled - start
    if (start > 0 && this.#pending > 0) buffer.copyWithin(0, start, filled)
    return true
  }

  /** Before a read: a record that fills the buffer gets a larger one, up to the limit. */
  #makeRoom(handler: LineHandler): boolean {
    if (this.#isSkipping) {
      // Of what is passed over, only as much stays as a delimiter may have begun in.
      const kept = Math.min(this.#pending, this.#delimiter.length - 1)
      this.#buffer.copyWithin(0, this.#pending - kept, this.#pending)
      this.#pending = kept
      return true
    }
    if (this.#pending <= this.#buffer.length - READ_BYTES / 2) return true
    if (this.#pending > this.#maxLineBytes) {
      this.#isSkipping = true
      return handler.tooLong(this.#buffer.subarray(0, this.#pending)) && this.#makeRoom(handler)
    }
    const grown = Buffer.allocUnsafeSlow(2 * this.#buffer.length)
    this.#buffer.copy(grown, 0, 0, this.#pending)
    this.#buffer = grown
    return true
  }
}
