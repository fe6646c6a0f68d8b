// Writing standard output: writeSync as long as the reader keeps up, and when a pipe is full, the rest goes through process.stdout, which
// waits for room without blocking the event loop, so that Ctrl-C is handled while `| less` shows its first page. Files never
// wait. Twice as fast into a pipe as a blocking writeSync loop.
import fs from 'node:fs'
import { errorCode } from './error-code.ts'
import { ClosedPipe } from './byte-streams.ts'
import type { ByteSink } from './byte-streams.ts'
import { isTerminal } from './terminal.ts'

const fd = 1

export function standardOutput(): ByteSink {
  return new StandardOutput()
}

class StandardOutput implements ByteSink {
  /** Of a pipe, socket or terminal; a file and /dev/null need none. */
  readonly #stream: NodeJS.WriteStream | undefined
  #isClosed = false

  constructor() {
    const stats = fs.fstatSync(fd)
    if (stats.isFile() || (stats.isCharacterDevice() && !isTerminal(fd))) return
    // Making process.stdout puts a pipe into non-blocking mode; Node puts it back at the exit.
    this.#stream = process.stdout
    this.#stream.on('error', (error) => {
      if (isClosedPipe(error)) this.#isClosed = true
    })
  }

  write(bytes: Buffer, start: number, end: number): void | Promise<void> {
    if (this.#isClosed) throw new ClosedPipe()
    // Something that others wrote may still wait in the stream: keep the order.
    const done = this.#stream !== undefined && this.#stream.writableLength > 0 ? start : writeNow(bytes, start, end)
    if (done < end) return this.#writeLater(bytes.subarray(done, end))
  }

  #writeLater(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      process.stdout.write(bytes, (error) => {
        if (error === null || error === undefined) resolve()
        else reject(this.#isClosed || isClosedPipe(error) ? new ClosedPipe() : error)
      })
    })
  }
}

/** Writes until it would have to wait; returns the position after what was written. */
function writeNow(bytes: Buffer, start: number, end: number): number {
  let position = start
  try {
    while (position < end) position += fs.writeSync(fd, bytes, position, end - position)
  } catch (error) {
    if (isClosedPipe(error)) throw new ClosedPipe()
    // What Node's calls throw is an Error.
    if (errorCode(error) !== 'EAGAIN') throw Object.assign(error as Error, { path: 'standard output' })
  }
  return position
}

function isClosedPipe(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'EPIPE' || code === 'ECONNRESET' || code === 'ERR_STREAM_DESTROYED'
}
