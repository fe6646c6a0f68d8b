// What stands between the quotes of a JSON string, as bytes. Only well-formed text can be bytes: half of a surrogate pair (`\ud800`)
// cannot, and is refused. Bytes that are not UTF-8 stay as they are: some tools (kcat -J) print binary values that way.
import { JsonSyntaxError } from './bad-record.ts'
import { BACKSLASH, controlCharacter, FIRST_PRINTABLE, type JsonCursor, QUOTE, STRING_STOP } from './json-cursor.ts'

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
 * By pair of bytes (the first is the low one): how many bytes they become (bits 16 and up), and these bytes. 0 where the pair needs a
 * closer look. As every pair is a step of two, the processor need not wait for one look-up to begin the next: text with a quote
 * to unescape in every five bytes, as JSON within JSON has, goes twice as fast as byte by byte. Once made, it never changes.
 */
let pairs: Uint32Array | null = null

/** Made when it is first needed: lines without escapes never do, and should not start later for it. */
function makePairs(): Uint32Array {
  const table = new Uint32Array(1 << 16)
  for (let first = FIRST_PRINTABLE; first < 256; first++) {
    for (let second = FIRST_PRINTABLE; second < 256; second++) {
      const pair = first | (second << 8)
      if (STRING_STOP[first] === 0 && STRING_STOP[second] === 0) table[pair] = (2 << 16) | pair
      else if (first === BACKSLASH && UNESCAPED[second] !== 0) table[pair] = (1 << 16) | (UNESCAPED[second] as number)
    }
  }
  return table
}

/**
 * Writes the string in which the cursor stands, up to its quote, to `into` at `to`; it never gets longer, but needs room for
 * a byte more. The cursor is then after the quote.
 * @returns the position after the text in `into`
 * @throws JsonSyntaxError for escapes that JSON does not know, control characters and lone surrogates
 */
export function unescapeString(cursor: JsonCursor, into: Buffer, to: number): number {
  const table = (pairs ??= makePairs())
  const { bytes, end } = cursor
  let { at } = cursor
  let out = to
  for (;;) {
    let pair: number
    for (; (pair = table[(bytes[at] as number) | ((bytes[at + 1] as number) << 8)] as number) !== 0; at += 2) {
      into[out] = pair
      into[out + 1] = pair >> 8
      out += pair >> 16
    }
    if (at >= end) throw new JsonSyntaxError('it ends within a string')
    const byte = bytes[at] as number
    if (STRING_STOP[byte] === 0) {
      into[out++] = byte
      at++
      continue
    }
    if (byte === QUOTE) {
      cursor.at = at + 1
      return out
    }
    if (byte !== BACKSLASH) throw controlCharacter(byte)
    if (bytes[at + 1] !== LETTER_U) throw unknownEscape(bytes, at, end)
    const codePoint = readCodePoint(bytes, at, end)
    out = writeUtf8(codePoint, into, out)
    at += codePoint > 0xffff ? 2 * UNICODE_ESCAPE_LENGTH : UNICODE_ESCAPE_LENGTH
  }
}

/** The first position from `start` on that is not simply text: at a quote, a backslash or a control character. */
export function afterSimpleText(bytes: Buffer, start: number): number {
  let at = start
  let byte: number
  // Behind the last text there is none, and undefined stops this too.
  while ((byte = bytes[at] as number) !== QUOTE && byte !== BACKSLASH && byte >= FIRST_PRINTABLE) at++
  return at
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
  const length = bytes[at + 1] === LETTER_U ? UNICODE_ESCAPE_LENGTH : 2
  return new JsonSyntaxError(`JSON has no escape '${bytes.toString('utf8', at, Math.min(at + length, end))}'`)
}
