// The port to advisory file locks. They belong to the process and the open lock (Linux: open file description locks), the
// kernel frees them when the process dies, and they exclude Kafka's own lock on the same file.

/** What may be done under a lock gives this, and no promise: who awaits with a lock has others of his process block the thread that he needs. */
export type NotAwaited = undefined | void | null | boolean | number | bigint | string | (object & { readonly then?: never })

export interface Lock {
  /** Frees the lock and closes its file; the file stays. */
  release(): void
}

/** A file opened once and locked many times: the cheap way to lock around each append. */
export interface LockFile {
  /** Takes the lock exclusively if nobody holds it. */
  tryAcquire(): boolean
  /**
   * Waits, blocking, until it holds the lock exclusively. Not reentrant. Throws LOCK_TIMEOUT when a holder does not let go for long; an ordinary
   * error, at once, when the holder is this process, through another opening of the file.
   */
  acquire(): void
  release(): void
  close(): void
}

/** Told of waits for locks that take long: while one lasts, nothing else of this process runs, no handler of a signal either. */
export interface LockWaits {
  /** Some 100 ms: others of leat's processes are not that slow. */
  tookLong(): void
  /** Two seconds. */
  goesOn(path: string): void
  /** Of one that took long: it is over, however. */
  ended(): void
}

export type LockKind = 'shared' | 'exclusive'

export interface Locks {
  /** null when another holder is in the way. Creates the file when missing. */
  tryLock(path: string, kind: LockKind): Lock | null
  /**
   * Whether somebody holds the file at `path` in a way that excludes `kind`; never creates it. Ask for `shared` (is there an
   * exclusive holder?) where that is enough: it works on files that may only be read, and disturbs nobody but those who want all.
   */
  isLocked(path: string, kind: LockKind): boolean
  /** Creates the file when missing. */
  open(path: string): LockFile
  /** As `open`; null where there is no file. */
  openExisting(path: string): LockFile | null
}
