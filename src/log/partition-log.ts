// The log of one partition, for writing. Several processes may have one open on the same folder: each append holds the
// partition's lock and first catches up with what others appended since.
//
//   lock · has the file grown? take account of the new batches · roll if due · write the batch · index · unlock
//
// A batch is written with one call at the end of the file, so a process that is killed leaves whole batches and at most one
// torn one behind; whoever holds the lock next cuts that. What others read meanwhile is whole batches.
import { LeatError } from '../errors/leat-error.ts'
import { BatchHeader, placeBatch } from '../record/batch-header.ts'
import type { LockFile, NotAwaited } from '../system/locks.ts'
import type { System } from '../system/system.ts'
import { ActiveSegment } from './active-segment.ts'
import { deletedWhileWritten } from './deleted-meanwhile.ts'
import { LogState } from './log-state.ts'
import type { ProducerEntry } from './producer-state.ts'
import { LogReplay } from './log-replay.ts'
import type { RecoveryReport } from './recovery.ts'
import { rollAfterMs, shouldRoll } from './roll-policy.ts'
import { listSegments, segmentPath } from './segment-files.ts'
import { isStorageFailure, storageError } from './storage-error.ts'
import { SyncQueue } from './sync-queue.ts'
import type { LogConfig } from './topic-config.ts'

export interface PartitionLogOptions {
  readonly system: System
  /** The partition's folder; it exists. */
  readonly directory: string
  readonly config: LogConfig
  readonly lock: LockFile
  /** Whether the folder is still the one that was opened: a topic may be deleted, and made again, by another process. */
  readonly isCurrent: () => boolean
  /** Everything before this offset is known to be on the disk and whole. */
  readonly recoveryPoint: bigint
  /** Where the log starts when its folder has no segment. */
  readonly logStartOffset: bigint
  /** Told of torn writes that were cut and of damage that was found. */
  readonly onRecovery: (report: RecoveryReport) => void
}

export class PartitionLog {
  readonly directory: string
  readonly #options: PartitionLogOptions
  readonly #state: LogState
  readonly #replay: LogReplay
  #active: ActiveSegment
  /** `segment.ms` of the active segment, less its share of the jitter. */
  #rollAfterMs: bigint
  readonly #syncs: SyncQueue
  #isDisposed = false
  /** When files were last made, renamed or removed in the folder, as far as that was looked at. */
  #folderMs = -1

