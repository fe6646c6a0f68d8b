// Snappy's block format:
//
//   uncompressed length varint · elements: tag · …
//
// The two lowest bits of a tag say what it is: 0 literal (length less 1 in the other six, or from 60 on in 1 to 4 further bytes),
// 1 copy of 4 to 11 bytes with an offset of 11 bits, 2 copy of up to 64 bytes with an offset of 16 bits, 3 with one of 32.
import { MalformedInput, TruncatedInput } from '../errors.ts'
import { type Position, readUnsignedVarint, writeUnsignedVarint } from '../varint.ts'
import type { OutputBuffer } from './output-buffer.ts'
import { copyRange, endOfMatch, hashTable, repeatRange, viewOf } from './ranges.ts'

/** Closer to the end no match is looked for. */
const MATCH_SAFE_END = 15
const MAX_COPY = 64
/** Three bytes of a copy become 64: a block that claims more than this for each of its bytes lies. */
const MAX_EXPANSION = 22

/** The most that `length` bytes become. */
export function maxSnappyBlockSize(length: number): number {
  return 32 + length + Math.ceil(length / 6)
}

/**
 * Compresses up to 64 KiB into `output`, which has room for `maxSnappyBlockSize`; returns the position after it.
 * A match is the last place where the same four bytes hashed to the same slot.
 */
export function compressSnappyBlock(input: Buffer, start: number, end: number, output: Buffer, outputStart: number): number {
  const table = hashTable(end - start)
  const shift = 1 + Math.clz32(table.length)
  const view = viewOf(input)
  let out = writeUnsignedVarint(output, outputStart, end - start)
  let literal = start
  let at = start + 1
  let misses = 32
  while (at < end - MATCH_SAFE_END) {
    const word = view.getInt32(at, true)
    const hash = Math.imul(word, 0x1e35a7bd) >>> shift
    const candidate = start + (table[hash] as number)
    table[hash] = at - start
    if (view.getInt32(candidate, true) !== word) {
      // The longer nothing matches, the faster incompressible bytes are passed over.
      at += misses++ >> 5
      continue
    }
    misses = 32
    const matchEnd = endOfMatch(view, candidate + 4, at + 4, end)
    if (literal < at) out = writeLiteral(input, literal, at, output, out)
    out = writeCopies(output, out, at - candidate, matchEnd - at)
    at = matchEnd
    literal = at
  }
  return literal < end ? writeLiteral(input, literal, end, output, out) : out
}

function writeLiteral(input: Buffer, start: number, end: number, output: Buffer, position: number): number {
  const length = end - start
  let out = position
  if (length <= 60) output[out++] = (length - 1) << 2
  else if (length <= 256) {
    output[out++] = 60 << 2
    output[out++] = length - 1
  } else {
    output[out++] = 61 << 2
    out = output.writeUInt16LE(length - 1, out)
  }
  if (length > 24) input.copy(output, out, start, end)
  else for (let index = 0; index < length; index++) output[out + index] = input[start + index] as number
  return out + length
}

function writeCopies(output: Buffer, position: number, offset: number, total: number): number {
  let out = position
  let left = total
  while (left > 0) {
    // No copy has less than four bytes, so the last but one leaves as many.
    const length = left >= MAX_COPY + 4 ? MAX_COPY : left > MAX_COPY ? MAX_COPY - 4 : left
    if (length <= 11 && offset < 2048) {
      output[out++] = ((offset >> 8) << 5) | ((length - 4) << 2) | 1
      output[out++] = offset
    } else {
      output[out++] = ((length - 1) << 2) | 2
      output[out++] = offset
      output[out++] = offset >> 8
    }
    left -= length
  }
  return out
}

/**
 * Appends what the block from `start` to `end` unfolds to.
 * @throws TruncatedInput, MalformedInput, DecompressedTooLarge
 */
export function decompressSnappyBlock(input: Buffer, start: number, end: number, output: OutputBuffer): void {
  const position: Position = { at: start }
  const size = readUnsignedVarint(input, position)
  if (size > (end - start) * MAX_EXPANSION) throw new MalformedInput(`a snappy block of ${end - start} bytes claims to hold ${size}`)
  output.reserve(size)
  const source = viewOf(input)
  const target = output.view
  const blockStart = output.length
  const limit = blockStart + size
  let at = position.at
  let out = blockStart
  while (at < end) {
    const tag = input[at++] as number
    const kind = tag & 3
    if (kind === 0) {
      let length = (tag >> 2) + 1
      if (length > 60) {
        const bytes = length - 60
        if (at + bytes > end) throw new TruncatedInput('the snappy block ends within a literal length')
        length = input.readUIntLE(at, bytes) + 1
        at += bytes
      }
      if (at + length > end) throw new TruncatedInput('the snappy block ends within a literal')
      if (out + length > limit) throw new MalformedInput(`a snappy block unfolds to more than its ${size} bytes`)
      copyRange(source, at, end, target, out, length)
      at += length
      out += length
    } else {
      const bytes = kind === 3 ? 4 : kind
      if (at + bytes > end) throw new TruncatedInput('the snappy block ends within a copy')
      const offset = kind === 1 ? ((tag & 0xe0) << 3) | (input[at] as number) : input.readUIntLE(at, bytes)
      const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
      if (offset === 0 || offset > out - blockStart) throw new MalformedInput('a snappy copy reaches before its block')
      if (out + length > limit) throw new MalformedInput(`a snappy block unfolds to more than its ${size} bytes`)
      repeatRange(target, out, offset, length)
      at += bytes
      out += length
    }
  }
  if (out !== limit) throw new MalformedInput(`a snappy block of ${size} bytes unfolds to ${out - blockStart}`)
  output.length = out
}
