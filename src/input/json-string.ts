// What stands between the quotes of a JSON string, as bytes. Only well-formed text can be bytes: half of a surrogate pair (`\ud800`)
// cannot, and is refused. Bytes that are not UTF-8 stay as they are: some tools (kcat -J) print binary values that way.
import { JsonSyntaxError } from './bad-record.ts'
import { BACKSLASH, STRING_STOP, controlCharacter } from './json-cursor.ts'

/** The byte for a letter after a backslash; 0 for letters that have none. */
const UNESCAPED = new Uint8Array(256)
for (const [letter, byte] of [
  ['"', 0x22],
  ['\\', 0x5c],
  ['/', 0x2f],
  ['b', 0x08],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
] as const)
  UNESCAPED[letter.charCodeAt(0)] = byte

const LETTER_U = 0x75
/** `\uXXXX` */
const UNICODE_ESCAPE_LENGTH = 6

/**
 * Writes the string from `start` to `end` (its quotes left out) to `into` at `to`; it never gets longer.
 * @returns the position after it in `into`
 * @throws JsonSyntaxError for escapes that JSON does not know, control characters and lone surrogates
 */
export function unescapeJsonString(bytes: Buffer, start: number, end: number, into: Buffer, to: number): number {
  let out = to
  for (let at = start; at < end;) {
    const byte = bytes[at] as number
    if (STRING_STOP[byte] === 0) {
      into[out++] = byte
      at++
      continue
    }
    if (byte !== BACKSLASH) throw controlCharacter(byte)
    const letter = bytes[at + 1] as number
    const unescaped = UNESCAPED[letter] as number
    if (unescaped !== 0) {
      into[out++] = unescaped
      at += 2
    } else if (letter === LETTER_U) {
      const codePoint = readCodePoint(bytes, at, end)
      out = writeUtf8(codePoint, into, out)
      at += codePoint > 0xffff ? 2 * UNICODE_ESCAPE_LENGTH : UNICODE_ESCAPE_LENGTH
    } else throw unknownEscape(bytes, at, end)
  }
  return out
}

/** Checks the escapes of the string from `start` to `end`, save for lone surrogates, which JSON text may have. @throws JsonSyntaxError */
export function checkEscapes(bytes: Buffer, start: number, end: number): void {
  for (let at = start; at < end; at++) {
    if (bytes[at] !== BACKSLASH) continue
    const letter = bytes[++at] as number
    if (letter === LETTER_U) readUnit(bytes, at - 1, end)
    else if (UNESCAPED[letter] === 0) throw unknownEscape(bytes, at - 1, end)
  }
}

/** Of the escape at `at`, or of the two that make a surrogate pair. */
function readCodePoint(bytes: Buffer, at: number, end: number): number {
  const unit = readUnit(bytes, at, end)
  if (unit < 0xd800 || unit > 0xdfff) return unit
  const next = at + UNICODE_ESCAPE_LENGTH
  if (unit < 0xdc00 && next + 1 < end && bytes[next] === BACKSLASH && bytes[next + 1] === LETTER_U) {
    const low = readUnit(bytes, next, end)
    if (low >= 0xdc00 && low <= 0xdfff) return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
  }
  throw new JsonSyntaxError(`\\u${unit.toString(16)} is half of a surrogate pair, which no bytes stand for`)
}

function readUnit(bytes: Buffer, at: number, end: number): number {
  let unit = 0
  for (let digit = at + 2; digit < at + UNICODE_ESCAPE_LENGTH; digit++) {
    const value = digit < end ? hexValue(bytes[digit] as number) : -1
    if (value < 0) throw unknownEscape(bytes, at, end)
    unit = unit * 16 + value
  }
  return unit
}

function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

function writeUtf8(codePoint: number, into: Buffer, to: number): number {
  let out = to
  if (codePoint < 0x80) into[out++] = codePoint
  else {
    if (codePoint < 0x800) into[out++] = 0xc0 | (codePoint >> 6)
    else {
      if (codePoint < 0x10000) into[out++] = 0xe0 | (codePoint >> 12)
      else {
        into[out++] = 0xf0 | (codePoint >> 18)
        into[out++] = 0x80 | ((codePoint >> 12) & 0x3f)
      }
      into[out++] = 0x80 | ((codePoint >> 6) & 0x3f)
    }
    into[out++] = 0x80 | (codePoint & 0x3f)
  }
  return out
}

function unknownEscape(bytes: Buffer, at: number, end: number): JsonSyntaxError {
  return new JsonSyntaxError(`JSON has no escape '${bytes.toString('utf8', at, Math.min(at + UNICODE_ESCAPE_LENGTH, end))}'`)
}
