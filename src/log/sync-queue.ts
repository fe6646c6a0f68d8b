// What of one log is not known to be on the disk. An acknowledgement is for all that comes before it in the log, whoever wrote that: what
// other processes left (they may have been killed before they synced it) waits here too.
//
// A file that this process wrote to is synced through the handle that wrote, because the kernel tells each handle once of a write that
// failed. What others wrote goes by its name.
import type { Files, OpenFile } from '../system/files.ts'
import { PendingSyncs } from './pending-syncs.ts'
import { storageError } from './storage-error.ts'

/** A segment, or what else has files open. */
export interface Closable {
  close(): void
}

export class SyncQueue {
  readonly #files: Files
  readonly #directory: string
  readonly #found: PendingSyncs
  #written = new Set<OpenFile>()
  /** Their files stay open until they are synced. */
  #retired: Closable[] = []
  /** From the start: who made the folder's files may not have synced it. */
  #hasNewEntries = true
  #lastSync: Promise<void> = Promise.resolve()
  #failure: unknown = null

  constructor(files: Files, directory: string) {
    this.#files = files
    this.#directory = directory
    this.#found = new PendingSyncs(files)
  }

  addWritten(file: OpenFile): void {
    this.#written.add(file)
  }

  /** The file at `path` has bytes that another process wrote. */
  addFound(path: string): void {
    this.#found.addFile(path)
  }

  /** Files were made, renamed or removed in the folder. */
  addEntries(): void {
    this.#hasNewEntries = true
  }

  /** Closes `segment` once what was written through it is on the disk. */
  retire(segment: Closable): void {
    this.#retired.push(segment)
  }

  /** A write or sync failed, and nobody knows what is stored: that is final. */
  fail(error: unknown): void {
    this.#failure ??= error
  }

  /** @throws LeatError KAFKA_STORAGE_ERROR once something failed */
  check(): void {
    if (this.#failure !== null)
      throw storageError(`the log in ${this.#directory} is offline since an earlier write or sync failed`, this.#failure)
  }

  /** Resolves once all that was added before the call is on the disk. */
  sync(): Promise<void> {
    // One after the other: what an earlier call took away to sync is not on the disk before that call is done.
    this.#lastSync = this.#lastSync.then(() => this.#syncNow())
    return this.#lastSync
  }

  /** Closes what is retired, after the sync that may be under way on it. */
  async close(): Promise<void> {
    await this.#lastSync.catch(() => {})
    for (const segment of this.#retired.splice(0)) segment.close()
  }

  async #syncNow(): Promise<void> {
    this.check()
    const files = [...this.#written]
    const retired = this.#retired
    const hasNewEntries = this.#hasNewEntries
    this.#written = new Set()
    this.#retired = []
    this.#hasNewEntries = false
    const syncs = [
      ...files.map((file) => file.sync()),
      this.#found.flush(),
      ...(hasNewEntries ? [this.#files.syncDirectory(this.#directory)] : []),
    ]
    // All of them: nothing may be closed while it is being synced.
    const outcomes = await Promise.allSettled(syncs)
    for (const segment of retired) segment.close()
    for (const outcome of outcomes) if (outcome.status === 'rejected') this.fail(outcome.reason)
    this.check()
  }
}
