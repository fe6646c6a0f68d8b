// One segment of a partition, for reading: the `.log` file named after its first offset, and the indexes beside it. Files are
// opened when they are first needed, so a partition of a thousand segments costs what is read of it.
//
// Indexes are hints. What an index says is believed only after the batch at that place has been looked at; else the segment
// is read from its start.
import { BATCH_HEADER_SIZE, BatchHeader, batchSizeAt } from '../record/batch-header.ts'
import { CorruptBatch, UnsupportedMagic } from '../record/errors.ts'
import type { Files, OpenFile } from '../system/files.ts'
import { batchAt } from './find-batch.ts'
import { offsetBounds } from './offset-bounds.ts'
import { lookupOffset } from './offset-index.ts'
import { listSegmentFiles, segmentPath, type SegmentFileKind, SWAP_SUFFIX } from './segment-files.ts'
import { type OffsetBounds, SegmentWalker } from './segment-walker.ts'
import { type TimeIndexEntry, lookupTime, newestTimeEntry } from './time-index.ts'

const NONE: ReadonlySet<SegmentFileKind> = new Set()

export class Segment {
  readonly baseOffset: bigint
  readonly #files: Files
  readonly #directory: string
  readonly #swapped: ReadonlySet<SegmentFileKind>
  #log: OpenFile | null = null

  /** @param swapped those of its files that compaction has not put in place yet */
  constructor(files: Files, directory: string, baseOffset: bigint, swapped = NONE) {
    this.#files = files
    this.#directory = directory
    this.#swapped = swapped
    this.baseOffset = baseOffset
  }

  /** Compaction has not put it in place yet: plain files with its name, and with those of the segments that it replaces, do not count. */
  get isBeingSwappedIn(): boolean {
    return this.#swapped.has('log')
  }

  /** @throws ENOENT when retention or compaction removed the segment meanwhile */
  get log(): OpenFile {
    this.#log ??= this.#files.open(this.path('log'), 'read')
    return this.#log
  }

  path(kind: SegmentFileKind): string {
    return segmentPath(this.#directory, this.baseOffset, kind) + (this.#swapped.has(kind) ? SWAP_SUFFIX : '')
  }

  /** @throws ENOENT when retention or compaction removed the segment meanwhile, open or not */
  checkIsThere(): void {
    this.#files.open(this.path('log'), 'read').close()
  }

  /** Bytes of the `.log` file now. */
  get size(): number {
    return this.log.stat().size
  }

  /** Where to start reading so as not to miss `offset`: the start of a batch whose last offset is at or before it, or 0. */
  positionBefore(offset: bigint): number {
    const entry = lookupOffset(this.#files, this.path('index'), this.baseOffset, offset)
    if (entry === null) return 0
    // The whole batch: of one that was torn, the header may be there.
    const header = batchAt(this.log, entry.position, this.size)
    return header?.lastOffset === entry.offset ? entry.position : 0
  }

  /** Where to start reading so as not to miss the first batch with a time of at least `timestamp`. */
  positionBeforeTime(timestamp: bigint): number {
    const entry = lookupTime(this.#files, this.path('timeindex'), this.baseOffset, timestamp)
    return entry === null ? 0 : (this.#positionOf(entry) ?? 0)
  }

  /**
   * The newest time of any batch, -1 where none has one: as the time index tells it, or by a walk through all of the segment.
   * @param nextBaseOffset where the next segment starts; null in the last one
   */
  newestTimestamp(nextBaseOffset: bigint | null): bigint {
    const indexed = nextBaseOffset === null ? null : this.newestIndexedTimestamp()
    if (indexed !== null) return indexed
    const walker = new SegmentWalker(() => {})
    walker.open(this.log, 0, this.size, this.baseOffset, this.bounds(nextBaseOffset))
    let newest = -1n
    for (let header = walker.next(); header !== null; header = walker.next()) if (header.maxTimestamp > newest) newest = header.maxTimestamp
    return newest
  }

  /** The newest time, as the time index of a finished segment has it; null where that does not tell. */
  newestIndexedTimestamp(): bigint | null {
    const entry = newestTimeEntry(this.#files, this.path('timeindex'), this.baseOffset)
    const position = entry === null ? null : this.#positionOf(entry)
    return entry !== null && position !== null && this.#isNewest(entry.timestamp, position) ? entry.timestamp : null
  }

  /** Where the batch is that a time index entry names, if it has that time; else null. */
  #positionOf(entry: TimeIndexEntry): number | null {
    let position = this.positionBefore(entry.offset)
    for (;;) {
      const header = this.headerAt(position)
      if (header === null) return null
      if (header.lastOffset >= entry.offset)
        return header.lastOffset === entry.offset && header.maxTimestamp === entry.timestamp ? position : null
      position += header.sizeInBytes
    }
  }

  /** Whether no batch from `position` on is newer: the time index may have lost its last entries. */
  #isNewest(timestamp: bigint, position: number): boolean {
    const { size } = this
    while (position < size) {
      const header = this.headerAt(position)
      if (header === null || header.maxTimestamp > timestamp) return false
      position += header.sizeInBytes
    }
    return true
  }

  /** @param nextBaseOffset where the next segment starts; null in the last one */
  bounds(nextBaseOffset: bigint | null): OffsetBounds {
    return offsetBounds(this.baseOffset, nextBaseOffset, {
      indexEntry: (offset) => lookupOffset(this.#files, this.path('index'), this.baseOffset, offset),
      newestTimeEntry: () => newestTimeEntry(this.#files, this.path('timeindex'), this.baseOffset),
      newestSnapshot: () => listSegmentFiles(this.#files, this.#directory, 'snapshot').at(-1),
    })
  }

  /** The unchecked header at `position`, or null when no batch can start there. */
  headerAt(position: number): BatchHeader | null {
    const head = Buffer.allocUnsafe(BATCH_HEADER_SIZE)
    if (this.log.read(head, 0, head.length, position) < head.length) return null
    try {
      batchSizeAt(head, 0)
    } catch (error) {
      if (error instanceof CorruptBatch || error instanceof UnsupportedMagic) return null
      throw error
    }
    return new BatchHeader(head, 0)
  }

  close(): void {
    this.#log?.close()
    this.#log = null
  }
}
