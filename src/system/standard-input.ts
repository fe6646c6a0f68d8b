// Reading standard input and input files, fast and without ever blocking the event loop on something that may not come.
//
//   regular file       readSync: it never waits for anybody (7 GB/s and more)
//   pipe, socket       put into non-blocking mode; readSync as long as there is something to read, and when there is not, one read through
//                      a net.Socket, which wakes up when there is. Ctrl-C is handled while it waits. Twice as fast as a
//                      blocking readSync loop, because no read goes to sleep that would have found data a moment later. What is there
//                      already is read from standard input before any socket is made: loading those takes longer than a short run does else
//   terminal           a tty.ReadStream: lines come when they are typed
//
// Reads in libuv's thread pool (fs.read with a callback) are not used: one that waits for an idle pipe cannot be cancelled, and
// process.exit() hangs until it returns.
import fs from 'node:fs'
import { LeatError } from '../errors/leat-error.ts'
import { errorCode } from './error-code.ts'
import type { ByteSource } from './byte-streams.ts'
import { isTerminal } from './terminal.ts'
import type { Socket } from 'node:net'

export function standardInput(): ByteSource {
  return sourceOf(0, 'standard input')
}

/** Opens an input file; named pipes and `/dev/fd/N` (`<(command)`) are fine. Throws INPUT_UNREADABLE. */
export function openSource(path: string): ByteSource {
  let fd: number
  try {
    // Without O_NONBLOCK (which regular files ignore), opening a named pipe would block until somebody writes to it.
    fd = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0))
  } catch (error) {
    throw unreadable(path, error)
  }
  return sourceOf(fd, path)
}

/** Looks whether an input file can be opened, before anything is done on its account. @throws LeatError INPUT_UNREADABLE */
export function checkSource(path: string): void {
  let isDirectory: boolean
  try {
    isDirectory = fs.statSync(path).isDirectory()
    fs.accessSync(path, fs.constants.R_OK)
  } catch (error) {
    throw unreadable(path, error)
  }
  if (isDirectory) throw directoryAsInput(path)
}

function sourceOf(fd: number, name: string): ByteSource {
  const stats = fs.fstatSync(fd)
  if (stats.isDirectory()) {
    if (fd > 2) fs.closeSync(fd)
    throw directoryAsInput(name)
  }
  if (stats.isFile()) return new FileSource(fd, name, stats.size)
  if (stats.isFIFO() || stats.isSocket()) return new WaitingSource(name, (arrived) => pipe(fd, arrived), fd === 0 ? openAgain(fd) : null)
  if (isTerminal(fd)) return new WaitingSource(name, (arrived) => terminal(fd, arrived))
  return new FileSource(fd, name, null)
}

function directoryAsInput(name: string): LeatError {
  return new LeatError('INPUT_UNREADABLE', `${name} is a directory`, { hint: 'Name the files in it instead.' })
}

function unreadable(path: string, cause: unknown): LeatError {
  const code = errorCode(cause)
  // What Node's calls throw is an Error.
  const why = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'permission denied' : (cause as Error).message
  return new LeatError('INPUT_UNREADABLE', `cannot read ${path === '' ? "''" : path}: ${why}`, {
    hint: 'Check the path; `-` is standard input.',
    cause,
  })
}

class FileSource implements ByteSource {
  readonly name: string
  readonly size: number | null
  readonly #fd: number

  constructor(fd: number, name: string, size: number | null) {
    this.#fd = fd
    this.name = name
    this.size = size
  }

