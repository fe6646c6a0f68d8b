// The port to the file system. Calls are synchronous (1 to 12 µs on the page cache); only syncs, which wait for
// the disk, are asynchronous, unless they say `Now`. Errors are Node's system errors (`code: 'ENOENT'` …), whoever implements the port.

/**
 * - `read`: existing file, reading only
 * - `write`: existing file, reading and writing
 * - `create`: reading and writing, created when missing
 * - `create-new`: reading and writing, fails with EEXIST when it exists
 */
export type OpenMode = 'read' | 'write' | 'create' | 'create-new'

export interface FileStat {
  readonly kind: 'file' | 'directory' | 'other'
  /** Bytes. */
  readonly size: number
  /** Bytes that the disk holds for it (less than `size` in a sparse file). */
  readonly sizeOnDisk: number
  /** With a fraction, as fine as the file system has it. */
  readonly modifiedMs: number
  /**
   * Changes when a path is replaced by another file (the inode). To be compared with that of a file that is open: once a deleted file
   * is closed by all, its identity may be given to a new one.
   */
  readonly identity: string
}

export interface OpenFile {
  readonly path: string
  /** Reads up to `length` bytes at `position`; fewer only at the end of the file. Returns how many. */
  read(into: Buffer, offset: number, length: number, position: number): number
  /** Writes all `length` bytes at `position`, or throws; what a failed call left behind is unknown. */
  write(from: Buffer, offset: number, length: number, position: number): void
  stat(): FileStat
  truncate(size: number): void
  /** Data and size are on the disk when this resolves (fdatasync). After a rejection nothing is known: never retry. */
  sync(): Promise<void>
  /** The same, waited for: only for what is rare, and whose next step builds on it. */
  syncNow(): void
  close(): void
}

export interface DirectoryEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'other'
}

export interface Watcher {
  /** `changed` is not called any more. Until then the watcher keeps the process alive. */
  close(): void
}

export interface Files {
  open(path: string, mode: OpenMode): OpenFile
  /** null when there is nothing at `path`. */
  stat(path: string): FileStat | null
  list(path: string): DirectoryEntry[]
  readWhole(path: string): Buffer
  /** Creates missing parents too; an existing directory is fine. */
  makeDirectory(path: string): void
  /** Replaces `to` when it exists. */
  rename(from: string, to: string): void
  remove(path: string): void
  /** Removes a directory with all that is in it; a missing one is fine. */
  removeTree(path: string): void
  /** Entries of the directory (creations, renames, removals) are on the disk when this resolves. */
  syncDirectory(path: string): Promise<void>
  /** The same, waited for: only for what is rare, and whose next step builds on it. */
  syncDirectoryNow(path: string): void
  /**
   * Calls `changed` soon after something in the directory changed (an entry, or the bytes of a file in it); may call it needlessly, and for many
   * changes once. Goes on when the directory is deleted and made again. Never throws.
   */
  watch(path: string, changed: () => void): Watcher
}
