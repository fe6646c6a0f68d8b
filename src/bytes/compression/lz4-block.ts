// The LZ4 block format: sequences of a token (4 bits literal length, 4 bits match length less 4), literals, and a match by
// its distance in 16 bits. Lengths of 15 go on in further bytes. The last sequence is literals only: at least 5 bytes.
//
//   token · [literal length …] · literals · distance uint16 LE · [match length …]
import { MalformedInput, TruncatedInput } from '../errors.ts'
import type { OutputBuffer } from './output-buffer.ts'
import { copyRange, endOfMatch, hashTable, repeatRange, viewOf } from './ranges.ts'

export const MIN_MATCH = 4
/** The last bytes are always literals. */
export const LAST_LITERALS = 5
/** No match may start within this many bytes of the end. */
export const MATCH_SAFE_END = 12
/** What a byte of a block unfolds to at most. */
const MAX_EXPANSION = 255

/** The most that `length` bytes become. */
export function maxLz4BlockSize(length: number): number {
  return length + Math.ceil(length / 255) + 16
}

/**
 * Compresses up to 64 KiB into `output`, which has room for `maxLz4BlockSize`; returns the position after it.
 * A match is the last place where the same four bytes hashed to the same slot.
 */
export function compressLz4Block(input: Buffer, start: number, end: number, output: Buffer, outputStart: number): number {
  const table = hashTable(end - start)
  const shift = 1 + Math.clz32(table.length)
  const view = viewOf(input)
  let out = outputStart
  let literal = start
  let at = start + 1
  let misses = 64
  while (at < end - MATCH_SAFE_END) {
    const word = view.getInt32(at, true)
    const hash = Math.imul(word, 0x9e3779b1) >>> shift
    const candidate = start + (table[hash] as number)
    table[hash] = at - start
    if (view.getInt32(candidate, true) !== word) {
      // The longer nothing matches, the faster incompressible bytes are passed over.
      at += misses++ >> 6
      continue
    }
    misses = 64
    const matchEnd = endOfMatch(view, candidate + MIN_MATCH, at + MIN_MATCH, end - LAST_LITERALS)
    out = writeSequence(input, literal, at, output, out, at - candidate, matchEnd - at)
    at = matchEnd
    literal = at
  }
  return writeLiterals(input, literal, end, output, out)
}

/** Writes the literals from `literal` to `at` and the match that starts there; returns the position after both. */
export function writeSequence(
  input: Buffer,
  literal: number,
  at: number,
  output: Buffer,
  position: number,
  distance: number,
  matchLength: number,
): number {
  const length = matchLength - MIN_MATCH
  let out = writeLiterals(input, literal, at, output, position, Math.min(length, 15))
  output[out++] = distance
  output[out++] = distance >> 8
  return length >= 15 ? writeLength(output, out, length - 15) : out
}

/** Writes a token and the literals from `literal` to `end`. Without a match after them they end the block. */
export function writeLiterals(input: Buffer, literal: number, end: number, output: Buffer, position: number, matchNibble = 0): number {
  const count = end - literal
  let out = position
  output[out++] = (Math.min(count, 15) << 4) | matchNibble
  if (count >= 15) out = writeLength(output, out, count - 15)
  if (count > 24) input.copy(output, out, literal, end)
  else for (let index = 0; index < count; index++) output[out + index] = input[literal + index] as number
  return out + count
}

function writeLength(output: Buffer, position: number, length: number): number {
  let out = position
  let left = length
  for (; left >= 255; left -= 255) output[out++] = 255
  output[out++] = left
  return out
}

/**
 * Appends what the block from `start` to `end` unfolds to, at most `maxBytes`. Matches reach back to `windowStart`.
 * @throws TruncatedInput, MalformedInput, DecompressedTooLarge
 */
export function decompressLz4Block(
  input: Buffer,
  start: number,
  end: number,
  output: OutputBuffer,
  windowStart: number,
  maxBytes: number,
): void {
  const limit = output.reserveUpTo(Math.min(maxBytes, (end - start) * MAX_EXPANSION))
  const source = viewOf(input)
  const target = output.view
  let at = start
  let out = output.length
  while (at < end) {
    const token = input[at++] as number
    let literals = token >> 4
    if (literals === 15) {
      const after = lengthEnd(input, at, end)
      literals += lengthAt(input, at, after)
      at = after
    }
    if (at + literals > end) throw new TruncatedInput('the LZ4 block ends within literals')
    if (out + literals > limit) throw output.overflow(limit, 'an LZ4 block is larger than its frame allows')
    copyRange(source, at, end, target, out, literals)
    at += literals
    out += literals
    if (at === end) break
    if (at + 2 > end) throw new TruncatedInput('the LZ4 block ends within a match')
    const distance = (input[at] as number) | ((input[at + 1] as number) << 8)
    at += 2
    let length = token & 15
    if (length === 15) {
      const after = lengthEnd(input, at, end)
      length += lengthAt(input, at, after)
      at = after
    }
    length += MIN_MATCH
    if (distance === 0 || distance > out - windowStart)
      throw new MalformedInput(`an LZ4 match ${distance} bytes back, where there are ${out - windowStart}`)
    if (out + length > limit) throw output.overflow(limit, 'an LZ4 block is larger than its frame allows')
    repeatRange(target, out, distance, length)
    out += length
  }
  output.length = out
}

/** The position after a length that goes on in bytes of 255. */
function lengthEnd(input: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && input[at] === 255) at++
  if (at >= end) throw new TruncatedInput('the LZ4 block ends within a length')
  return at + 1
}

/** The value of such a length, which `lengthEnd` has found to be whole. */
function lengthAt(input: Buffer, start: number, after: number): number {
  return (after - start - 1) * 255 + (input[after - 1] as number)
}
