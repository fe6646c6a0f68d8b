// The LZ4 block format: sequences of a token (4 bits literal length, 4 bits match length less 4), literals, and a match by
// its distance in 16 bits. Lengths of 15 go on in further bytes. The last sequence is literals only: at least 5 bytes.
//
//   token · [literal length …] · literals · distance uint16 LE · [match length …]
import { MalformedInput, TruncatedInput } from '../errors.ts'
import type { OutputBuffer } from './output-buffer.ts'
import { copyRange, endOfMatch, repeatRange, viewOf } from './ranges.ts'

export const MIN_MATCH = 4
/** The last bytes are always literals. */
export const LAST_LITERALS = 5
/** No match may start within this many bytes of the end. */
export const MATCH_SAFE_END = 12
const MAX_HASH_BITS = 14
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
  const hashBits = Math.min(MAX_HASH_BITS, Math.max(8, 32 - Math.clz32(end - start)))
  const shift = 32 - hashBits
  const table = new Uint16Array(1 << hashBits)
  const view = viewOf(input)
  const writer = new SequenceWriter(input, start, output, outputStart)
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
    writer.match(at, at - candidate, matchEnd - at)
    at = matchEnd
  }
  return writer.finish(end)
}

/** Writes sequences one after the other; literals are what lies between the matches. */
export class SequenceWriter {
  readonly #input: Buffer
  readonly #output: Buffer
  #literal: number
  #at: number

  constructor(input: Buffer, start: number, output: Buffer, outputStart: number) {
    this.#input = input
    this.#literal = start
    this.#output = output
    this.#at = outputStart
  }

  /** A match of `length` bytes at `at`, and all before it that is not written yet as literals. */
  match(at: number, distance: number, length: number): void {
    const output = this.#output
    const rest = length - MIN_MATCH
    this.#literals(at, Math.min(rest, 15))
    output[this.#at++] = distance
    output[this.#at++] = distance >> 8
    if (rest >= 15) this.#length(rest - 15)
    this.#literal = at + length
  }

  /** The literals at the end; returns the position after the block. */
  finish(end: number): number {
    this.#literals(end, 0)
    return this.#at
  }

  #literals(end: number, matchNibble: number): void {
    const input = this.#input
    const output = this.#output
    const count = end - this.#literal
    output[this.#at++] = (Math.min(count, 15) << 4) | matchNibble
    if (count >= 15) this.#length(count - 15)
    let to = this.#at
    if (count > 24) input.copy(output, to, this.#literal, end)
    else for (let from = this.#literal; from < end; from++) output[to++] = input[from] as number
    this.#at += count
  }

  #length(length: number): void {
    let left = length
    for (; left >= 255; left -= 255) this.#output[this.#at++] = 255
    this.#output[this.#at++] = left
  }
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
    copyRange(source, at, target, out, literals)
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
