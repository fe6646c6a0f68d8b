// A JSON object whose lines come one by one. It counts what is open, no more: whether the text is right is seen when it is whole.
import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../json-cursor.ts'

const NEWLINE = 0x0a

export class OpenObject {
  /** The lines so far, up to `length`. */
  bytes: Buffer = Buffer.allocUnsafeSlow(4096)
  length = 0
  /** Another line can make it whole. */
  isOpen = false
  /** The number of its first line. */
  unit = 0
  #depth = 0

  begin(unit: number, bytes: Buffer, start: number, end: number): void {
    this.unit = unit
    this.length = 0
    this.#depth = 0
    this.add(bytes, start, end)
  }

  add(bytes: Buffer, start: number, end: number): void {
    const from = this.length
    const needed = from + end - start + 1
    if (needed > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(2 * needed)
      this.bytes.copy(grown, 0, 0, from)
      this.bytes = grown
    }
    this.length += bytes.copy(this.bytes, from, start, end)
    this.bytes[this.length++] = NEWLINE
    this.isOpen = this.#count(from)
  }

  text(): Buffer {
    return this.bytes.subarray(0, this.length)
  }

  /** Whether something is open after the line that begins at `from`. A string is never: it may not go over several lines. */
  #count(from: number): boolean {
    const { bytes, length } = this
    let inString = false
    for (let at = from; at < length; at++) {
      const byte = bytes[at] as number
      if (inString) {
        if (byte === BACKSLASH) at++
        else if (byte === QUOTE) inString = false
      } else if (byte === QUOTE) inString = true
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth++
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#depth--
    }
    return this.#depth > 0 && !inString
  }
}
