// Locks of this machine's kernel: open file description locks on Linux, BSD locks on macOS, LockFileEx on Windows. They cover the whole
// file, so they and the `FileChannel` locks of a Java process (POSIX locks) exclude each other, which keeps leat and Kafka
// apart. Unlike POSIX locks they are not lost when this process closes another descriptor of the same file, and two opens in one
// process exclude each other too. Descriptors are close-on-exec: no child process keeps a lock alive.
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { LeatError } from '../errors/leat-error.ts'
import type { Lock, LockFile, LockKind, Locks, LockWaits } from './locks.ts'

/** @param waits told of long ones */
export function realLocks(waits: LockWaits | null = null): Locks {
  return {
    tryLock,
    isLocked,
    open: (path) => new RealLockFile(path, fs.openSync(path, readWriteCreate), waits),
    openExisting(path) {
      try {
        return new RealLockFile(path, fs.openSync(path, fs.constants.O_RDWR), waits)
      } catch (error) {
        if (isOneOf(error, 'ENOENT')) return null
        throw error
      }
    },
  }
}

function tryLock(path: string, kind: LockKind): Lock | null {
  for (;;) {
    const fd = fs.openSync(path, readWriteCreate)
    try {
      if (!tryLockFilePatiently(fd, path, kind)) return close(fd)
      // Kafka deletes its lock file on a clean stop: a lock on a file that is no longer there protects nothing.
      if (isStillAt(path, fd)) return new HeldLock(fd)
    } catch (error) {
      fs.closeSync(fd)
      throw error
    }
    fs.closeSync(fd)
  }
}

function isLocked(path: string, kind: LockKind): boolean {
  const fd = openExisting(path, kind)
  if (fd === null) return false
  try {
    // A file that may only be read can only be locked shared; that still sees an exclusive holder.
    return !tryLockFilePatiently(fd.number, path, fd.writable ? kind : 'shared')
  } finally {
    fs.closeSync(fd.number)
  }
}

const readWriteCreate = fs.constants.O_RDWR | fs.constants.O_CREAT

class HeldLock implements Lock {
  #fd: number | undefined

  constructor(fd: number) {
    this.#fd = fd
  }

