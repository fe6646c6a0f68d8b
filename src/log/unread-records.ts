// How many records lie in a range of a log, and where the first of them is: the work that a reader has before it. Offsets are not all records:
// transaction markers take one, compaction leaves gaps, and records of aborted transactions are never handed over. Records of a
// transaction that is still open count: they may yet be committed.
//
// Told from batch headers, which say how many records are left in a batch. Read whole are only markers, which say how a transaction ended, and
// the batch in which the range begins. Where headers do not lead from one batch to the next, the file is damaged, and what is left of it
// is found as readers find it.
import type { BatchHeader } from '../record/batch-header.ts'
import { readTransactionMarker } from '../record/control-record.ts'
import { CorruptBatch } from '../record/errors.ts'
import { RecordCursor } from '../record/record-cursor.ts'
import type { Files } from '../system/files.ts'
import { HeaderWalker } from './header-walker.ts'
import { presentSegments } from './cleaner/swap-files.ts'
import type { Segment } from './segment.ts'
import { isMissing } from './segment-files.ts'
import { SegmentWalker } from './segment-walker.ts'

export interface UnreadRecords {
  readonly count: bigint
  /** Offset of the first one; null where there is none. */
  readonly firstOffset: bigint | null
}

/**
 * @param directory the partition's folder
 * @param endOffset exclusive
 */
export function unreadRecords(files: Files, directory: string, fromOffset: bigint, endOffset: bigint): UnreadRecords {
  if (fromOffset >= endOffset || files.stat(directory) === null) return { count: 0n, firstOffset: null }
  const count = new RangeCount(fromOffset, endOffset)
  const segments = presentSegments(files, directory)
  const first = Math.max(
    0,
    segments.findLastIndex(({ baseOffset }) => baseOffset <= fromOffset),
  )
  for (const [index, segment] of segments.entries()) {
    if (index < first || segment.baseOffset >= endOffset) continue
    try {
      count.segment(segment, segments[index + 1]?.baseOffset ?? null)
    } catch (error) {
      // Retention took it between the listing and now: nobody reads it any more.
      if (!isMissing(error)) throw error
    } finally {
      segment.close()
    }
  }
  return count.tally.result()
}

/** Adds up what batches hold, transactions as they end. */
export class UnreadTally {
  #count = 0n
  #firstOffset: bigint | null = null
  /** Of each producer with an open transaction. */
  readonly #open = new Map<bigint, { count: bigint; firstOffset: bigint }>()

  /** @param producerId -1n outside a transaction */
  records(firstOffset: bigint, count: bigint, producerId: bigint): void {
    if (count === 0n) return
    if (producerId < 0n) return this.#settle(firstOffset, count)
    const open = this.#open.get(producerId)
    this.#open.set(producerId, { count: (open?.count ?? 0n) + count, firstOffset: open?.firstOffset ?? firstOffset })
  }

  transactionEnded(producerId: bigint, isCommitted: boolean): void {
    const ended = this.#open.get(producerId)
    this.#open.delete(producerId)
    if (ended !== undefined && isCommitted) this.#settle(ended.firstOffset, ended.count)
  }

  /** Whether no record was counted yet that will stay. */
  get isEmpty(): boolean {
    return this.#firstOffset === null
  }

  result(): UnreadRecords {
    for (const { count, firstOffset } of this.#open.values()) this.#settle(firstOffset, count)
    this.#open.clear()
    return { count: this.#count, firstOffset: this.#firstOffset }
  }

  #settle(firstOffset: bigint, count: bigint): void {
    this.#count += count
    if (this.#firstOffset === null || firstOffset < this.#firstOffset) this.#firstOffset = firstOffset
  }
}

/** Reads the bytes of the batch that a header was read of. */
type ReadBatch = () => { readonly bytes: Buffer; readonly at: number }

class RangeCount {
  readonly tally = new UnreadTally()
  readonly #fromOffset: bigint
  readonly #endOffset: bigint
  readonly #cursor = new RecordCursor()

  constructor(fromOffset: bigint, endOffset: bigint) {
    this.#fromOffset = fromOffset
    this.#endOffset = endOffset
  }

  segment(segment: Segment, nextBaseOffset: bigint | null): void {
    const { log, size } = segment
    const start = this.#fromOffset > segment.baseOffset ? segment.positionBefore(this.#fromOffset) : 0
    const headers = new HeaderWalker(log, start, size)
    let nextOffset = segment.baseOffset
    for (let header = headers.next(); header !== null; header = headers.next()) {
      const { baseOffset, sizeInBytes } = header
      if (baseOffset < nextOffset || (nextBaseOffset !== null && header.nextOffset > nextBaseOffset)) break
      if (baseOffset >= this.#endOffset) return
      nextOffset = header.nextOffset
      const position = headers.position - sizeInBytes
      this.#batch(header, () => {
        const bytes = Buffer.allocUnsafe(sizeInBytes)
        log.read(bytes, 0, sizeInBytes, position)
        return { bytes, at: 0 }
      })
    }
    if (!headers.isAtEnd && nextOffset < this.#endOffset) this.#damaged(segment, nextOffset, nextBaseOffset)
  }

  /** Goes on from `nextOffset` with what is whole and valid. */
  #damaged(segment: Segment, nextOffset: bigint, nextBaseOffset: bigint | null): void {
    const walker = new SegmentWalker(() => {})
    walker.open(segment.log, segment.positionBefore(nextOffset), segment.size, segment.baseOffset, segment.bounds(nextBaseOffset))
    for (let header = walker.next(); header !== null && header.baseOffset < this.#endOffset; header = walker.next())
      if (header.baseOffset >= nextOffset) this.#batch(header, () => walker)
  }

  #batch(header: BatchHeader, read: ReadBatch): void {
    const { baseOffset, lastOffset, lastOffsetDelta, recordCount, isControl, producerId } = header
    if (lastOffset < this.#fromOffset) return
    if (isControl) return this.#marker(header, read)
    const transaction = header.isTransactional ? producerId : -1n
    const isWhole = recordCount === lastOffsetDelta + 1
    if (baseOffset >= this.#fromOffset && recordCount > 0)
      this.tally.records(this.#firstOf(header, isWhole, read), BigInt(recordCount), transaction)
    else if (isWhole) this.tally.records(this.#fromOffset, lastOffset - this.#fromOffset + 1n, transaction)
    else this.#each(header, read, (offset) => this.tally.records(offset, 1n, transaction))
  }

  /** Of a batch that compaction took the first records of, only reading it tells where its first record is. */
  #firstOf(header: BatchHeader, isWhole: boolean, read: ReadBatch): bigint {
    let first: bigint | null = null
    if (!isWhole && this.tally.isEmpty) this.#each(header, read, (offset) => (first ??= offset))
    return first ?? header.baseOffset
  }

  #marker(header: BatchHeader, read: ReadBatch): void {
    this.#each(header, read, () => {
      const marker = readTransactionMarker(this.#cursor)
      if (marker !== null) this.tally.transactionEnded(header.producerId, marker.type === 'COMMIT')
    })
  }

  /** Calls `action` with each record in the range. A batch that cannot be read has none that anybody gets. */
  #each(header: BatchHeader, read: ReadBatch, action: (offset: bigint) => void): void {
    const { bytes, at } = read()
    try {
      this.#cursor.open(bytes, at, header)
      while (this.#cursor.next()) if (this.#cursor.offset >= this.#fromOffset) action(this.#cursor.offset)
    } catch (error) {
      if (!(error instanceof CorruptBatch)) throw error
    }
  }
}
