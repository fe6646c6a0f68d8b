// A file that a command line names, whole.
import { openSource, standardInput } from '../src/system/standard-input.ts'

const READ_BYTES = 64 * 1024

/** @param path `-` is standard input @throws LeatError INPUT_UNREADABLE */
export async function readText(path: string): Promise<string> {
  const source = path === '-' ? standardInput() : openSource(path)
  try {
    const pieces: Buffer[] = []
    for (;;) {
      const piece = Buffer.alloc(READ_BYTES)
      const count = await source.read(piece, 0, piece.length)
      if (count === 0) return Buffer.concat(pieces).toString('utf8')
      pieces.push(piece.subarray(0, count))
    }
  } finally {
    source.close()
  }
}
