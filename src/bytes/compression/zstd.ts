// Zstandard, through Node's zlib. Several frames one after the other are one stream.
import zlib from 'node:zlib'

/** Fast, and about as small as the higher levels on records that resemble each other. */
const DEFAULT_LEVEL = 1

export function compress(input: Buffer, level: number = DEFAULT_LEVEL): Buffer {
  return zlib.zstdCompressSync(input, { params: { [zlib.constants.ZSTD_c_compressionLevel]: level } })
}

export function decompress(input: Buffer, maxBytes: number): Buffer {
  return zlib.zstdDecompressSync(input, { maxOutputLength: maxBytes })
}
