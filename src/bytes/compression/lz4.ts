// LZ4 frames. Written as Kafka's Java client writes them: 64 KiB blocks, independent, no checksums, no content size:
//
//   04 22 4d 18 · FLG 60 · BD 40 · HC 82 · blocks: size int32 LE (top bit: stored as is) · bytes … · 00 00 00 00
//
// Read in all forms: dependent blocks, block and content checksums, content size, skippable and several frames.
import { MalformedInput, TruncatedInput } from '../errors.ts'
import { compressLz4Block, decompressLz4Block, maxLz4BlockSize } from './lz4-block.ts'
import { compressLz4BlockHigh } from './lz4-high.ts'
import type { OutputBuffer } from './output-buffer.ts'
import { xxhash32 } from './xxhash32.ts'

const MAGIC = 0x184d2204
const SKIPPABLE_MAGIC = 0x184d2a50
const BLOCK_BYTES = 64 * 1024
const STORED = 0x80000000
const FRAME_HEADER = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82])

/** As in Kafka's client, the default level is the fast compressor, and any other the slow one. */
const DEFAULT_LEVEL = 9

export function compress(input: Buffer, level: number = DEFAULT_LEVEL, output: OutputBuffer): Buffer {
  const blocks = Math.ceil(input.length / BLOCK_BYTES)
  output.begin(FRAME_HEADER.length + blocks * (4 + maxLz4BlockSize(Math.min(input.length, BLOCK_BYTES))) + 4, Infinity)
  const { bytes } = output
  let at = FRAME_HEADER.copy(bytes)
  for (let start = 0; start < input.length; start += BLOCK_BYTES)
    at = writeBlock(input, start, Math.min(start + BLOCK_BYTES, input.length), level, bytes, at)
  output.length = bytes.writeUInt32LE(0, at)
  return output.result()
}

function writeBlock(input: Buffer, start: number, end: number, level: number, output: Buffer, position: number): number {
  const at = position + 4
  const after =
    level === DEFAULT_LEVEL ? compressLz4Block(input, start, end, output, at) : compressLz4BlockHigh(input, start, end, output, at, level)
  if (after - at < end - start) {
    output.writeUInt32LE(after - at, position)
    return after
  }
  output.writeUInt32LE((STORED | (end - start)) >>> 0, position)
  return at + input.copy(output, at, start, end)
}

export function decompress(input: Buffer, maxBytes: number, output: OutputBuffer): Buffer {
  output.begin(4 * input.length, maxBytes)
  const reader = new FrameReader(input)
  do reader.readFrame(output)
  while (reader.hasMore)
  return output.result()
}

interface FrameDescriptor {
  readonly hasIndependentBlocks: boolean
  readonly hasBlockChecksums: boolean
  readonly hasContentChecksum: boolean
  readonly contentBytes: bigint | null
  readonly maxBlockBytes: number
}

class FrameReader {
  readonly #input: Buffer
  #at = 0

  constructor(input: Buffer) {
    this.#input = input
  }

  get hasMore(): boolean {
    return this.#at < this.#input.length
  }

  readFrame(output: OutputBuffer): void {
    const magic = this.#uint32()
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      this.#skip(this.#uint32())
      return
    }
    if (magic !== MAGIC) throw new MalformedInput('this is not an LZ4 frame')
    const frame = this.#readDescriptor()
    const contentStart = output.length
    for (let size = this.#uint32(); size !== 0; size = this.#uint32()) this.#readBlock(size, frame, output, contentStart)
    if (frame.hasContentChecksum && this.#uint32() !== xxhash32(output.bytes, contentStart, output.length))
      throw new MalformedInput('the LZ4 content does not agree with its checksum')
    if (frame.contentBytes !== null && frame.contentBytes !== BigInt(output.length - contentStart))
      throw new MalformedInput(`an LZ4 frame of ${frame.contentBytes} bytes unfolds to ${output.length - contentStart}`)
  }

  #readDescriptor(): FrameDescriptor {
    const start = this.#at
    const flags = this.#byte()
    const blockSizeId = (this.#byte() >> 4) & 7
    if (flags >> 6 !== 1) throw new MalformedInput(`LZ4 frame version ${flags >> 6} is not known`)
    if (blockSizeId < 4) throw new MalformedInput(`LZ4 block size ${blockSizeId} is not known`)
    const contentBytes = (flags & 0x08) === 0 ? null : this.#uint64()
    if ((flags & 0x01) !== 0) throw new MalformedInput('the LZ4 frame needs a dictionary')
    const checksum = (xxhash32(this.#input, start, this.#at) >>> 8) & 0xff
    if (this.#byte() !== checksum) throw new MalformedInput('the LZ4 frame header does not agree with its checksum')
    return {
      hasIndependentBlocks: (flags & 0x20) !== 0,
      hasBlockChecksums: (flags & 0x10) !== 0,
      hasContentChecksum: (flags & 0x04) !== 0,
      contentBytes,
      maxBlockBytes: 1 << (8 + 2 * blockSizeId), // 4: 64 KiB, up to 7: 4 MiB
    }
  }

  #readBlock(sizeField: number, frame: FrameDescriptor, output: OutputBuffer, contentStart: number): void {
    const size = sizeField & 0x7fffffff
    const start = this.#at
    if (size > frame.maxBlockBytes) throw new MalformedInput(`an LZ4 block of ${size} bytes, where ${frame.maxBlockBytes} are the most`)
    this.#skip(size)
    if (frame.hasBlockChecksums && this.#uint32() !== xxhash32(this.#input, start, start + size))
      throw new MalformedInput('an LZ4 block does not agree with its checksum')
    if (sizeField >= STORED) {
      output.append(this.#input, start, start + size)
      return
    }
    const windowStart = frame.hasIndependentBlocks ? output.length : contentStart
    decompressLz4Block(this.#input, start, start + size, output, windowStart, frame.maxBlockBytes)
  }

  #byte(): number {
    const byte = this.#input[this.#at++]
    if (byte === undefined) throw new TruncatedInput('the LZ4 frame ends too early')
    return byte
  }

  #uint32(): number {
    const start = this.#at
    this.#skip(4)
    return this.#input.readUInt32LE(start)
  }

  #uint64(): bigint {
    const start = this.#at
    this.#skip(8)
    return this.#input.readBigUInt64LE(start)
  }

  #skip(count: number): void {
    if (this.#at + count > this.#input.length) throw new TruncatedInput('the LZ4 frame ends too early')
    this.#at += count
  }
}
