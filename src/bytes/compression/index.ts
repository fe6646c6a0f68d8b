// The codecs of record batches, by their number in the batch's attributes.
import { MalformedInput, TruncatedInput } from '../errors.ts'
import * as gzip from './gzip.ts'
import * as lz4 from './lz4.ts'
import * as snappy from './snappy.ts'
import * as zstd from './zstd.ts'

/** Names at their numbers. */
export const CODEC_NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type CodecName = (typeof CODEC_NAMES)[number]

export interface Codec {
  /** @param level only gzip and zstd have levels */
  compress(input: Buffer, level?: number): Buffer
  decompress(input: Buffer, maxBytes: number): Buffer
}

const CODECS: readonly (Codec | null)[] = [null, gzip, snappy, lz4, zstd]

/** Compresses with codec 1 to 4. */
export function compress(codec: number, input: Buffer, level?: number): Buffer {
  return codecAt(codec).compress(input, level)
}

/** @throws MalformedInput or TruncatedInput when the bytes are not what the codec writes, or unfold to more than `maxBytes` */
export function decompress(codec: number, input: Buffer, maxBytes: number): Buffer {
  try {
    return codecAt(codec).decompress(input, maxBytes)
  } catch (error) {
    if (error instanceof MalformedInput || error instanceof TruncatedInput) throw error
    // zlib's errors have a code; anything else is a bug of ours.
    if (error instanceof Error && 'code' in error) throw new MalformedInput(`${CODEC_NAMES[codec]}: ${error.message}`)
    throw error
  }
}

function codecAt(codec: number): Codec {
  const found = CODECS[codec]
  if (found === null || found === undefined) throw new MalformedInput(`there is no codec ${codec}`)
  return found
}
