// Who changes the checkpoint files of a data directory: one process at a time, under the lock of what belongs to all partitions, and never
// for a folder that is another topic's by then. Nothing here waits for anything else meanwhile, so two changes in one process cannot meet.
import type { System } from '../system/system.ts'
import { readCheckpoint, updateCheckpoint, updateCheckpointDurably } from './checkpoint-files.ts'
import { LOCK_FILE } from './partition-folder.ts'
import type { PendingSyncs } from './pending-syncs.ts'
import { listSegments } from './segment-files.ts'

/** Whether a folder is still that of the log whose offsets these are; asked under the lock. */
type IsCurrent = (folder: string) => boolean

export class DirectoryCheckpoints {
  readonly #system: System
  readonly #root: string
  readonly #syncs: PendingSyncs

  constructor(system: System, root: string, syncs: PendingSyncs) {
    this.#system = system
    this.#root = root
    this.#syncs = syncs
  }

  /** @returns where the log starts now, on the disk: never before it did; null when its folder is another's */
  raiseLogStart(folder: string, startOffset: bigint, isCurrent: IsCurrent): bigint | null {
    const { files } = this.#system
    return this.#withLock(() => {
      if (!isCurrent(folder)) return null
      const known = readCheckpoint(files, this.#root, 'logStartOffset').get(folder)
      const start = known !== undefined && known > startOffset ? known : startOffset
      // The checkpoint names only logs that start after their first segment does.
      const first = listSegments(files, `${this.#root}/${folder}`)[0] ?? 0n
      const wanted = start > first ? start : undefined
      if (known !== wanted) updateCheckpointDurably(files, this.#root, 'logStartOffset', new Map([[folder, wanted ?? null]]))
      return wanted ?? first
    })
  }

  setCleanedOffset(folder: string, offset: bigint, isCurrent: IsCurrent): void {
    this.#withLock(() => {
      if (isCurrent(folder)) updateCheckpoint(this.#system.files, this.#root, 'cleaner', new Map([[folder, offset]]), this.#syncs)
    })
  }

  /** What is before these offsets is on the disk. Another process may be further. */
  raiseRecoveryPoints(offsets: ReadonlyMap<string, bigint>, isCurrent: IsCurrent): void {
    const { files } = this.#system
    this.#withLock(() => {
      const known = readCheckpoint(files, this.#root, 'recoveryPoint')
      const raised = [...offsets].filter(([folder, offset]) => offset > (known.get(folder) ?? 0n) && isCurrent(folder))
      if (raised.length > 0) updateCheckpointDurably(files, this.#root, 'recoveryPoint', new Map(raised))
    })
  }

  /** Where logs end that were closed in order. */
  leaveEnds(offsets: ReadonlyMap<string, bigint>, isCurrent: IsCurrent): void {
    this.#withLock(() => {
      const ends = new Map([...offsets].filter(([folder]) => isCurrent(folder)))
      if (ends.size === 0) return
      updateCheckpoint(this.#system.files, this.#root, 'recoveryPoint', ends, null)
      updateCheckpoint(this.#system.files, this.#root, 'highWatermark', ends, null)
    })
  }

  /** Nothing is known of these folders any more. */
  forget(folders: readonly string[]): void {
    const { files } = this.#system
    const changes = (kind: 'recoveryPoint' | 'logStartOffset' | 'cleaner'): Map<string, null> => {
      const known = readCheckpoint(files, this.#root, kind)
      return new Map(folders.filter((folder) => known.has(folder)).map((folder) => [folder, null]))
    }
    this.#withLock(() => {
      for (const kind of ['logStartOffset', 'recoveryPoint', 'cleaner'] as const) {
        const gone = changes(kind)
        if (gone.size > 0) updateCheckpointDurably(files, this.#root, kind, gone)
      }
    })
  }

  /** Runs `action` while no other process changes what belongs to all partitions. */
  #withLock<T>(action: () => T): T {
    const lock = this.#system.locks.open(`${this.#root}/${LOCK_FILE}`)
    try {
      lock.acquire()
      return action()
    } finally {
      lock.release()
      lock.close()
    }
  }
}
