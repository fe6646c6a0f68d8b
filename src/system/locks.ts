// The port to advisory file locks. They belong to the process and the open lock (Linux: open file description locks), the
// kernel frees them when the process dies, and they exclude Kafka's own lock on the same file.

export interface Lock {
  /** Frees the lock and closes its file. */
  release(): void
}

/** A file opened once and locked many times: the cheap way to lock around each append. */
export interface LockFile {
  /** Waits until this process holds the lock exclusively. Not reentrant. */
  acquire(): void
  release(): void
  close(): void
}

export type LockKind = 'shared' | 'exclusive'

export interface Locks {
  /** null when another holder is in the way. Creates the file when missing. */
  tryLock(path: string, kind: LockKind): Lock | null
  /** Whether somebody holds the file at `path` in a way that excludes `kind`; never creates it. */
  isLocked(path: string, kind: LockKind): boolean
  open(path: string): LockFile
}
