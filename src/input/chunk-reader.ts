// Reads a source in chunks, for formats that do not go by lines. The chunks lie in one buffer that is reused.
import type { ByteSource } from '../system/byte-streams.ts'
import { afterByteOrderMark, BYTE_ORDER_MARK } from './byte-order-mark.ts'

const READ_BYTES = 256 * 1024

export interface ChunkHandler {
  /** The bytes up to `end`, after those before them; valid until this returns. A byte order mark is left out. False stops the reading. */
  chunk(bytes: Buffer, start: number, end: number): boolean
  /** What was read is handed over, and more is not there yet: the time to write out what waits. */
  idle(): Promise<void>
  /** After each read that came at once. @param inputBytes read so far */
  progressed(inputBytes: number): Promise<void>
}

/** Reads the source to its end, or until the handler or the signal stops it. @returns whether the end was reached */
export async function readChunks(source: ByteSource, handler: ChunkHandler, signal: AbortSignal): Promise<boolean> {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  let inputBytes = 0
  /** Bytes at the very beginning that are too few to tell a byte order mark. */
  let held = 0
  while (!signal.aborted) {
    const reading = source.read(buffer, held, buffer.length - held)
    let count: number
    if (typeof reading === 'number') count = reading
    else {
      await handler.idle()
      count = await untilAborted(reading, signal)
    }
    const filled = held + count
    const isBeginning = inputBytes === held
    inputBytes += count
    if (isBeginning && count > 0 && filled < BYTE_ORDER_MARK.length) {
      held = filled
      continue
    }
    held = 0
    const start = isBeginning ? afterByteOrderMark(buffer, 0, filled) : 0
    if (start < filled && !handler.chunk(buffer, start, filled)) return false
    if (count === 0) return !signal.aborted
    if (typeof reading === 'number') await handler.progressed(inputBytes)
  }
  return false
}

/** What is read, or 0 once the signal says that nobody waits for it any more. */
export function untilAborted(reading: Promise<number>, signal: AbortSignal): Promise<number> {
  if (signal.aborted) return Promise.resolve(0)
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(0)
    signal.addEventListener('abort', stop, { once: true })
    reading.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
