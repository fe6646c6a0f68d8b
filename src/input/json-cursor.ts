// Walks JSON text as bytes, between two positions of a buffer, without making anything of what it passes. It checks what
// it needs to find its way: strings in full save their escapes, the nesting of what is passed over only by its depth. One
// cursor serves many texts.
import { JsonSyntaxError } from './bad-record.ts'

export const QUOTE = 0x22
export const BACKSLASH = 0x5c
export const COMMA = 0x2c
export const COLON = 0x3a
export const OPEN_BRACKET = 0x5b
export const CLOSE_BRACKET = 0x5d
export const OPEN_BRACE = 0x7b
export const CLOSE_BRACE = 0x7d

export const FIRST_PRINTABLE = 0x20

/** 1 for bytes that are not simply part of a string: the quote, the backslash, control characters. */
export const STRING_STOP = new Uint8Array(256)
STRING_STOP.fill(1, 0, FIRST_PRINTABLE)
STRING_STOP[QUOTE] = STRING_STOP[BACKSLASH] = 1

export const IS_SPACE = new Uint8Array(256)
for (const space of [0x20, 0x0a, 0x0d, 0x09]) IS_SPACE[space] = 1

/** 1 for bytes that matter when only the depth does. */
const NESTING_STOP = new Uint8Array(256)
for (const stop of [QUOTE, OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE]) NESTING_STOP[stop] = 1

const NO_BYTES: Buffer = Buffer.alloc(0)

export class JsonCursor {
  bytes = NO_BYTES
  at = 0
  end = 0

  open(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  /** The next byte that is not white space, not taken; -1 at the end. */
  peek(): number {
    const { bytes, end } = this
    let at = this.at
    let byte = bytes[at] as number
    if (byte > 0x20 && at < end) return byte
    while (at < end && IS_SPACE[byte] === 1) byte = bytes[++at] as number
    this.at = at
    return at < end ? byte : -1
  }

  /** Takes the byte, which must come next but for white space. */
  expect(byte: number): void {
    if (this.peek() !== byte) throw this.unexpected()
    this.at++
  }

  /** Passes over a string whose quote is next; returns whether it has escapes. */
  skipString(): boolean {
    const { bytes, end } = this
    let at = this.at + 1
    let hasEscapes = false
    for (;;) {
      // Beyond the end there is another text, or nothing: either stops the loop.
      while (STRING_STOP[bytes[at] as number] === 0) at++
      if (at >= end) throw new JsonSyntaxError('it ends within a string')
      const byte = bytes[at] as number
      if (byte === QUOTE) {
        this.at = at + 1
        return hasEscapes
      }
      if (byte !== BACKSLASH) throw controlCharacter(byte)
      hasEscapes = true
      at += 2
    }
  }

  /** Passes over a value. */
  skipValue(): void {
    const first = this.peek()
    if (first === QUOTE) this.skipString()
    else if (first === OPEN_BRACE || first === OPEN_BRACKET) this.#skipNested()
    else this.#skipScalar()
  }

  /** What to throw about the byte that is next. */
  unexpected(): JsonSyntaxError {
    if (this.peek() < 0) return new JsonSyntaxError('it ends too early', true)
    const text = this.bytes.toString('utf8', this.at, Math.min(this.at + 12, this.end))
    return new JsonSyntaxError(`unexpected '${text}'`)
  }

  #skipScalar(): void {
    const { bytes, end } = this
    const start = this.at
    let at = start
    let byte: number
    while (at < end && (byte = bytes[at] as number) > 0x20 && byte !== COMMA && byte !== CLOSE_BRACE && byte !== CLOSE_BRACKET) at++
    if (at === start) throw this.unexpected()
    this.at = at
  }

  #skipNested(): void {
    const { bytes, end } = this
    let depth = 0
    for (;;) {
      let at = this.at
      while (NESTING_STOP[bytes[at] as number] === 0) at++
      this.at = at
      if (at >= end) throw new JsonSyntaxError('it ends too early', true)
      const byte = bytes[at] as number
      if (byte === QUOTE) this.skipString()
      else {
        this.at++
        if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++
        else if (--depth === 0) return
      }
    }
  }
}

export function controlCharacter(byte: number): JsonSyntaxError {
  return new JsonSyntaxError(`a string has a control character (0x${byte.toString(16).padStart(2, '0')}), which JSON writes as an escape`)
}
