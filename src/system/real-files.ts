// The file system of this machine. Synchronous calls, because on the page cache they take 1 to 12 µs where a promise
// takes 48; syncs wait for the disk and go through libuv's thread pool.
import fs from 'node:fs'
import { dirname } from 'node:path'
import { errorCode } from './error-code.ts'
import type { DirectoryEntry, FileStat, Files, OpenFile, OpenMode } from './files.ts'
import { watchDirectory } from './watch-directory.ts'

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = fs.constants

const flags: Record<OpenMode, number> = {
  read: O_RDONLY,
  write: O_RDWR,
  create: O_RDWR | O_CREAT,
  'create-new': O_RDWR | O_CREAT | O_EXCL,
}

export const realFiles: Files = {
  open: (path, mode) => new RealFile(path, fs.openSync(path, flags[mode])),

  stat(path) {
    const stats = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
    return stats === undefined ? null : new RealStat(stats)
  },

  list: (path) => fs.readdirSync(path, { withFileTypes: true }).map((entry) => directoryEntry(path, entry)),

  readWhole: (path) => fs.readFileSync(path),

  makeDirectory: (path) => makeDirectory(path),

  rename: (from, to) => fs.renameSync(from, to),

  remove: (path) => fs.unlinkSync(path),

  removeTree: (path) => fs.rmSync(path, { recursive: true, force: true }),

  syncDirectory: (path) => syncDirectory(path),

  syncDirectoryNow: (path) => syncDirectoryNow(path),

  watch: (path, changed) => watchDirectory(path, changed),
}

/** Node's own recursive form never returns where nothing can be made, as in /proc. */
function makeDirectory(path: string): void {
  try {
    fs.mkdirSync(path)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EEXIST' && fs.statSync(path).isDirectory()) return
    const parent = dirname(path)
    if (code !== 'ENOENT' || parent === path || fs.existsSync(parent)) throw error
    makeDirectory(parent)
    makeDirectory(path)
  }
}

class RealFile implements OpenFile {
  readonly path: string
  readonly #fd: number
  #isClosed = false

  constructor(path: string, fd: number) {
    this.path = path
    this.#fd = fd
  }

  read(into: Buffer, offset: number, length: number, position: number): number {
    let done = 0
    try {
      while (done < length) {
        const count = fs.readSync(this.#fd, into, offset + done, length - done, position + done)
        if (count === 0) break
        done += count
      }
    } catch (error) {
      throw naming(this.path, error)
    }
    return done
  }

  write(from: Buffer, offset: number, length: number, position: number): void {
    let done = 0
    try {
      // A short write is not an error: the next one says why (ENOSPC, EFBIG) or finishes.
      while (done < length) done += fs.writeSync(this.#fd, from, offset + done, length - done, position + done)
    } catch (error) {
      throw naming(this.path, error)
    }
  }

  stat(): FileStat {
    return new RealStat(fs.fstatSync(this.#fd, { bigint: true }))
  }

  truncate(size: number): void {
    try {
      fs.ftruncateSync(this.#fd, size)
    } catch (error) {
      throw naming(this.path, error)
    }
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.#fd, (error) => (error === null ? resolve() : reject(naming(this.path, error))))
    })
  }

  syncNow(): void {
    try {
      fs.fdatasyncSync(this.#fd)
    } catch (error) {
      throw naming(this.path, error)
    }
  }

  /** A second time is harmless: the number may be another file's by then. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    fs.closeSync(this.#fd)
  }
}

// Made on the append path, twice a batch: nothing is computed that is not asked for. The stat is a bigint one because inode
// numbers pass 2^53 on some file systems (0.1 µs more).
class RealStat implements FileStat {
  readonly #stats: fs.BigIntStats

  constructor(stats: fs.BigIntStats) {
    this.#stats = stats
  }

  get kind() {
    return kindOf(this.#stats)
  }
  get size() {
    return Number(this.#stats.size)
  }
  get sizeOnDisk() {
    return Number(this.#stats.blocks) * 512
  }
  get modifiedMs() {
    // With its fraction (`mtimeMs` has none here): what changes twice within a millisecond is seen twice.
    return Number(this.#stats.mtimeNs) / 1e6
  }
  get identity() {
    return `${this.#stats.dev}:${this.#stats.ino}`
  }
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean }): FileStat['kind'] {
  return entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other'
}

/** Kafka follows symbolic links to partition folders, so a link counts as what it leads to. */
function directoryEntry(directory: string, entry: fs.Dirent): DirectoryEntry {
  if (!entry.isSymbolicLink()) return { name: entry.name, kind: kindOf(entry) }
  const target = fs.statSync(`${directory}/${entry.name}`, { throwIfNoEntry: false })
  return { name: entry.name, kind: target === undefined ? 'other' : kindOf(target) }
}

/** Errors of calls on a descriptor do not say which file it was. */
function naming(path: string, error: unknown): unknown {
  if (error instanceof Error && 'code' in error && !('path' in error)) {
    error.message += ` '${path}'`
    Object.assign(error, { path })
  }
  return error
}

/**
 * Windows cannot open a directory (EISDIR, EPERM) and writes its entries through; some network file systems refuse to sync one
 * (EINVAL, ENOTSUP). There is nothing more to do there.
 */
const cannotSyncDirectories = new Set(process.platform === 'win32' ? ['EISDIR', 'EPERM', 'EACCES'] : ['EINVAL', 'ENOTSUP'])

async function syncDirectory(path: string): Promise<void> {
  let fd: number | undefined
  try {
    fd = fs.openSync(path, O_RDONLY)
    await fsync(fd)
  } catch (error) {
    if (!cannotSyncDirectories.has(errorCode(error) ?? '')) throw naming(path, error)
  } finally {
    if (fd !== undefined) fs.closeSync(fd)
  }
}

function syncDirectoryNow(path: string): void {
  let fd: number | undefined
  try {
    fd = fs.openSync(path, O_RDONLY)
    fs.fsyncSync(fd)
  } catch (error) {
    if (!cannotSyncDirectories.has(errorCode(error) ?? '')) throw naming(path, error)
  } finally {
    if (fd !== undefined) fs.closeSync(fd)
  }
}

function fsync(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(fd, (error) => (error === null ? resolve() : reject(error)))
  })
}
