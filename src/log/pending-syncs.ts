// What was written and is not on the disk yet. Files and directories gather here by name while a command works, and are synced
// together before anything is acknowledged.
import type { Files } from '../system/files.ts'

/** Files open at once: there may be thousands. */
const MAX_OPEN = 64

export class PendingSyncs {
  readonly #files: Files
  #paths = new Set<string>()
  #directories = new Set<string>()

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

  /** Resolves once all of it is on the disk. What was removed meanwhile has nothing left to sync but its entry, which is its parent's. */
  async flush(): Promise<void> {
    const paths = [...this.#paths]
    const directories = [...this.#directories]
    this.#paths = new Set()
    this.#directories = new Set()
    // Contents first: an entry that is on the disk must not name a file that is not.
    await this.#inTurn(paths, (path) => this.#syncFile(path))
    await this.#inTurn(directories, (path) => this.#files.syncDirectory(path))
  }

  async #inTurn(paths: readonly string[], sync: (path: string) => Promise<void>): Promise<void> {
    const present = paths.filter((path) => this.#files.stat(path) !== null)
    for (let start = 0; start < present.length; start += MAX_OPEN) await Promise.all(present.slice(start, start + MAX_OPEN).map(sync))
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