  /** Opens the log, or makes an empty one, and recovers what was left torn. */
  constructor(options: PartitionLogOptions) {
    this.#options = options
    this.directory = options.directory
    this.#rollAfterMs = this.#chooseRollTime()
    this.#state = new LogState(options.system.files, options.directory)
    this.#syncs = new SyncQueue(options.system.files, options.directory)
    this.#replay = new LogReplay({
      files: options.system.files,
      directory: options.directory,
      state: this.#state,
      syncs: this.#syncs,
      openSegment: (baseOffset) => this.#openSegment(baseOffset),
      recoveryPoint: options.recoveryPoint,
      logStartOffset: options.logStartOffset,
      onRecovery: options.onRecovery,
    })
    options.lock.acquire()
    try {
      // From when its folder was looked at to here, nothing kept others from deleting the topic.
      if (!options.isCurrent()) throw deletedWhileWritten(options.directory)
      this.#active = this.#orOffline(() => this.#replay.recover())
    } catch (error) {
      throw options.isCurrent() ? error : deletedWhileWritten(options.directory)
    } finally {
      options.lock.release()
    }
  }

  /** The offset that the next record gets, unless another process appends first. */
  get nextOffset(): bigint {
    return this.#replay.nextOffset
  }

  /** What the log knows of a producer, for the checks of producer-append.ts; null when that is nothing. Within `withLock`. */
  producer(producerId: bigint): ProducerEntry | null {
    return this.#state.producer(producerId)
  }

  /** Where the active segment starts: what is before it is on the disk after the next sync, with the indexes. */
  get activeBaseOffset(): bigint {
    return this.#active.baseOffset
  }

  /** Whether the folder is still the one that was opened. */
  get isCurrent(): boolean {
    return this.#options.isCurrent()
  }

  /** The epoch that batches appended now get. */
  get leaderEpoch(): number {
    return Math.max(0, this.#state.leaderEpoch)
  }

  /**
   * Appends batches, setting their offsets and leader epoch in place.
   * @param batches whole, valid batches one after the other, whose offsets count from 0
   * @returns the offset of the first record
   * @throws LeatError KAFKA_STORAGE_ERROR once a write or a sync failed
   */
  append(batches: Buffer): bigint {
    return this.withLock(() => this.appendLocked(batches))
  }

  /** Runs `action` while no other process can append. */
  withLock<T extends NotAwaited>(action: () => T): T {
    this.#syncs.check()
    this.#options.lock.acquire()
    try {
      this.#orOffline(() => this.#catchUp())
      return action()
    } finally {
      this.#options.lock.release()
    }
  }

  /** As `append`, within `withLock`. */
  appendLocked(batches: Buffer): bigint {
    const firstOffset = this.nextOffset
    this.#orOffline(() => this.#appendAll(batches))
    return firstOffset
  }

  #appendAll(batches: Buffer): void {
    const { leaderEpoch } = this
    const headers: BatchHeader[] = []
    let start = 0
    let at = 0
    let nextOffset = this.nextOffset
    while (at < batches.length) {
      placeBatch(batches, at, nextOffset, leaderEpoch)
      const header = new BatchHeader(batches, at)
      if (this.#shouldRoll(header, at - start, headers)) {
        this.#write(batches, start, at, headers.splice(0))
        start = at
        this.rollLocked()
      }
      headers.push(header)
      nextOffset = header.nextOffset
      at += header.sizeInBytes
    }
    this.#write(batches, start, at, headers)
  }

  /** Writes batches that go into the active segment with one call. */
  #write(batches: Buffer, start: number, end: number, headers: readonly BatchHeader[]): void {
    if (start === end) return
    const active = this.#active
    try {
      active.write(batches, start, end)
    } catch (error) {
      this.#keepWritten(batches, start, headers)
      this.#undo(error)
    }
    this.#noteWritten(batches, start, headers)
  }

  /** Readers may have those of the batches that came to the file whole, before the one at which the write failed. */
  #keepWritten(batches: Buffer, start: number, headers: readonly BatchHeader[]): void {
    const before = headers.slice(0, -1)
    if (before.length === 0) return
    const sizes = before.map(({ sizeInBytes }) => sizeInBytes)
    this.#noteWritten(batches, start, before.slice(0, this.#active.countWritten(batches, start, sizes)))
  }

  #noteWritten(batches: Buffer, start: number, headers: readonly BatchHeader[]): void {
    const active = this.#active
    this.#syncs.addWritten(active.log)
    // Readers have the batches from now on, so they stay: what fails after this, which is derived from them, leaves the log offline.
    try {
      let at = start
      for (const header of headers) {
        active.noteBatch(header, active.size)
        this.#replay.note(active, header, batches, at)
        at += header.sizeInBytes
      }
    } catch (error) {
      this.#replay.nextOffset = headers.at(-1)?.nextOffset ?? this.nextOffset
      throw error
    }
  }

  /** Resolves once everything that is in the log at the call is on the disk. A failed sync is final: the log goes offline. */
  sync(): Promise<void> {
    return this.#syncs.sync()
  }

  /**
   * Leaves the log as a clean stop does: indexes finished, a snapshot at the end, all synced. Its files stay open.
   * @returns the new recovery point: see `writeDerivedFiles`
   */
  async finish(): Promise<bigint> {
    let recoveryPoint = this.writeDerivedFiles()
    const [records, indexes] = await Promise.allSettled([this.sync(), this.#active.syncIndexes()])
    if (records.status === 'rejected') throw records.reason
    if (indexes.status === 'rejected') {
      this.#tellUnfinished(indexes.reason)
      recoveryPoint = this.#options.recoveryPoint
    }
    return recoveryPoint
  }

  /**
   * Writes what saves the next one that opens the log from looking. All of it is derived: what the disk refuses is left out, and said.
   * @returns the offset up to which the log need not be looked at again: its end, or, where something is left out, the old recovery point
   */
  writeDerivedFiles(): bigint {
    return this.withLock(() => {
      this.#syncs.addWritten(this.#active.log)
      let recoveryPoint = this.nextOffset
      const parts = [() => this.#active.finish(), () => this.#state.writeSnapshot(this.nextOffset), () => this.#state.flushEpochs()]
      for (const write of parts)
        try {
          write()
        } catch (error) {
          this.#tellUnfinished(error)
          recoveryPoint = this.#options.recoveryPoint
        }
      return recoveryPoint
    })
  }

  /** Closes the files and nothing else. */
  async dispose(): Promise<void> {
    if (this.#isDisposed) return
    this.#isDisposed = true
    this.#syncs.retire(this.#active)
    await this.#syncs.close()
    this.#options.lock.close()
  }

  /** Closes the active segment and starts the next one, unless it is empty. Within `withLock`. */
  rollLocked(): void {
    if (this.#active.size === 0) return
    this.#orOffline(() => {
      this.#active = this.#replay.roll(this.#active)
    })
    this.#rollAfterMs = this.#chooseRollTime()
  }

  /** The log now starts at `startOffset`; files before it are gone. Within `withLock`. */
  startMovedLocked(startOffset: bigint): void {
    this.#syncs.addEntries()
    this.#state.moveStart(startOffset)
  }

  /** @param pending batches of `pendingBytes` that go into the active segment before this one */
  #shouldRoll(header: BatchHeader, pendingBytes: number, pending: readonly BatchHeader[]): boolean {
    const { config } = this.#options
    const active = this.#active
    const state = {
      baseOffset: active.baseOffset,
      sizeInBytes: active.size + pendingBytes,
      isIndexFull: active.isIndexFullAfter(pending.length),
      firstTimestamp: active.size === 0 ? (pending[0]?.maxTimestamp ?? null) : active.firstTimestamp,
    }
    return shouldRoll(state, header, { segmentBytes: config.segmentBytes, segmentMs: this.#rollAfterMs }) !== null
  }

  #chooseRollTime(): bigint {
    const random = Buffer.alloc(4)
    this.#options.system.random.fill(random)
    return rollAfterMs(this.#options.config, random.readUInt32BE(0))
  }

  #openSegment(baseOffset: bigint): ActiveSegment {
    const { config, system } = this.#options
    return new ActiveSegment(system.files, this.directory, baseOffset, {
      indexIntervalBytes: config.indexIntervalBytes,
      maxIndexBytes: config.segmentIndexBytes,
    })
  }

  /** Looks at what other processes did since this one last held the lock. */
  #catchUp(): void {
    const { files } = this.#options.system
    for (;;) {
      const stat = files.stat(this.#active.path)
      const isOther = stat === null || stat.identity !== this.#active.identity || stat.size < this.#active.size
      if (isOther || (stat.size > this.#active.size && !this.#active.isLastBatchThere)) return this.#startOver()
      const { baseOffset } = this.#active
      const following = (): bigint | null => listSegments(files, this.directory).find((base) => base > baseOffset) ?? null
      const isWhole = stat.size === this.#active.size || this.#replay.catchUp(this.#active, stat.size, following)
      // A roll names the new segment after the offset that comes next, unless the end of the old one went bad since.
      const next = isWhole ? this.nextOffset : following()
      if (next === null) {
        this.#active = this.#replay.roll(this.#active)
        return
      }
      if (next === baseOffset || files.stat(segmentPath(this.directory, next, 'log')) === null) {
        // An end that went bad under a process which did not know all of it was left behind for a segment of another name.
        if (this.#hasFolderChanged() && following() !== null) this.#startOver()
        return
      }
      this.#replay.leave(this.#active)
      this.#active = this.#openSegment(next)
      this.#replay.nextOffset = next
      this.#active.size = 0
    }
  }

  /** What is in the files is not what this process knows. */
  #startOver(): void {
    if (!this.#options.isCurrent()) throw deletedWhileWritten(this.directory)
    const stale = this.#active
    this.#active = this.#replay.recover()
    this.#syncs.retire(stale)
  }

  /** Since this was last asked. */
  #hasFolderChanged(): boolean {
    const before = this.#folderMs
    this.#folderMs = this.#options.system.files.stat(this.directory)?.modifiedMs ?? 0
    return this.#folderMs !== before
  }

  /** After a failed write: takes back what it left, so that nothing follows a torn batch. */
  #undo(error: unknown): never {
    try {
      this.#active.cutTail(this.#active.size)
    } catch (truncateError) {
      this.#syncs.fail(truncateError)
    }
    throw storageError(`cannot append to ${this.#active.path}`, error)
  }

  /** What the disk refuses half-way leaves this log where nobody knows: it is not written to any more. */
  #orOffline<T>(action: () => T): T {
    try {
      return action()
    } catch (error) {
      if (error instanceof LeatError) throw error
      this.#syncs.fail(error)
      throw isStorageFailure(error) ? storageError(`cannot write to the log in ${this.directory}`, error) : error
    }
  }

  #tellUnfinished(error: unknown): void {
    if (!isStorageFailure(error)) throw error
    this.#options.onRecovery({ kind: 'unfinished', error: storageError(`cannot close the log in ${this.directory} in order`, error) })
  }
}
