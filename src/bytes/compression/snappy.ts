// Snappy. Kafka's Java client wraps blocks in xerial's framing, librdkafka and others write one raw block:
//
//   xerial: 82 'SNAPPY' 00 · version int32 · compatible version int32 · then per block of up to 32 KiB: length int32 · raw block
//   raw:    one block, see snappy-block.ts
//
// Numbers of the framing are big-endian.
import { TruncatedInput } from '../errors.ts'
import type { OutputBuffer } from './output-buffer.ts'
import { compressSnappyBlock, decompressSnappyBlock, maxSnappyBlockSize } from './snappy-block.ts'

const XERIAL_HEADER = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00, 0, 0, 0, 1, 0, 0, 0, 1])
const MAGIC_SIZE = 8
const BLOCK_BYTES = 32 * 1024

export function compress(input: Buffer, _level: number | undefined, output: OutputBuffer): Buffer {
  const blocks = Math.ceil(input.length / BLOCK_BYTES)
  output.begin(XERIAL_HEADER.length + blocks * (4 + maxSnappyBlockSize(Math.min(input.length, BLOCK_BYTES))), Infinity)
  const { bytes } = output
  let at = XERIAL_HEADER.copy(bytes)
  for (let start = 0; start < input.length; start += BLOCK_BYTES) {
    const end = compressSnappyBlock(input, start, Math.min(start + BLOCK_BYTES, input.length), bytes, at + 4)
    bytes.writeInt32BE(end - at - 4, at)
    at = end
  }
  output.length = at
  return output.result()
}

export function decompress(input: Buffer, maxBytes: number, output: OutputBuffer): Buffer {
  output.begin(4 * input.length, maxBytes)
  if (hasXerialHeader(input, 0)) decompressBlocks(input, output)
  else decompressSnappyBlock(input, 0, input.length, output)
  return output.result()
}

function decompressBlocks(input: Buffer, output: OutputBuffer): void {
  let at = XERIAL_HEADER.length
  while (at < input.length) {
    if (hasXerialHeader(input, at)) {
      // Streams one after the other are one, as for the Java client.
      at += XERIAL_HEADER.length
      continue
    }
    if (at + 4 > input.length) throw new TruncatedInput('the snappy stream ends within a block length')
    const size = input.readUInt32BE(at)
    at += 4
    if (at + size > input.length) throw new TruncatedInput(`a snappy block of ${size} bytes, where ${input.length - at} are left`)
    decompressSnappyBlock(input, at, at + size, output)
    at += size
  }
}

function hasXerialHeader(input: Buffer, at: number): boolean {
  return at + XERIAL_HEADER.length <= input.length && input.compare(XERIAL_HEADER, 0, MAGIC_SIZE, at, at + MAGIC_SIZE) === 0
}
