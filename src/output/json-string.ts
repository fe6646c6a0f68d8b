// Bytes as JSON: a string where they are valid UTF-8, `{"base64":"…"}` where not, so that nothing is lost on the way back.
import { isUtf8 } from 'node:buffer'
import type { Slab } from './slab.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const HEX = Buffer.from('0123456789abcdef')

/** How a byte is written: 0 as it is, 1 as \u00XX, else the letter after a backslash. */
const ESCAPES = new Uint8Array(256)
ESCAPES.fill(1, 0, 0x20)
for (const [byte, letter] of [
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
] as const)
  ESCAPES[byte] = letter.charCodeAt(0)

/** Longest form of one byte: \u00XX. */
const MAX_ESCAPED = 6

/** Appends the bytes from `start` to `end`; `null` where `start` is -1. */
export function writeJsonBytes(out: Slab, source: Buffer, start: number, end: number): void {
  if (start < 0) {
    out.text('null')
    return
  }
  const before = out.length
  const isAscii = writeJsonString(out, source, start, end)
  if (isAscii || isUtf8(source.subarray(start, end))) return
  out.length = before
  out.text('{"base64":"')
  out.text(source.toString('base64', start, end))
  out.text('"}')
}

/** Appends the bytes as a string, whatever they are; returns whether they were ASCII. */
function writeJsonString(out: Slab, source: Buffer, start: number, end: number): boolean {
  out.reserve((end - start) * MAX_ESCAPED + 2)
  const { bytes } = out
  let to = out.length
  let seen = 0
  bytes[to++] = QUOTE
  for (let from = start; from < end; from++) {
    const byte = source[from] as number
    seen |= byte
    const escape = ESCAPES[byte] as number
    if (escape === 0) {
      bytes[to++] = byte
      continue
    }
    bytes[to++] = BACKSLASH
    if (escape !== 1) {
      bytes[to++] = escape
      continue
    }
    bytes[to++] = 0x75
    bytes[to++] = 0x30
    bytes[to++] = 0x30
    bytes[to++] = HEX[byte >> 4] as number
    bytes[to++] = HEX[byte & 15] as number
  }
  bytes[to++] = QUOTE
  out.length = to
  return seen < 0x80
}
