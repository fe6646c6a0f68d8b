// The codecs of record batches, by their number in the batch's attributes.
import { MalformedInput, TruncatedInput } from '../errors.ts'
import * as gzip from './gzip.ts'
import * as lz4 from './lz4.ts'
import { DecompressedTooLarge, OutputBuffer } from './output-buffer.ts'
import * as snappy from './snappy.ts'
import * as zstd from './zstd.ts'

export { DecompressedTooLarge, OutputBuffer }

/** Names at their numbers. */
export const CODEC_NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

interface Codec {
  compress(input: Buffer, level: number | undefined, output: OutputBuffer): Buffer
  decompress(input: Buffer, maxBytes: number, output: OutputBuffer): Buffer
}

const CODECS: readonly (Codec | null)[] = [null, gzip, snappy, lz4, zstd]

/**
 * Compresses with codec 1 to 4.
 * @param level as in Kafka's `compression.*.level`: gzip 1 to 9, lz4 1 to 17, zstd -131072 to 22; snappy has none
 * @param output memory to work in; the result may lie in it and is then valid until its next use
 */
export function compress(codec: number, input: Buffer, level?: number, output: OutputBuffer = new OutputBuffer()): Buffer {
  return codecAt(codec).compress(input, level, output)
}

/**
 * Decompresses what codec 1 to 4 wrote, in any of the forms that Kafka's clients write.
 * @param output memory to work in; the result may lie in it and is then valid until its next use
 * @throws TruncatedInput, MalformedInput, DecompressedTooLarge
 */
export function decompress(codec: number, input: Buffer, maxBytes: number, output: OutputBuffer = new OutputBuffer()): Buffer {
  try {
    return codecAt(codec).decompress(input, maxBytes, output)
  } catch (error) {
    throw isZlibError(error) ? typed(error, CODEC_NAMES[codec] as string, maxBytes) : error
  }
}

/** What is neither this nor ours is a bug. */
function isZlibError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && /^(Z_|ZSTD_|ERR_BUFFER_TOO_LARGE$)/.test(String(error.code))
}

function typed(error: Error & { code: string }, name: string, maxBytes: number): Error {
  if (error.code === 'ERR_BUFFER_TOO_LARGE') return new DecompressedTooLarge(maxBytes)
  if (error.code === 'Z_BUF_ERROR') return new TruncatedInput(`the ${name} stream ends too early`)
  return new MalformedInput(`${name}: ${error.message}`)
}

function codecAt(codec: number): Codec {
  const found = CODECS[codec]
  if (found === null || found === undefined) throw new MalformedInput(`there is no codec ${codec}`)
  return found
}
