// gzip, through Node's zlib. Several members one after the other are one stream.
import zlib from 'node:zlib'

export function compress(input: Buffer, level?: number): Buffer {
  return zlib.gzipSync(input, { level: level ?? zlib.constants.Z_DEFAULT_COMPRESSION })
}

export function decompress(input: Buffer, maxBytes: number): Buffer {
  return zlib.gunzipSync(input, { maxOutputLength: maxBytes })
}
