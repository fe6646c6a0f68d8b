// Takes a JSON array apart as its bytes come. It looks for the ends of elements only (depth and strings); each is then checked as a
// whole, and white space is taken out only where there is some.
import { JsonSyntaxError } from './bad-record.ts'
import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COMMA, IS_SPACE, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './json-cursor.ts'
import { JsonValidator } from './json-validator.ts'
import type { RecordFields } from './record-fields.ts'
import type { RecordReceiver } from './record-format.ts'

/** Of an element's bytes, so many times as much may be white space. */
const MAX_SPACE = 4

const NO_ARRAY_HINT = 'With --array, the input is one JSON array and nothing else; without it, each line is a record.'
const CUT_OFF_HINT = 'Look where the input comes from: its end did not come through.'
const BROKEN_HINT = 'Mend the array there: its elements cannot be told apart any more.'

const BEFORE = 0
const INSIDE = 1
const AFTER = 2

export class ArrayElements {
  readonly #fields: RecordFields
  readonly #into: RecordReceiver
  readonly #validator = new JsonValidator()
  readonly #maxBytes: number
  #state: typeof BEFORE | typeof INSIDE | typeof AFTER = BEFORE
  /** Which element comes, or is under way, from 1. */
  #unit = 1
  #depth = 0
  #inString = false
  /** The next byte is escaped. */
  #isEscaped = false
  /** The beginning of the element under way that came in earlier chunks. */
  #held: Buffer = Buffer.allocUnsafeSlow(4096)
  #heldBytes = 0
  #isTooLong = false
  #compacted: Buffer = Buffer.allocUnsafeSlow(4096)

  constructor(fields: RecordFields, into: RecordReceiver) {
    this.#fields = fields
    this.#into = into
    this.#maxBytes = MAX_SPACE * into.maxRecordBytes
  }

  /** Takes the next bytes of the input; false stops the reading. */
  add(bytes: Buffer, start: number, end: number): boolean {
    let elementStart = start
    for (let at = start; at < end;) {
      if (this.#state !== INSIDE) {
        if (!this.#outside(bytes, at, end)) return false
        elementStart = ++at
        continue
      }
      at = this.#endOfElement(bytes, at, end)
      if (at === end) break
      if (!this.#element(bytes, elementStart, at)) return false
      elementStart = ++at
    }
    if (this.#state === INSIDE) this.#hold(bytes, elementStart, end)
    return true
  }

  /** After the last byte of the input. */
  end(): void {
    if (this.#state === AFTER) return
    const held = this.#held.subarray(0, this.#heldBytes)
    if (this.#state === BEFORE) this.#into.reject('the input is empty: a JSON array is expected', 0, held, NO_ARRAY_HINT)
    else this.#into.reject('the array ends too early: `]` is missing', this.#unit, held, CUT_OFF_HINT)
  }

  /** A byte before or after the array. */
  #outside(bytes: Buffer, at: number, end: number): boolean {
    const byte = bytes[at] as number
    if (IS_SPACE[byte] === 1) return true
    if (this.#state === BEFORE && byte === OPEN_BRACKET) {
      this.#state = INSIDE
      return true
    }
    const reason = this.#state === BEFORE ? 'the input is not a JSON array' : 'more comes after the array'
    this.#into.reject(reason, 0, bytes.subarray(at, end), NO_ARRAY_HINT)
    return false
  }

  /** Goes on to the comma or bracket that ends the element, or to `end`. */
  #endOfElement(bytes: Buffer, start: number, end: number): number {
    let depth = this.#depth
    let inString = this.#inString
    let isEscaped = this.#isEscaped
    let at = start
    for (; at < end; at++) {
      const byte = bytes[at] as number
      if (inString) {
        if (isEscaped) isEscaped = false
        else if (byte === BACKSLASH) isEscaped = true
        else if (byte === QUOTE) inString = false
      } else if (byte === QUOTE) inString = true
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (depth === 0) break
        depth--
      } else if (byte === COMMA && depth === 0) break
    }
    this.#depth = depth
    this.#inString = inString
    this.#isEscaped = isEscaped
    return at
  }

  /** An element ends at `end`, where a comma or bracket is. */
  #element(bytes: Buffer, start: number, end: number): boolean {
    const closing = bytes[end]
    if (closing !== COMMA) this.#state = AFTER
    if (closing === CLOSE_BRACE) {
      this.#into.reject("unexpected '}'; what comes after it is not read", this.#unit, bytes.subarray(start, end + 1), BROKEN_HINT)
      return false
    }
    if (this.#heldBytes === 0) return this.#take(bytes, start, end)
    this.#hold(bytes, start, end)
    const length = this.#heldBytes
    this.#heldBytes = 0
    return this.#take(this.#held, 0, length)
  }

  #take(bytes: Buffer, start: number, end: number): boolean {
    const isOnly = this.#unit === 1 && this.#state === AFTER
    const unit = this.#unit++
    if (this.#isTooLong) {
      this.#isTooLong = false
      return this.#into.reject(`it has more than ${this.#maxBytes} bytes`, unit, bytes.subarray(start, end))
    }
    const length = this.#compact(bytes, start, end)
    if (length === 0) return isOnly || this.#into.reject('there is nothing between two commas', unit, bytes.subarray(start, end))
    try {
      this.#validator.check(bytes, start, end)
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error
      return this.#into.reject(error.message, unit, bytes.subarray(start, end))
    }
    return this.#fields.take(this.#compacted, 0, length, unit, this.#into)
  }

  /** Copies the element without the white space between its tokens; returns its length. */
  #compact(bytes: Buffer, start: number, end: number): number {
    if (this.#compacted.length < end - start) this.#compacted = Buffer.allocUnsafeSlow(2 * (end - start))
    const into = this.#compacted
    let length = 0
    let inString = false
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number
      if (!inString && IS_SPACE[byte] === 1) continue
      into[length++] = byte
      if (byte === QUOTE) inString = !inString
      else if (byte === BACKSLASH && at + 1 < end) into[length++] = bytes[++at] as number
    }
    return length
  }

  /** Keeps the bytes of an element whose end is not there yet; of one that is too long, no more than how it begins. */
  #hold(bytes: Buffer, start: number, end: number): void {
    const needed = this.#heldBytes + end - start
    if (needed > this.#maxBytes) this.#isTooLong = true
    if (this.#isTooLong && this.#heldBytes > 0) return
    if (needed > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(2 * needed)
      this.#held.copy(grown, 0, 0, this.#heldBytes)
      this.#held = grown
    }
    bytes.copy(this.#held, this.#heldBytes, start, end)
    this.#heldBytes = needed
  }
}
