// One JSON value where a cursor stands: what kind it is and where its text lies. Numbers, strings and names of one's own are checked;
// of objects and arrays only where they end (JsonValidator looks inside).
import { type JsonCursor, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './json-cursor.ts'

export type JsonKind = 'string' | 'number' | 'true' | 'false' | 'null' | 'object' | 'array' | 'missing'

/** Where a value was found; reused from one lookup to the next. */
export class JsonSpan {
  kind: JsonKind = 'missing'
  /** Of the value's text; for strings, of what is between the quotes. */
  start = 0
  end = 0
  /** The string has escapes, so that its text is not its bytes. */
  hasEscapes = false
}

/** Takes the value that begins here with `first`. */
export function readValue(cursor: JsonCursor, first: number, into: JsonSpan): void {
  const start = cursor.at
  into.hasEscapes = false
  if (first === QUOTE) {
    into.hasEscapes = cursor.skipString()
    into.kind = 'string'
    into.start = start + 1
    into.end = cursor.at - 1
    return
  }
  cursor.skipValue()
  into.start = start
  into.end = cursor.at
  if (first === OPEN_BRACE) into.kind = 'object'
  else if (first === OPEN_BRACKET) into.kind = 'array'
  else if (isNumber(cursor.bytes, start, cursor.at)) into.kind = 'number'
  else into.kind = literal(cursor, start)
}

function literal(cursor: JsonCursor, start: number): JsonKind {
  const text = cursor.bytes.toString('latin1', start, cursor.at)
  if (text === 'true' || text === 'false' || text === 'null') return text
  cursor.at = start
  throw cursor.unexpected()
}

const MINUS = 0x2d
const PLUS = 0x2b
const POINT = 0x2e
const ZERO = 0x30

/** Whether the bytes are a number as JSON writes it. */
function isNumber(bytes: Buffer, start: number, end: number): boolean {
  let at = bytes[start] === MINUS ? start + 1 : start
  const first = at
  at = afterDigits(bytes, at, end)
  if (at === first || (bytes[first] === ZERO && at > first + 1)) return false
  if (at < end && bytes[at] === POINT) {
    const fraction = at + 1
    at = afterDigits(bytes, fraction, end)
    if (at === fraction) return false
  }
  if (at < end && ((bytes[at] as number) | 0x20) === 0x65) {
    at++
    if (bytes[at] === PLUS || bytes[at] === MINUS) at++
    const exponent = at
    at = afterDigits(bytes, exponent, end)
    if (at === exponent) return false
  }
  return at === end
}

function afterDigits(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && ((bytes[at] as number) - ZERO) >>> 0 < 10) at++
  return at
}
