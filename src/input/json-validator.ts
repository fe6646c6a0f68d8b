// Whether bytes are JSON, strictly (RFC 8259), at any depth and without recursion. Whether they are UTF-8 is not looked at.
import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, JsonCursor, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './json-cursor.ts'
import { checkEscapes } from './json-string.ts'
import { JsonSpan, readValue } from './json-value.ts'

export class JsonValidator {
  readonly #cursor = new JsonCursor()
  readonly #span = new JsonSpan()
  /** By depth: 1 for an object, 0 for an array. */
  #isObject = Buffer.alloc(64)

  /** Checks that the text from `start` to `end` is one value. @throws JsonSyntaxError */
  check(bytes: Buffer, start: number, end: number): void {
    this.#cursor.at = this.endOfValue(bytes, start, end)
    if (this.#cursor.peek() >= 0) throw this.#cursor.unexpected()
  }

  /** The position after the value that comes next from `start` on. @throws JsonSyntaxError */
  endOfValue(bytes: Buffer, start: number, end: number): number {
    const cursor = this.#cursor
    cursor.open(bytes, start, end)
    for (let depth = 0; ;) {
      const first = cursor.peek()
      if (first === OPEN_BRACE || first === OPEN_BRACKET) {
        cursor.at++
        if (cursor.peek() !== (first === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET)) {
          this.#push(depth++, first === OPEN_BRACE)
          continue
        }
        cursor.at++
      } else this.#passScalar(first)
      depth = this.#passEnds(depth)
      if (depth === 0) return cursor.at
    }
  }

  /** After a value: passes over what ends, up to where the next value begins; returns the depth of that, or 0. */
  #passEnds(depth: number): number {
    const cursor = this.#cursor
    for (let left = depth; left > 0; left--) {
      const isObject = this.#isObject[left - 1] === 1
      const next = cursor.peek()
      if (next === COMMA) {
        cursor.at++
        if (isObject) this.#passName()
        return left
      }
      if (next !== (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) throw cursor.unexpected()
      cursor.at++
    }
    return 0
  }

  #push(depth: number, isObject: boolean): void {
    if (depth === this.#isObject.length) this.#isObject = Buffer.concat([this.#isObject], 2 * depth)
    this.#isObject[depth] = isObject ? 1 : 0
    if (isObject) this.#passName()
  }

  #passName(): void {
    const first = this.#cursor.peek()
    if (first !== QUOTE) throw this.#cursor.unexpected()
    this.#passScalar(first)
    this.#cursor.expect(COLON)
  }

  #passScalar(first: number): void {
    if (first < 0) throw this.#cursor.unexpected()
    readValue(this.#cursor, first, this.#span)
    if (this.#span.hasEscapes) checkEscapes(this.#cursor.bytes, this.#span.start, this.#span.end)
  }
}
