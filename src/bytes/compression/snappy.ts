// Snappy. Kafka's Java client wraps blocks in xerial's framing, librdkafka and others write one raw block:
//
//   xerial: 82 'SNAPPY' 00 · version int32 · compatible version int32 · then per block of up to 32 KiB: length int32 · raw block
//   raw:    uncompressed length varint · elements
//
// An element's tag byte says in its two lowest bits what it is: 0 literal, 1 to 3 a copy with an offset of 11, 16 or 32 bits.
import { MalformedInput, TruncatedInput } from '../errors.ts'
import { type Position, readUnsignedVarint, writeUnsignedVarint } from '../varint.ts'
import { OutputBuffer } from './output-buffer.ts'

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const XERIAL_HEADER_SIZE = 16
const BLOCK_BYTES = 32 * 1024

export function compress(input: Buffer): Buffer {
  const blocks = Math.ceil(input.length / BLOCK_BYTES)
  const output = Buffer.allocUnsafe(XERIAL_HEADER_SIZE + blocks * 4 + maxCompressedSize(input.length) + blocks * 16)
  XERIAL_MAGIC.copy(output)
  output.writeInt32BE(1, 8)
  output.writeInt32BE(1, 12)
  let at = XERIAL_HEADER_SIZE
  const table = new Uint16Array(HASH_SIZE)
  for (let start = 0; start < input.length; start += BLOCK_BYTES) {
    const end = compressBlock(input, start, Math.min(start + BLOCK_BYTES, input.length), output, at + 4, table)
    output.writeInt32BE(end - at - 4, at)
    at = end
  }
  return output.subarray(0, at)
}

export function decompress(input: Buffer, maxBytes: number): Buffer {
  const isFramed = input.length >= XERIAL_HEADER_SIZE && input.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)
  const output = new OutputBuffer(4 * input.length, maxBytes)
  if (!isFramed) {
    decompressBlock(input, 0, input.length, output)
    return output.result()
  }
  let at = XERIAL_HEADER_SIZE
  while (at < input.length) {
    if (at + 4 > input.length) throw new TruncatedInput('the snappy stream ends within a block length')
    const size = input.readInt32BE(at)
    at += 4
    if (size < 0 || at + size > input.length)
      throw new TruncatedInput(`a snappy block of ${size} bytes, where ${input.length - at} are left`)
    decompressBlock(input, at, at + size, output)
    at += size
  }
  return output.result()
}

function decompressBlock(input: Buffer, start: number, end: number, output: OutputBuffer): void {
  const position: Position = { at: start }
  const size = readUnsignedVarint(input, position)
  const before = output.length
  let at = position.at
  while (at < end) {
    const tag = input[at++] as number
    if ((tag & 3) === 0) {
      let length = (tag >> 2) + 1
      if (length > 60) {
        const bytes = length - 60
        if (at + bytes > end) throw new TruncatedInput('the snappy block ends within a literal length')
        length = input.readUIntLE(at, bytes) + 1
        at += bytes
      }
      if (at + length > end) throw new TruncatedInput('the snappy block ends within a literal')
      output.append(input, at, at + length)
      at += length
    } else {
      at = copy(input, at, end, tag, output, before)
    }
    if (output.length - before > size) break
  }
  if (output.length - before !== size) throw new MalformedInput(`a snappy block of ${size} bytes unfolds to ${output.length - before}`)
}

function copy(input: Buffer, at: number, end: number, tag: number, output: OutputBuffer, blockStart: number): number {
  const bytes = (tag & 3) === 3 ? 4 : tag & 3
  if (at + bytes > end) throw new TruncatedInput('the snappy block ends within a copy')
  const offset = bytes === 1 ? ((tag & 0xe0) << 3) | (input[at] as number) : input.readUIntLE(at, bytes)
  const length = bytes === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
  if (offset > output.length - blockStart) throw new MalformedInput('a snappy copy reaches before its block')
  output.repeat(offset, length)
  return at + bytes
}

const HASH_BITS = 14
const HASH_SIZE = 1 << HASH_BITS

function maxCompressedSize(length: number): number {
  return 32 + length + Math.floor(length / 6)
}

function compressBlock(input: Buffer, start: number, end: number, output: Buffer, outputStart: number, table: Uint16Array): number {
  let out = writeUnsignedVarint(output, outputStart, end - start)
  let literal = start
  table.fill(0)
  const lastMatchable = end - 15
  let at = start + 1
  let misses = 32
  while (at < lastMatchable) {
    const word = input.readInt32LE(at)
    const hash = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS)
    const candidate = start + (table[hash] as number)
    table[hash] = at - start
    if (input.readInt32LE(candidate) !== word || candidate >= at) {
      // The longer nothing matches, the faster incompressible bytes are passed over.
      at += misses++ >> 5
      continue
    }
    misses = 32
    let length = 4
    while (at + length < end && input[candidate + length] === input[at + length]) length++
    out = writeLiteral(input, literal, at, output, out)
    out = writeCopy(output, out, at - candidate, length)
    at += length
    literal = at
  }
  return writeLiteral(input, literal, end, output, out)
}

function writeLiteral(input: Buffer, start: number, end: number, output: Buffer, position: number): number {
  const length = end - start
  if (length === 0) return position
  let out = position
  if (length <= 60) output[out++] = (length - 1) << 2
  else if (length <= 256) {
    output[out++] = 60 << 2
    output[out++] = length - 1
  } else {
    output[out++] = 61 << 2
    output.writeUInt16LE(length - 1, out)
    out += 2
  }
  input.copy(output, out, start, end)
  return out + length
}

function writeCopy(output: Buffer, position: number, offset: number, total: number): number {
  let out = position
  let left = total
  while (left > 0) {
    // A copy has at most 64 bytes; a rest of less than 4 could not be written short, so it is left larger.
    const length = left > 67 ? 64 : left > 64 ? 60 : left
    if (length >= 4 && length <= 11 && offset < 2048) {
      output[out++] = ((offset >> 8) << 5) | ((length - 4) << 2) | 1
      output[out++] = offset & 0xff
    } else {
      output[out++] = ((length - 1) << 2) | 2
      output.writeUInt16LE(offset, out)
      out += 2
    }
    left -= length
  }
  return out
}
