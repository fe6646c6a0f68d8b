// What can be said about a partition by looking: where it starts and ends, where a time is, how large it is.
import type { BatchHeader } from '../record/batch-header.ts'
import { CorruptBatch } from '../record/errors.ts'
import { RecordCursor } from '../record/record-cursor.ts'
import type { FileStat, Files } from '../system/files.ts'
import { presentSegments } from './cleaner/swap-files.ts'
import type { Segment } from './segment.ts'
import { isMissing, MAX_LISTINGS } from './segment-files.ts'
import { type Damage, SegmentWalker } from './segment-walker.ts'
import { MAX_OFFSET } from '../record/offset-range.ts'

const NO_OFFSET = 0n

export interface TimestampedOffset {
  readonly offset: bigint
  readonly timestamp: bigint
}

interface NewestTime extends Pick<FileStat, 'identity' | 'size'> {
  /** null where the time index does not tell. */
  readonly timestamp: bigint | null
}

/** A look-up mostly ends in the first batch or the second. */
const LOOK_UP_BYTES = 1 << 16
const MAX_IDLE_BYTES = 1 << 20
/** For the next look-up, of whatever partition: new buffers for each would cost more than what is looked up. Nobody else has it meanwhile: see `#walk`. */
let idleWalker: SegmentWalker | null = null

export class PartitionView {
  readonly #files: Files
  readonly directory: string
  /** From the checkpoint: records before it are deleted though their segment is there. */
  readonly #startOffset: bigint
  /** By base offset: the newest times that time indexes tell of segments that are no longer written to. */
  readonly #newestTimes = new Map<bigint, NewestTime>()

  constructor(files: Files, directory: string, startOffset: bigint) {
    this.#files = files
    this.directory = directory
    this.#startOffset = startOffset
  }

