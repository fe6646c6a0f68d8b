// Zstandard, through Node's zlib.
import { TruncatedInput } from '../errors.ts'
import { chunkSizeFor } from './chunk-size.ts'
import { DecompressedTooLarge } from './output-buffer.ts'
import { zlib } from './zlib.ts'

/** Fast, and about as small as the higher levels on records that resemble each other. */
const DEFAULT_LEVEL = 1

export function compress(input: Buffer, level: number = DEFAULT_LEVEL): Buffer {
  const result = zlib().zstdCompressSync(input, {
    params: { [zlib().constants.ZSTD_c_compressionLevel]: level },
    // Records mostly shrink to less than a quarter; room beyond that only waits to be collected.
    chunkSize: chunkSizeFor(input.length >> 2),
    info: true,
  })
  return outputOf(result as unknown as Result)
}

/** What comes with `info`, which the declared types do not say: the engine, which knows how much it read. */
interface Result {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number; _outBuffer: Buffer | null }
}

/** An engine stays until V8 goes through all of its memory, and would keep its last chunk of output for as long: a fifth of what `produce` takes. */
function outputOf({ buffer, engine }: Result): Buffer {
  engine._outBuffer = null
  return buffer
}

/** Several frames one after the other are one stream; Node stops after the first. */
export function decompress(input: Buffer, maxBytes: number): Buffer {
  const pieces: Buffer[] = []
  let at = 0
  let length = 0
  do {
    const frame = decompressFrame(input.subarray(at), maxBytes - length)
    pieces.push(frame.bytes)
    length += frame.bytes.length
    at += frame.compressedSize
  } while (at < input.length)
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces, length)
}

interface Frame {
  readonly bytes: Buffer
  readonly compressedSize: number
}

function decompressFrame(input: Buffer, maxBytes: number): Frame {
  // Node wants a maximum of at least one byte; a frame may well be empty.
  const options = { maxOutputLength: Math.max(maxBytes, 1), chunkSize: chunkSizeFor(16 * input.length), info: true }
  const result = zlib().zstdDecompressSync(input, options) as unknown as Result
  const { engine } = result
  const buffer = outputOf(result)
  if (buffer.length > maxBytes) throw new DecompressedTooLarge(maxBytes)
  if (engine.bytesWritten === 0) throw new TruncatedInput('the zstd stream ends too early')
  return { bytes: buffer, compressedSize: engine.bytesWritten }
}
