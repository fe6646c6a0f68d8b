// The log of one partition, for writing. Several processes may have one open on the same folder: each append holds the
// partition's lock and first catches up with what others appended since.
//
//   lock · has the file grown? take account of the new batches · roll if due · write the batch · index · unlock
//
// A batch is written with one call at the end of the file, so a process that is killed leaves whole batches and at most one
// torn one behind; whoever holds the lock next cuts that. What others read meanwhile is whole batches.
import { LeatError } from '../errors/leat-error.ts'
import { BatchHeader, placeBatch } from '../record/batch-header.ts'
import type { LockFile } from '../system/locks.ts'
import type { System } from '../system/system.ts'
import { ActiveSegment } from './active-segment.ts'
import { finishSwaps } from './cleaner/swap-files.ts'
import { LogState } from './log-state.ts'
import type { ProducerEntry } from './producer-state.ts'
import { outcomeOfTail, type RecoveryReport } from './recovery.ts'
import { rollAfterMs, shouldRoll } from './roll-policy.ts'
import { listSegments, segmentPath } from './segment-files.ts'
import { SegmentWalker } from './segment-walker.ts'
import { storageError } from './storage-error.ts'
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
  readonly #walker: SegmentWalker
  readonly #state: LogState
  #active: ActiveSegment
  /** `segment.ms` of the active segment, less its share of the jitter. */
  #rollAfterMs: bigint
  #nextOffset = 0n
  readonly #syncs: SyncQueue
  #isDisposed = false

  /** Opens the log, or makes an empty one, and recovers what was left torn. */
  constructor(options: PartitionLogOptions) {
    this.#options = options
    this.directory = options.directory
    this.#walker = new SegmentWalker((damage) => options.onRecovery({ kind: 'damage', damage }))
    this.#rollAfterMs = this.#chooseRollTime()
    this.#state = new LogState(options.system.files, options.directory)
    this.#syncs = new SyncQueue(options.system.files, options.directory)
    options.lock.acquire()
    try {
      this.#active = this.#recover()
    } finally {
      options.lock.release()
    }
  }

  /** The offset that the next record gets, unless another process appends first. */
  get nextOffset(): bigint {
    return this.#nextOffset
  }

  /** What the log knows of a producer, for the checks of producer-append.ts; null when that is nothing. Within `withLock`. */
  producer(producerId: bigint): ProducerEntry | null {
    return this.#state.producer(producerId)
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
  withLock<T>(action: () => T): T {
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
    const firstOffset = this.#nextOffset
    this.#orOffline(() => this.#appendAll(batches))
    return firstOffset
  }

  #appendAll(batches: Buffer): void {
    const { leaderEpoch } = this
    const headers: BatchHeader[] = []
    let start = 0
    let at = 0
    let nextOffset = this.#nextOffset
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
    try {
      this.#active.append(batches, start, end, headers)
    } catch (error) {
      this.#undo(error)
    }
    this.#syncs.addWritten(this.#active.log)
    let at = start
    for (const header of headers) {
      this.#note(this.#active, header, batches, at)
      at += header.sizeInBytes
    }
  }

  /** Resolves once everything that is in the log at the call is on the disk. A failed sync is final: the log goes offline. */
  sync(): Promise<void> {
    return this.#syncs.sync()
  }

  /**
   * Leaves the log as a clean stop does: indexes finished, a snapshot at the end, all synced.
   * @returns the offset up to which the log is known to be whole: the new recovery point
   */
  async close(): Promise<bigint> {
    const recoveryPoint = this.finish()
    await this.sync()
    await this.dispose()
    return recoveryPoint
  }

  /** Writes what saves the next one that opens the log from looking; returns the end of the log. */
  finish(): bigint {
    return this.withLock(() => {
      this.#active.finish()
      for (const file of this.#active.filesToSync) this.#syncs.addWritten(file)
      this.#state.writeSnapshot(this.#nextOffset)
      this.#state.flushEpochs()
      return this.#nextOffset
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
      this.#active.finish()
      this.#state.writeSnapshot(this.#nextOffset)
      this.#state.flushEpochs()
      this.#enter(this.#openSegment(this.#nextOffset))
    })
    this.#rollAfterMs = this.#chooseRollTime()
  }

  /** Goes on in the segment that follows the active one. */
  #enter(next: ActiveSegment): void {
    for (const file of this.#active.filesToSync) this.#syncs.addWritten(file)
    this.#syncs.addEntries()
    this.#syncs.retire(this.#active)
    this.#active = next
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

  /** Takes account of a batch at the end of the log, which lies in `segment`. */
  #note(segment: ActiveSegment, header: BatchHeader, bytes: Buffer, at: number): void {
    this.#nextOffset = header.nextOffset
    const aborted = this.#state.update(header, bytes, at)
    if (aborted !== null) segment.transactionIndex.append(aborted)
  }

  /** Looks at what other processes did since this one last held the lock. */
  #catchUp(): void {
    const { files } = this.#options.system
    for (;;) {
      const stat = files.stat(this.#active.path)
      if (stat === null || stat.identity !== this.#active.identity || stat.size < this.#active.size) {
        if (!this.#options.isCurrent()) throw deletedMeanwhile(this.directory)
        const stale = this.#active
        this.#active = this.#recover()
        this.#syncs.retire(stale)
        return
      }
      const { baseOffset } = this.#active
      const following = (): bigint | undefined => listSegments(files, this.directory).find((base) => base > baseOffset)
      const isWhole = stat.size === this.#active.size || this.#takeUp(this.#active, stat.size, () => following() === undefined)
      // A roll names the new segment after the offset that comes next, unless the end of the old one went bad since.
      const next = isWhole ? this.#nextOffset : following()
      if (next === undefined || next === baseOffset || files.stat(segmentPath(this.directory, next, 'log')) === null) return
      this.#enter(this.#openSegment(next))
      this.#nextOffset = next
      this.#active.size = 0
    }
  }

  /**
   * Walks the batches between the segment's known size and `end`, and decides about what follows the last one.
   * @returns whether nothing is wrong with the segment now
   */
  #takeUp(segment: ActiveSegment, end: number, isLastSegment: () => boolean): boolean {
    segment.offsetIndex.refresh()
    segment.timeIndex.refresh()
    this.#walker.open(segment.log, segment.size, end, segment.size === 0 ? segment.baseOffset : this.#nextOffset)
    for (let header = this.#walker.next(); header !== null; header = this.#walker.next()) {
      segment.noteBatch(header, this.#walker.position)
      segment.size = this.#walker.position + header.sizeInBytes
      this.#note(segment, header, this.#walker.bytes, this.#walker.at)
    }
    return this.#decideTail(segment, end, isLastSegment)
  }

  #decideTail(segment: ActiveSegment, end: number, isLastSegment: () => boolean): boolean {
    const { tail } = this.#walker
    const file = segment.path
    if (tail.kind === 'end') return true
    const outcome = outcomeOfTail(tail, isLastSegment())
    if (outcome === 'refused')
      throw new LeatError('UNSUPPORTED_FOR_MESSAGE_FORMAT', `${file} cannot be written to: ${tail.reason}`, {
        hint: 'Copy the topic with a Kafka 3.x broker first; that writes format v2.',
      })
    const what = { file, position: tail.position, sizeInBytes: end - tail.position, reason: tail.reason }
    if (outcome === 'cut') {
      segment.cutTail(tail.position)
      this.#syncs.addWritten(segment.log)
      this.#options.onRecovery({ kind: 'cut', ...what })
    } else {
      this.#options.onRecovery({ kind: 'damage', damage: { ...what, fromOffset: this.#nextOffset, toOffset: this.#nextOffset } })
    }
    return outcome === 'cut'
  }

  /** Opens the last segment after looking at everything from the recovery point on. */
  #recover(): ActiveSegment {
    finishSwaps(this.#options.system.files, this.directory)
    const bases = listSegments(this.#options.system.files, this.directory)
    if (bases.length === 0) {
      // Offsets that were given to records once are never given again.
      if (this.#options.logStartOffset > this.#nextOffset) this.#nextOffset = this.#options.logStartOffset
      this.#state.load(this.#nextOffset)
      return this.#openSegment(this.#nextOffset)
    }
    const start = this.#state.load(this.#options.recoveryPoint)
    let segment = this.#walkFrom(bases, start)
    if (this.#state.endOffset > this.#nextOffset) {
      // The log ends before the snapshot does: what the snapshot says of the missing part is not true any more.
      this.#syncs.retire(segment)
      this.#state.load(this.#nextOffset)
      segment = this.#walkFrom(bases, 0n)
    }
    this.#state.truncateTo(this.#nextOffset)
    return segment
  }

  /** Walks all segments from the one that holds `start`; returns the last one, open. */
  #walkFrom(bases: readonly bigint[], start: bigint): ActiveSegment {
    const first = Math.max(
      0,
      bases.findLastIndex((base) => base <= start),
    )
    for (const [index, base] of bases.slice(first).entries()) {
      const isLast = first + index === bases.length - 1
      const segment = this.#openSegment(base)
      try {
        const end = segment.size
        this.#nextOffset = base
        segment.rewindTo(start)
        segment.transactionIndex.truncateTo(start)
        this.#takeUp(segment, end, () => isLast)
        // Another process wrote it, and may have been killed before it synced it.
        this.#syncs.addFound(segment.path)
        if (isLast) return segment
        segment.finish()
      } catch (error) {
        segment.close()
        throw error
      }
      segment.close()
    }
    throw new Error('there is a last segment')
  }

  /** After a failed write: takes back what it left, so that nothing follows a torn batch. */
  #undo(error: unknown): never {
    try {
      this.#active.takeBack(this.#nextOffset)
    } catch (truncateError) {
      this.#syncs.fail(truncateError)
    }
    throw storageError(`cannot append to ${this.#active.path}`, error)
  }

  /** What the disk refuses half-way leaves this log where nobody knows: it is not written to any more. */
  #orOffline(action: () => void): void {
    try {
      action()
    } catch (error) {
      if (error instanceof LeatError) throw error
      this.#syncs.fail(error)
      throw storageError(`cannot write to the log in ${this.directory}`, error)
    }
  }
}

/** @param what the topic or folder */
export function deletedMeanwhile(what: string): LeatError {
  return new LeatError('UNKNOWN_TOPIC_OR_PARTITION', `${what} was deleted by another process while it was written to`, {
    hint: 'What was stored before went with the topic. Run the command again to make the topic anew.',
  })
}