  release(): void {
    if (this.#fd === undefined) return
    fs.closeSync(this.#fd) // the lock goes with its last descriptor
    this.#fd = undefined
  }
}

/**
 * Waiting is done by trying again, not in the kernel: as fast (measured with four processes at one lock), and a holder that was suspended
 * (Ctrl-Z) ends in an error instead of a process that hangs and cannot be interrupted.
 */
class RealLockFile implements LockFile {
  readonly #path: string
  readonly #fd: number
  readonly #identity: string
  readonly #waits: LockWaits | null

  constructor(path: string, fd: number, waits: LockWaits | null) {
    this.#path = path
    this.#fd = fd
    this.#waits = waits
    const { dev, ino } = fs.fstatSync(fd, { bigint: true })
    this.#identity = `${dev}:${ino}`
  }

  tryAcquire(): boolean {
    const isAcquired = tryLockFile(this.#fd, this.#path, 'exclusive')
    if (isAcquired) heldHere.set(this.#identity, this)
    return isAcquired
  }

  acquire(): void {
    if (!this.tryAcquire()) this.#wait()
  }

  #wait(): void {
    let pauseMs = 0.05
    let waitedMs = 0
    const passes = (limitMs: number, lastMs: number): boolean => waitedMs >= limitMs && waitedMs - lastMs < limitMs
    try {
      do {
        // Nothing of this process runs meanwhile, so that it would not let go either.
        if (heldHere.has(this.#identity)) throw new Error(`this process would wait for ever: it holds ${this.#path} itself`)
        if (waitedMs > acquireTimeoutMs) throw lockTimeout(this.#path)
        pauseMs = Math.min(pauseMs * 2, 1)
        const lastMs = Math.min(pause(pauseMs), longestPauseMs)
        waitedMs += lastMs
        if (passes(longMs, lastMs)) this.#waits?.tookLong()
        if (passes(goesOnMs, lastMs)) this.#waits?.goesOn(this.#path)
      } while (!this.tryAcquire())
    } finally {
      if (waitedMs >= longMs) this.#waits?.ended()
    }
  }

  release(): void {
    this.#letGo()
    addon().unlock(this.#fd, 0, 0)
  }

  close(): void {
    this.#letGo()
    fs.closeSync(this.#fd)
  }

  #letGo(): void {
    if (heldHere.get(this.#identity) === this) heldHere.delete(this.#identity)
  }
}

/** Lock files that this process holds, by identity. */
const heldHere = new Map<string, RealLockFile>()

const longMs = 100
const goesOnMs = 2000
const acquireTimeoutMs = 30_000
/** A pause that takes longer was that of a waiter which was suspended itself. */
const longestPauseMs = 1000

function lockTimeout(path: string): LeatError {
  return new LeatError('LOCK_TIMEOUT', `${path} could not be locked for ${acquireTimeoutMs / 1000} seconds: another process holds it`, {
    hint: 'Look for a suspended leat process (`jobs`, `fg`), let it go on or end it, and try again.',
  })
}

/** A probe by `isLocked` holds the lock for a few microseconds: what is refused is tried again before it is believed. */
function tryLockFilePatiently(fd: number, path: string, kind: LockKind): boolean {
  for (let attempt = 1; attempt < 3; attempt++) {
    if (tryLockFile(fd, path, kind)) return true
    pause(0.5)
  }
  return tryLockFile(fd, path, kind)
}

function tryLockFile(fd: number, path: string, kind: LockKind): boolean {
  try {
    addon().tryLock(fd, 0, 0, kind === 'exclusive')
    return true
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EAGAIN' || code === 'EBUSY') return false
    if (code === 'ENOLCK' || code === 'ENOTSUP' || code === 'ENOSYS' || code === 'EINVAL') throw locksUnsupported(path, error)
    throw error
  }
}

function locksUnsupported(path: string, cause: unknown): LeatError {
  return new LeatError('LOCKS_UNSUPPORTED', `the file system that holds ${path} cannot lock files`, {
    hint: 'Put the data directory on a local disk: without locks, two processes could write the same offsets.',
    cause,
  })
}

function isStillAt(path: string, fd: number): boolean {
  const there = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
  const held = fs.fstatSync(fd, { bigint: true })
  return there !== undefined && there.ino === held.ino && there.dev === held.dev
}

/** null when nothing is at `path`. */
function openExisting(path: string, kind: LockKind): { number: number; writable: boolean } | null {
  try {
    if (kind === 'exclusive') return { number: fs.openSync(path, fs.constants.O_RDWR), writable: true }
  } catch (error) {
    if (!isOneOf(error, 'ENOENT', 'EACCES', 'EPERM', 'EROFS')) throw error
  }
  try {
    return { number: fs.openSync(path, fs.constants.O_RDONLY), writable: false }
  } catch (error) {
    if (isOneOf(error, 'ENOENT', 'ENOTDIR')) return null
    throw error
  }
}

function isOneOf(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '')
}

function close(fd: number): null {
  fs.closeSync(fd)
  return null
}

const never = new Int32Array(new SharedArrayBuffer(4))

/** @returns how long it took, ms */
function pause(ms: number): number {
  const before = performance.now()
  Atomics.wait(never, 0, 0, ms)
  return performance.now() - before
}

interface Addon {
  /** Throws EAGAIN when it is held elsewhere. A length of 0 is the whole file. */
  tryLock(fd: number, offset: number, length: number, exclusive: boolean): void
  unlock(fd: number, offset: number, length: number): void
}

let loaded: Addon | undefined

/**
 * Loaded at the first lock, so that reading needs no native code, and straight from its file: 1 ms where the package's own search takes
 * 12. The name is put together at run time, so a bundler leaves it outside.
 */
function addon(): Addon {
  return (loaded ??= loadAddon())
}

function loadAddon(): Addon {
  const platform = `${process.platform}-${process.arch}`
  try {
    return createRequire(import.meta.url)(`fs-native-extensions/prebuilds/${platform}/fs-native-extensions.node`) as Addon
  } catch (cause) {
    throw new LeatError('LOCKS_UNAVAILABLE', `file locks cannot be used on this machine (${platform})`, {
      hint: 'Reading works; to write, install leat again for this platform (npm install), or use Linux with glibc, macOS or Windows.',
      cause,
    })
  }
}
