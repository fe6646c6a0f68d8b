// What was written and is not on the disk yet. Files and directories gather here by name while a command works, and are synced
// together before anything is acknowledged.
import type { Files } from '../system/files.ts'
import { isMissing } from './segment-files.ts'
import { storageError } from './storage-error.ts'

/** Files open at once: there may be thousands. */
const MAX_OPEN = 64

export class PendingSyncs {
  readonly #files: Files
  #paths = new Set<string>()
  #directories = new Set<string>()
  /** Stays rejected once a sync failed: what that was for may be lost, and no later sync would tell. */
  #lastFlush: Promise<void> = Promise.resolve()

  constructor(files: Files) {
    this.#files = files
  }

  /** The file at `path` was written and closed. */
  addFile(path: string): void {
    this.#paths.add(path)
  }

  /** Entries of the directory changed. */
  addDirectory(path: string): void {
    this.#directories.add(path)
  }

  /**
   * Resolves once all that was added before the call is on the disk. What was removed meanwhile has nothing left to sync but its entry,
   * which is its parent's.
   * @throws KAFKA_STORAGE_ERROR when a sync fails, and from then on
   */
  async flush(): Promise<void> {
    // One after the other: what an earlier call took away to sync is not on the disk before that call is done.
    this.#lastFlush = this.#lastFlush.then(() => this.#syncAll())
    try {
      await this.#lastFlush
    } catch (error) {
      throw storageError('what was written may not be on the disk', error)
    }
  }

  async #syncAll(): Promise<void> {
    const paths = [...this.#paths]
    const directories = [...this.#directories]
    this.#paths = new Set()
    this.#directories = new Set()
    // Contents first: an entry that is on the disk must not name a file that is not.
    await this.#inTurn(paths, (path) => unlessGone(() => this.#syncFile(path)))
    await this.#inTurn(directories, (path) => unlessGone(() => this.#files.syncDirectory(path)))
  }

  async #inTurn(paths: readonly string[], sync: (path: string) => Promise<void>): Promise<void> {
    for (let start = 0; start < paths.length; start += MAX_OPEN) await Promise.all(paths.slice(start, start + MAX_OPEN).map(sync))
  }

  /** A sync through another handle of the file is as good as one through that which wrote. */
  async #syncFile(path: string): Promise<void> {
    const file = this.#files.open(path, 'write')
    try {
      await file.sync()
    } finally {
      file.close()
    }
  }
}

async function unlessGone(sync: () => Promise<void>): Promise<void> {
  try {
    await sync()
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}