  /** A partition whose folder was not made yet is an empty one. */
  get segments(): Segment[] {
    if (this.#files.stat(this.directory) === null) return []
    return presentSegments(this.#files, this.directory)
  }

  get logStartOffset(): bigint {
    return this.#startOf(this.segments)
  }

  #startOf(segments: readonly Segment[]): bigint {
    const first = segments[0]?.baseOffset ?? NO_OFFSET
    return first > this.#startOffset ? first : this.#startOffset
  }

  /** The offset after the last whole, valid batch. */
  logEndOffset(): bigint {
    return this.#onSegments((segments) => {
      const last = segments.at(-1)
      if (last === undefined) return this.#startOffset
      return this.#walk(last, null, () => last.positionBefore(MAX_OFFSET), endOf)
    })
  }

  /** @param recoveryPoint where the log ended, or later, when it was synced */
  lostEnd(recoveryPoint: bigint): Damage | null {
    if (recoveryPoint === 0n) return null
    const end = this.logEndOffset()
    if (end >= recoveryPoint) return null
    const last = this.segments.at(-1)
    const file = last?.path('log') ?? this.directory
    const position = last === undefined ? 0 : (this.#files.stat(file)?.size ?? 0)
    const reason = `the log ends here; it was on the disk up to offset ${recoveryPoint}`
    return { file, position, sizeInBytes: 0, fromOffset: end, toOffset: recoveryPoint, reason }
  }

  /** Bytes of the segments' `.log` files. */
  sizeInBytes(): number {
    return this.segments.reduce((sum, segment) => sum + (this.#files.stat(segment.path('log'))?.size ?? 0), 0)
  }

  /** The first record, by offset, with a time of at least `timestamp`; null where there is none. */
  offsetForTime(timestamp: bigint): TimestampedOffset | null {
    return this.#onSegments((segments) => this.#offsetForTime(segments, timestamp))
  }

  #offsetForTime(segments: readonly Segment[], timestamp: bigint): TimestampedOffset | null {
    const startOffset = this.#startOf(segments)
    for (const [index, segment] of segments.entries()) {
      // Of a segment that is no longer written to, the last time index entry tells the newest time.
      const newest = index < segments.length - 1 ? this.#newestIndexed(segment) : null
      if (newest !== null && newest < timestamp) continue
      const position = () => segment.positionBeforeTime(timestamp)
      const found = this.#walk(segment, segments[index + 1] ?? null, position, (walker) => firstRecordAt(walker, timestamp, startOffset))
      if (found !== null) return found
    }
    return null
  }

  /** Of a segment that is no longer written to; found once. */
  #newestIndexed(segment: Segment): bigint | null {
    const stat = this.#files.stat(segment.path('log'))
    const known = this.#newestTimes.get(segment.baseOffset)
    if (known !== undefined && known.identity === stat?.identity && known.size === stat.size) return known.timestamp
    const timestamp = closing(segment, () => segment.newestIndexedTimestamp())
    if (stat !== null) this.#newestTimes.set(segment.baseOffset, { identity: stat.identity, size: stat.size, timestamp })
    return timestamp
  }

  /** The newest time of any batch, ms; null where none has one. */
  newestTimestamp(): bigint | null {
    const newest = this.#onSegments((segments) =>
      segments.map((segment, index) => closing(segment, () => segment.newestTimestamp(segments[index + 1]?.baseOffset ?? null))),
    )
    const time = newest.reduce((a, b) => (a > b ? a : b), -1n)
    return time < 0n ? null : time
  }

  /** Retention or compaction may remove a segment that was just listed: then they are listed again. */
  #onSegments<T>(action: (segments: readonly Segment[]) => T): T {
    for (let listings = 1; ; listings++)
      try {
        return action(this.segments)
      } catch (error) {
        if (!isMissing(error) || listings === MAX_LISTINGS) throw error
      }
  }

  #walk<T>(segment: Segment, next: Segment | null, position: () => number, action: (walker: SegmentWalker) => T): T {
    const walker = idleWalker ?? new SegmentWalker(() => {}, LOOK_UP_BYTES)
    idleWalker = null
    // A segment that was compacted after it was listed has the records of the next one too, which is gone then.
    walker.onDamage = () => next?.checkIsThere()
    try {
      return closing(segment, () => {
        walker.open(segment.log, position(), segment.size, segment.baseOffset, segment.bounds(next?.baseOffset ?? null))
        return action(walker)
      })
    } finally {
      if (walker.bytes.length <= MAX_IDLE_BYTES) idleWalker = walker
    }
  }
}

function endOf(walker: SegmentWalker): bigint {
  while (walker.next() !== null);
  return walker.nextOffset
}

function closing<T>(segment: Segment, action: () => T): T {
  try {
    return action()
  } finally {
    segment.close()
  }
}

function firstRecordAt(walker: SegmentWalker, timestamp: bigint, startOffset: bigint): TimestampedOffset | null {
  const cursor = new RecordCursor()
  for (let header = walker.next(); header !== null; header = walker.next()) {
    if (header.maxTimestamp < timestamp || header.lastOffset < startOffset) continue
    const found = firstInBatch(walker, header, cursor, timestamp, startOffset)
    if (found !== null) return found
  }
  return null
}

function firstInBatch(
  walker: SegmentWalker,
  header: BatchHeader,
  cursor: RecordCursor,
  timestamp: bigint,
  startOffset: bigint,
): TimestampedOffset | null {
  try {
    cursor.open(walker.bytes, walker.at, header)
    // Most records are too early, which numbers tell: two bigints for each are what collecting garbage would take the time of.
    const minDelta = header.timestampType === 'LogAppendTime' ? Number.NEGATIVE_INFINITY : Number(timestamp - header.baseTimestamp)
    while (cursor.next()) {
      if (cursor.timestampDelta < minDelta) continue
      if (cursor.offset >= startOffset && cursor.timestamp >= timestamp) return { offset: cursor.offset, timestamp: cursor.timestamp }
    }
  } catch (error) {
    // Whoever reads the batch is told.
    if (!(error instanceof CorruptBatch)) throw error
  }
  return null
}