  read(into: Buffer, offset: number, length: number): number {
    return fs.readSync(this.#fd, into, offset, length, null)
  }

  close(): void {
    if (this.#fd > 2) fs.closeSync(this.#fd)
  }
}

interface Connection {
  /** Paused at first; `arrived` is called once after each resume(). */
  readonly stream: Socket
  /** Reads without waiting; -1 when nothing is there now. */
  readNow(into: Buffer, offset: number, length: number): number
}

function pipe(fd: number, arrived: (bytes: Buffer) => void): Connection {
  const { Socket } = process.getBuiltinModule('node:net')
  const buffer = Buffer.allocUnsafe(64 * 1024) // what a pipe holds
  const callback = (count: number): boolean => {
    arrived(buffer.subarray(0, count))
    return false // read no more until asked
  }
  const stream = new Socket({ fd, readable: true, writable: false, onread: { buffer, callback } })
  return { stream, readNow: process.platform === 'win32' ? () => -1 : (into, offset, length) => readNow(fd, into, offset, length) }
}

/**
 * The same pipe, so that reading it does not wait: where /proc is, opening it there sets that for us alone. null elsewhere, and for a socket.
 */
function openAgain(fd: number): number | null {
  if (process.platform !== 'linux') return null
  try {
    return fs.openSync(`/proc/self/fd/${fd}`, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  } catch {
    return null
  }
}

function terminal(fd: number, arrived: (bytes: Buffer) => void): Connection {
  const stream = new (process.getBuiltinModule('node:tty').ReadStream)(fd)
  stream.on('data', (bytes: Buffer) => {
    stream.pause()
    arrived(bytes)
  })
  stream.pause()
  return { stream, readNow: () => -1 }
}

function readNow(fd: number, into: Buffer, offset: number, length: number): number {
  try {
    return fs.readSync(fd, into, offset, length, null)
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return -1
    throw error
  }
}

class WaitingSource implements ByteSource {
  readonly name: string
  readonly size = null
  readonly #connect: () => Connection
  #made: Connection | null = null
  /** Of what is there before a connection is needed. */
  #openedAgain: number | null
  /** What came through the stream and was not taken yet: always older than what readNow would find. */
  #arrived: Buffer | undefined
  /** A named pipe that nobody has opened for writing reads as if it were at its end; the stream knows better. */
  #hasStarted = false
  #isEnded = false
  #failure: Error | undefined
  #wake: (() => void) | undefined

  constructor(name: string, connect: (arrived: (bytes: Buffer) => void) => Connection, openedAgain: number | null = null) {
    this.name = name
    this.#openedAgain = openedAgain
    this.#connect = () =>
      connect((bytes) => {
        this.#arrived = bytes
        this.#hasStarted = true
        this.#wake?.()
      })
  }

  get #connection(): Connection {
    if (this.#made !== null) return this.#made
    const made = (this.#made = this.#connect())
    made.stream.on('end', () => this.#end())
    made.stream.on('close', () => this.#end())
    made.stream.on('error', (error) => {
      this.#failure = error
      this.#end()
    })
    return made
  }

  read(into: Buffer, offset: number, length: number): number | Promise<number> {
    if (this.#openedAgain !== null) {
      const count = readNow(this.#openedAgain, into, offset, length)
      if (count >= 0) return count
      this.#closeOpenedAgain()
    }
    if (this.#arrived !== undefined) return this.#take(this.#arrived, into, offset, length)
    if (this.#failure !== undefined) throw this.#failure
    if (this.#isEnded) return 0
    const count = this.#hasStarted ? this.#connection.readNow(into, offset, length) : -1
    return count >= 0 ? count : this.#wait(into, offset, length)
  }

  close(): void {
    this.#closeOpenedAgain()
    this.#made?.stream.destroy()
  }

  #closeOpenedAgain(): void {
    if (this.#openedAgain !== null) fs.closeSync(this.#openedAgain)
    this.#openedAgain = null
  }

  async #wait(into: Buffer, offset: number, length: number): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      this.#connection.stream.resume()
    })
    this.#wake = undefined
    return this.#arrived === undefined && this.#failure === undefined ? 0 : this.read(into, offset, length)
  }

  #take(arrived: Buffer, into: Buffer, offset: number, length: number): number {
    const count = arrived.copy(into, offset, 0, length)
    this.#arrived = count < arrived.length ? arrived.subarray(count) : undefined
    return count
  }

  #end(): void {
    this.#isEnded = true
    this.#wake?.()
  }
}
