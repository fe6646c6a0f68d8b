// The LZ4 block format: sequences of a token (4 bits literal length, 4 bits match length less 4), literals, and a match by
// its distance in 16 bits. Lengths of 15 go on in further bytes. The last sequence is literals only: at least 5 bytes.
import { TruncatedInput } from '../errors.ts'
import type { OutputBuffer } from './output-buffer.ts'

const MIN_MATCH = 4
const LAST_LITERALS = 5
/** No match may start within this many bytes of the end. */
const MATCH_SAFE_END = 12
const MAX_DISTANCE = 0xffff
const HASH_BITS = 14

export class Lz4BlockCompressor {
  readonly #table = new Int32Array(1 << HASH_BITS)

  /** Compresses into `output` from `outputStart` on; returns where it ended, or -1 when that would not be smaller. */
  compress(input: Buffer, start: number, end: number, output: Buffer, outputStart: number): number {
    const limit = outputStart + (end - start) - 1
    const table = this.#table.fill(-1)
    let out = outputStart
    let literal = start
    let at = start
    let misses = 64
    while (at < end - MATCH_SAFE_END) {
      const word = input.readInt32LE(at)
      const hash = Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS)
      const candidate = table[hash] as number
      table[hash] = at
      if (candidate < 0 || at - candidate > MAX_DISTANCE || input.readInt32LE(candidate) !== word) {
        at += misses++ >> 6
        continue
      }
      misses = 64
      let length = MIN_MATCH
      const maxLength = end - LAST_LITERALS - at
      while (length < maxLength && input[candidate + length] === input[at + length]) length++
      if (out + (at - literal) + (at - literal) / 255 + length / 255 + 8 > limit) return -1
      out = writeSequence(input, literal, at, output, out, at - candidate, length)
      at += length
      literal = at
    }
    if (out + (end - literal) + (end - literal) / 255 + 2 > limit) return -1
    return writeSequence(input, literal, end, output, out, 0, 0)
  }
}

/** A sequence; without a match (the last one) where `matchLength` is 0. */
function writeSequence(
  input: Buffer,
  start: number,
  end: number,
  output: Buffer,
  position: number,
  distance: number,
  matchLength: number,
): number {
  const literals = end - start
  const match = matchLength === 0 ? 0 : matchLength - MIN_MATCH
  let out = position
  output[out++] = (Math.min(literals, 15) << 4) | Math.min(match, 15)
  if (literals >= 15) out = writeLength(output, out, literals - 15)
  input.copy(output, out, start, end)
  out += literals
  if (matchLength === 0) return out
  output[out++] = distance & 0xff
  output[out++] = distance >> 8
  return match >= 15 ? writeLength(output, out, match - 15) : out
}

function writeLength(output: Buffer, position: number, length: number): number {
  let out = position
  let left = length
  for (; left >= 255; left -= 255) output[out++] = 255
  output[out++] = left
  return out
}

/** Appends what the block from `start` to `end` unfolds to; matches may reach back into what `output` held before. */
export function decompressLz4Block(input: Buffer, start: number, end: number, output: OutputBuffer): void {
  let at = start
  const readLength = (): number => {
    let length = 0
    for (;;) {
      const byte = at < end ? (input[at++] as number) : -1
      if (byte < 0) throw new TruncatedInput('the LZ4 block ends within a length')
      length += byte
      if (byte < 255) return length
    }
  }
  while (at < end) {
    const token = input[at++] as number
    let literals = token >> 4
    if (literals === 15) literals += readLength()
    if (at + literals > end) throw new TruncatedInput('the LZ4 block ends within literals')
    output.append(input, at, at + literals)
    at += literals
    if (at === end) return
    if (at + 2 > end) throw new TruncatedInput('the LZ4 block ends within a match')
    const distance = (input[at] as number) | ((input[at + 1] as number) << 8)
    at += 2
    let length = token & 15
    if (length === 15) length += readLength()
    output.repeat(distance, length + MIN_MATCH)
  }
}
