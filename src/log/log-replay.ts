// Takes account of batches that lie in a log already: those that are there when it is opened, and those that other processes
// appended since. What to do with the end is decided in recovery.ts. Whoever calls holds the partition's lock.
import { LeatError } from '../errors/leat-error.ts'
import type { BatchHeader } from '../record/batch-header.ts'
import type { Files } from '../system/files.ts'
import type { ActiveSegment } from './active-segment.ts'
import type { ScanStop } from './batch-scanner.ts'
import type { LogState } from './log-state.ts'
import { finishSwaps } from './cleaner/swap-files.ts'
import { outcomeOfEnd, type RecoveryOutcome, type RecoveryReport } from './recovery.ts'
import { DELETED_SUFFIX, listSegmentFiles, listSegments, parseSegmentFileName } from './segment-files.ts'
import { type OffsetBounds, SegmentWalker } from './segment-walker.ts'
import type { SyncQueue } from './sync-queue.ts'

export interface LogReplayOptions {
  readonly files: Files
  readonly directory: string
  readonly state: LogState
  readonly syncs: SyncQueue
  readonly openSegment: (baseOffset: bigint) => ActiveSegment
  readonly recoveryPoint: bigint
  readonly logStartOffset: bigint
  readonly onRecovery: (report: RecoveryReport) => void
}

export class LogReplay {
  /** The offset after the last batch that was taken account of. */
  nextOffset = 0n
  readonly #options: LogReplayOptions
  readonly #walker: SegmentWalker
  /** Offsets up to here, not included, were given to records: as the files tell, or because this process saw them. */
  #givenEnd = 0n

  constructor(options: LogReplayOptions) {
    this.#options = options
    this.#walker = new SegmentWalker((damage) => options.onRecovery({ kind: 'damage', damage }))
  }

  /** Takes account of a batch at the end of the log, which lies in `segment`. */
  note(segment: ActiveSegment, header: BatchHeader, bytes: Buffer, at: number): void {
    this.nextOffset = header.nextOffset
    const aborted = this.#options.state.update(header, bytes, at)
    if (aborted !== null) segment.transactionIndex.append(aborted)
  }

  /** Opens the last segment after looking at everything from the recovery point on. */
  recover(): ActiveSegment {
    const { files, directory, state, syncs, recoveryPoint, onRecovery } = this.#options
    finishSwaps(files, directory)
    const bases = listSegments(files, directory)
    if (bases.length === 0) return this.#begin()
    // Offsets that were given to records once are never given again.
    const snapshot = listSegmentFiles(files, directory, 'snapshot').at(-1) ?? 0n
    const told = snapshot < recoveryPoint ? snapshot : recoveryPoint
    this.#givenEnd = this.nextOffset > told ? this.nextOffset : told
    let [segment, isWhole] = this.#walkFrom(bases, state.load(recoveryPoint))
    if (state.endOffset > this.nextOffset) {
      // The log ends before the snapshot does: what the snapshot says of the missing part is not true any more.
      syncs.retire(segment)
      state.load(this.nextOffset)
      // What the walk finds now was told.
      this.#walker.onDamage = () => {}
      ;[segment, isWhole] = this.#walkFrom(bases, 0n)
      this.#walker.onDamage = (damage) => onRecovery({ kind: 'damage', damage })
    }
    state.truncateTo(this.nextOffset)
    removeOrphans(files, directory, bases, this.#end)
    this.#removeSnapshotsPastEnd()
    return isWhole ? segment : this.roll(segment)
  }

  /**
   * Takes account of what was appended to a segment that was looked at before.
   * @param nextBaseOffset tells where the next segment starts; null in the last one
   * @returns whether the log can go on at the end of the segment
   */
  catchUp(segment: ActiveSegment, end: number, nextBaseOffset: () => bigint | null): boolean {
    segment.offsetIndex.refresh()
    segment.timeIndex.refresh()
    // Whoever wrote it may have been killed before it synced it, and what this process does next may rest on it.
    this.#options.syncs.addWritten(segment.log)
    return this.#takeUp(segment, end, segment.bounds(null), nextBaseOffset)
  }

  /** Leaves a segment for the next one, which begins with the next offset, or, where more were given before, after those. */
  roll(segment: ActiveSegment): ActiveSegment {
    const { state, openSegment } = this.#options
    segment.finish()
    if (this.#givenEnd > this.nextOffset) this.nextOffset = this.#givenEnd
    // Nothing in it can be read, and it keeps its name.
    if (this.nextOffset === segment.baseOffset) this.nextOffset++
    state.writeSnapshot(this.nextOffset)
    state.flushEpochs()
    const next = openSegment(this.nextOffset)
    this.leave(segment)
    return next
  }

  /** The log goes on in the segment after this one: it stays open until it is synced. */
  leave(segment: ActiveSegment): void {
    const { syncs } = this.#options
    for (const file of segment.filesToSync) syncs.addWritten(file)
    syncs.addEntries()
    syncs.retire(segment)
  }

  /** A log without segments. */
  #begin(): ActiveSegment {
    const { directory, state, logStartOffset, recoveryPoint, openSegment, onRecovery } = this.#options
    const end = this.nextOffset > recoveryPoint ? this.nextOffset : recoveryPoint
    if (end > logStartOffset) {
      const reason = `its segments are gone; it was on the disk up to offset ${end}`
      const damage = { file: directory, position: 0, sizeInBytes: 0, fromOffset: logStartOffset, toOffset: end, reason }
      onRecovery({ kind: 'damage', damage })
    }
    this.nextOffset = end > logStartOffset ? end : logStartOffset
    state.load(this.nextOffset)
    this.#removeSnapshotsPastEnd()
    return openSegment(this.nextOffset)
  }

  /** No record before it can come any more. */
  get #end(): bigint {
    return this.nextOffset > this.#givenEnd ? this.nextOffset : this.#givenEnd
  }

