// Locks of several simulated processes on one machine. Nothing can wait here, because the holder would have to run meanwhile: where a
// real process would block, acquire() throws.
import type { Lock, LockFile, LockKind, Locks } from '../../src/system/locks.ts'
import type { Files } from '../../src/system/files.ts'

interface Holder {
  readonly processId: number
  readonly kind: LockKind
}

/** Who holds what on one machine, by the identity of the file. */
export class LockTable {
  readonly #holders = new Map<string, Set<Holder>>()

  take(identity: string, holder: Holder): boolean {
    if (this.conflicting(identity, holder.kind) !== undefined) return false
    this.#at(identity).add(holder)
    return true
  }

  free(identity: string, holder: Holder): void {
    this.#at(identity).delete(holder)
  }

  freeAllOf(processId: number): void {
    for (const holders of this.#holders.values()) {
      for (const holder of holders) if (holder.processId === processId) holders.delete(holder)
    }
  }

  conflicting(identity: string, kind: LockKind): Holder | undefined {
    return [...this.#at(identity)].find((holder) => kind === 'exclusive' || holder.kind === 'exclusive')
  }

  #at(identity: string): Set<Holder> {
    const holders = this.#holders.get(identity) ?? new Set<Holder>()
    this.#holders.set(identity, holders)
    return holders
  }
}

export class SimulatedLocks implements Locks {
  readonly #files: Files
  readonly #table: LockTable
  readonly #processId: number

  constructor(files: Files, table: LockTable, processId: number) {
    this.#files = files
    this.#table = table
    this.#processId = processId
  }

  tryLock(path: string, kind: LockKind): Lock | null {
    const identity = this.#create(path)
    const holder = { processId: this.#processId, kind }
    return this.#table.take(identity, holder) ? { release: () => this.#table.free(identity, holder) } : null
  }

  isLocked(path: string, kind: LockKind): boolean {
    const stat = this.#files.stat(path)
    return stat !== null && this.#table.conflicting(stat.identity, kind) !== undefined
  }

  open(path: string): LockFile {
    const identity = this.#create(path)
    const table = this.#table
    const holder: Holder = { processId: this.#processId, kind: 'exclusive' }
    const release = () => table.free(identity, holder)
    const tryAcquire = () => table.take(identity, holder)
    const acquire = () => {
      if (tryAcquire()) return
      const other = table.conflicting(identity, 'exclusive')
      throw new Error(`process ${holder.processId} would wait for ever: process ${other?.processId} holds ${path}`)
    }
    return { tryAcquire, acquire, release, close: release }
  }

  openExisting(path: string): LockFile | null {
    return this.#files.stat(path) === null ? null : this.open(path)
  }

  #create(path: string): string {
    const file = this.#files.open(path, 'create')
    const { identity } = file.stat()
    file.close()
    return identity
  }
}
