// What was written and is not on the disk yet. Files and directories gather here while a command works, and are synced together
// before anything is acknowledged.
import type { Files, OpenFile } from '../system/files.ts'

export class PendingSyncs {
  readonly #files: Files
  #open: OpenFile[] = []
  #directories = new Set<string>()

  constructor(files: Files) {
    this.#files = files
  }

  /** Takes over an open file: it is closed once it is synced. */
  addFile(file: OpenFile): void {
    this.#open.push(file)
  }

  /** Entries of the directory changed. */
  addDirectory(path: string): void {
    this.#directories.add(path)
  }

  /** Resolves once all of it is on the disk. */
  async flush(): Promise<void> {
    const open = this.#open
    const directories = this.#directories
    this.#open = []
    this.#directories = new Set()
    try {
      // Contents first: an entry that is on the disk must not name a file that is not.
      await Promise.all(open.map((file) => file.sync()))
      // One that was removed meanwhile has nothing left to sync but the removal, which is its parent's.
      const present = [...directories].filter((path) => this.#files.stat(path) !== null)
      await Promise.all(present.map((path) => this.#files.syncDirectory(path)))
    } finally {
      for (const file of open) file.close()
    }
  }

  /** Closes the files, leaving the rest to the system. */
  drop(): void {
    for (const file of this.#open) file.close()
    this.#open = []
    this.#directories.clear()
  }
}