  /** They are of batches that are lost; once the log has passed them they would be believed. */
  #removeSnapshotsPastEnd(): void {
    const { state, syncs } = this.#options
    state.removeSnapshotsPast(this.#end)
    syncs.addEntries()
  }

  /** Walks all segments from the one that holds `start`; returns the last one, open, and whether the log can go on at its end. */
  #walkFrom(bases: readonly bigint[], start: bigint): [ActiveSegment, boolean] {
    const { syncs, openSegment } = this.#options
    const holding = bases.findLastIndex((base) => base <= start)
    for (let index = Math.max(0, holding); ; index++) {
      const base = bases[index] as bigint
      const nextBase = bases[index + 1] ?? null
      const segment = openSegment(base)
      try {
        // Before the indexes go back: they tell where the last batch belongs.
        const bounds = segment.bounds(nextBase)
        const end = segment.size
        this.nextOffset = base
        segment.rewindTo(start)
        segment.transactionIndex.truncateTo(start)
        const isWhole = this.#takeUp(segment, end, bounds, () => nextBase)
        // Another process wrote it, and may have been killed before it synced it.
        syncs.addFound(segment.path)
        if (nextBase !== null) segment.finish()
        segment.settle()
        if (nextBase === null) return [segment, isWhole]
      } catch (error) {
        segment.close()
        throw error
      }
      segment.close()
    }
  }

  /** Walks the batches between the segment's known size and `end`, and decides about what follows the last one. */
  #takeUp(segment: ActiveSegment, end: number, bounds: OffsetBounds, nextBaseOffset: () => bigint | null): boolean {
    const walker = this.#walker
    walker.open(segment.log, segment.size, end, segment.size === 0 ? segment.baseOffset : this.nextOffset, bounds)
    for (let header = walker.next(); header !== null; header = walker.next()) {
      segment.noteBatch(header, walker.position)
      this.note(segment, header, walker.bytes, walker.at)
    }
    // Damage at the end that was stepped over has taken offsets too.
    this.nextOffset = walker.nextOffset
    const { tail } = walker
    const isSteppedOver = tail.kind === 'end' && segment.size < end
    if (isSteppedOver) return false
    const isBeforeGivenEnd = this.nextOffset < this.#givenEnd
    const isBeforeRecoveryPoint = this.nextOffset < this.#options.recoveryPoint
    const nextBase = tail.kind === 'end' && !isBeforeGivenEnd ? null : nextBaseOffset()
    const outcome = outcomeOfEnd(tail, { isLastSegment: nextBase === null, isBeforeRecoveryPoint, isBeforeGivenEnd })
    return this.#apply(outcome, tail, segment, end, nextBase ?? this.#givenEnd)
  }

  #apply(outcome: RecoveryOutcome, tail: ScanStop, segment: ActiveSegment, end: number, missingTo: bigint): boolean {
    const file = segment.path
    const reason = tail.kind === 'end' ? `the log ends here; it was on the disk up to offset ${this.#givenEnd}` : tail.reason
    const what = { file, position: tail.position, sizeInBytes: end - tail.position, reason }
    switch (outcome) {
      case 'ok':
        return true
      case 'cut':
        segment.cutTail(tail.position)
        this.#options.syncs.addWritten(segment.log)
        this.#removeSnapshotsPastEnd()
        this.#options.onRecovery({ kind: 'cut', ...what })
        return true
      case 'reported': {
        const fromOffset = this.nextOffset
        this.#walker.onDamage({ ...what, fromOffset, toOffset: missingTo > fromOffset ? missingTo : fromOffset })
        return false
      }
      case 'refused':
        throw new LeatError('UNSUPPORTED_FOR_MESSAGE_FORMAT', `${file} cannot be written to: ${reason}`, {
          hint: 'Copy the topic with a Kafka 3.x broker first; that writes format v2.',
        })
    }
  }
}

/**
 * Removes index files without a log: what a power loss left of a segment that was begun, and a retention that was cut short. Those between
 * the first segment and the end stay: they tell that there was a segment. A snapshot needs no log. What a broker that was killed had
 * marked to be deleted goes too, as when it starts again: nobody reads it by its name.
 */
function removeOrphans(files: Files, directory: string, bases: readonly bigint[], endOffset: bigint): void {
  for (const { name } of files.list(directory)) {
    const isMarked = name.endsWith(DELETED_SUFFIX) && parseSegmentFileName(name.slice(0, -DELETED_SUFFIX.length)) !== null
    if (isMarked) files.remove(`${directory}/${name}`)
    const file = parseSegmentFileName(name)
    if (file === null || file.kind === 'snapshot' || bases.includes(file.baseOffset)) continue
    if (file.baseOffset < (bases[0] as bigint) || file.baseOffset >= endOffset) files.remove(`${directory}/${name}`)
  }
}
