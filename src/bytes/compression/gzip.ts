// gzip, through Node's zlib. Several members one after the other are one stream.
import { zlib } from './zlib.ts'
import { chunkSizeFor } from './chunk-size.ts'

export function compress(input: Buffer, level: number = zlib().constants.Z_DEFAULT_COMPRESSION): Buffer {
  return zlib().gzipSync(input, { level, chunkSize: chunkSizeFor(input.length) })
}

export function decompress(input: Buffer, maxBytes: number): Buffer {
  return zlib().gunzipSync(input, { maxOutputLength: maxBytes, chunkSize: chunkSizeFor(16 * input.length) })
}
