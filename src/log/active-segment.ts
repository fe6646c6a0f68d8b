// The last segment of a partition, the one that grows. Whoever calls holds the partition's lock.
//
// Index files are not preallocated as Kafka's are: several processes append to them in turn, so their size is their end. Kafka
// opens such a file as it opens one that it trimmed at a clean stop.
import { BATCH_HEADER_SIZE, BatchHeader } from '../record/batch-header.ts'
import type { FileStat, Files, OpenFile } from '../system/files.ts'
import { batchAt } from './find-batch.ts'
import type { IndexWriter } from './index-file.ts'
import { offsetBounds } from './offset-bounds.ts'
import { type OffsetIndexEntry, openOffsetIndex } from './offset-index.ts'
import { listSegmentFiles, segmentPath } from './segment-files.ts'
import type { OffsetBounds } from './segment-walker.ts'
import { type TimeIndexEntry, openTimeIndex } from './time-index.ts'
import { TransactionIndexWriter } from './transaction-index.ts'

export interface ActiveSegmentOptions {
  readonly indexIntervalBytes: number
  readonly maxIndexBytes: number
}

export class ActiveSegment {
  readonly baseOffset: bigint
  readonly path: string
  readonly log: OpenFile
  readonly offsetIndex: IndexWriter<OffsetIndexEntry>
  readonly timeIndex: IndexWriter<TimeIndexEntry>
  readonly transactionIndex: TransactionIndexWriter
  /** Bytes of valid batches; the next one goes here. */
  size: number
  /** The highest timestamp so far and the last offset of the batch that has it; -1 before there is one. */
  maxTimestamp: bigint
  maxTimestampOffset: bigint
  /** Tells whether `path` is still this file. */
  readonly identity: FileStat['identity']

  readonly #files: Files
  readonly #directory: string
  readonly #indexIntervalBytes: number
  #bytesSinceIndexEntry = 0
  /** Where the last batch that was taken account of lies, and its checksum; -1 before there is one. */
  #lastPosition = -1
  #lastCrc = 0
  #firstTimestamp: bigint | null = null

  /** Opens the segment, or makes it when there is none. */
  constructor(files: Files, directory: string, baseOffset: bigint, options: ActiveSegmentOptions) {
    this.#files = files
    this.#directory = directory
    this.baseOffset = baseOffset
    this.path = segmentPath(directory, baseOffset, 'log')
    this.#indexIntervalBytes = options.indexIntervalBytes
    const opened: { close(): void }[] = []
    try {
      opened.push((this.log = files.open(this.path, 'create')))
      const stat = this.log.stat()
      this.size = stat.size
      this.identity = stat.identity
      const path = (kind: 'index' | 'timeindex'): string => segmentPath(directory, baseOffset, kind)
      opened.push((this.offsetIndex = openOffsetIndex(files, path('index'), baseOffset, options.maxIndexBytes)))
      opened.push((this.timeIndex = openTimeIndex(files, path('timeindex'), baseOffset, options.maxIndexBytes)))
    } catch (error) {
      for (const file of opened) file.close()
      throw error
    }
    this.transactionIndex = new TransactionIndexWriter(files, segmentPath(directory, baseOffset, 'txnindex'))
    if (this.size === 0) this.#clearIndexes()
    const last = this.timeIndex.lastEntry
    this.maxTimestamp = last?.timestamp ?? -1n
    this.maxTimestampOffset = last?.offset ?? baseOffset
  }

  /** Without a batch there is nothing to index: what is there is of a log that is gone. */
  #clearIndexes(): void {
    if (this.offsetIndex.count > 0) this.offsetIndex.truncateTo(() => false)
    if (this.timeIndex.count > 0) this.timeIndex.truncateTo(() => false)
    this.transactionIndex.truncateTo(this.baseOffset)
  }

  /** Writes batches, their offsets set, at the end; `noteBatch` takes account of each. When this throws, `cutTail` before anything else. */
  write(batches: Buffer, start: number, end: number): void {
    this.log.write(batches, start, end - start, this.size)
  }

  /** Takes account of a batch that lies at `position`, the end so far, whoever wrote it; adds index entries where they are due. */
  noteBatch(header: BatchHeader, position: number): void {
    if (header.maxTimestamp > this.maxTimestamp) {
      this.maxTimestamp = header.maxTimestamp
      this.maxTimestampOffset = header.lastOffset
    }
    if (this.#bytesSinceIndexEntry > this.#indexIntervalBytes) {
      this.offsetIndex.append({ offset: header.lastOffset, position })
      this.#indexTime()
      this.#bytesSinceIndexEntry = 0
    }
    this.#bytesSinceIndexEntry += header.sizeInBytes
    this.#lastPosition = position
    this.#lastCrc = header.crc
    this.size = position + header.sizeInBytes
  }

  /** Whether the last batch that was taken account of is there: an end that goes bad may be cut, and written over, by another process. */
  get isLastBatchThere(): boolean {
    return this.#lastPosition < 0 || this.#headerAt(this.#lastPosition)?.crc === this.#lastCrc
  }

  /** How many of the batches lie at the end of the file, whole, where a write of them failed half-way. */
  countWritten(batches: Buffer, start: number, sizes: readonly number[]): number {
    const written = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + size, 0))
    const length = this.log.read(written, 0, written.length, this.size)
    let end = 0
    for (const [index, size] of sizes.entries()) {
      const isThere = end + size <= length && written.compare(batches, start + end, start + end + size, end, end + size) === 0
      if (!isThere) return index
      end += size
    }
    return sizes.length
  }

  /**
   * Goes back to where batches have to be looked at again so as not to miss `offset`: to the batch of the last index entry
   * before it, if the index tells the truth there, or to the start. Index entries after that are made anew: `settle` ends that.
   */
  rewindTo(offset: bigint): void {
    this.offsetIndex.rewindTo((entry) => entry.offset < offset)
    const entry = this.offsetIndex.lastEntry
    const isTrue = entry !== null && batchAt(this.log, entry.position, this.log.stat().size)?.lastOffset === entry.offset
    if (!isTrue) this.offsetIndex.rewindTo(() => false)
    this.timeIndex.rewindTo((time) => isTrue && time.offset <= entry.offset)
    this.size = isTrue ? entry.position : 0
    this.#lastPosition = -1
    const last = this.timeIndex.lastEntry
    this.maxTimestamp = last?.timestamp ?? -1n
    this.maxTimestampOffset = last?.offset ?? this.baseOffset
  }

  /** All batches were looked at again: what the indexes have besides is wrong. */
  settle(): void {
    this.offsetIndex.settle()
    this.timeIndex.settle()
  }

  /** As `Segment.bounds`, from what the indexes have now. @param nextBaseOffset where the next segment starts; null in the last one */
  bounds(nextBaseOffset: bigint | null): OffsetBounds {
    const { lastEntry } = this.offsetIndex
    const newest = this.timeIndex.lastEntry
    return offsetBounds(this.baseOffset, nextBaseOffset, {
      indexEntry: () => lastEntry,
      newestTimeEntry: () => newest,
      newestSnapshot: () => listSegmentFiles(this.#files, this.#directory, 'snapshot').at(-1),
    })
  }

  /** Of its first batch; null while there is none or where it has none. */
  get firstTimestamp(): bigint | null {
    if (this.#firstTimestamp === null && this.size > 0) this.#firstTimestamp = this.#headerAt(0)?.maxTimestamp ?? null
    return this.#firstTimestamp === null || this.#firstTimestamp < 0n ? null : this.#firstTimestamp
  }

  /** Unchecked; null where the file ends before. */
  #headerAt(position: number): BatchHeader | null {
    const head = Buffer.allocUnsafe(BATCH_HEADER_SIZE)
    return this.log.read(head, 0, head.length, position) < head.length ? null : new BatchHeader(head, 0)
  }

  /** Cuts the bytes after `size`: a torn write. */
  cutTail(size: number): void {
    this.log.truncate(size)
    this.size = size
  }

  /** The last time index entry tells the segment's newest timestamp; due at roll and close. */
  finish(): void {
    this.#indexTime()
  }

  /** Whether an index would have no room left after so many more batches, each of which may add an entry. */
  isIndexFullAfter(batches: number): boolean {
    return this.offsetIndex.room <= batches || this.timeIndex.room <= batches
  }

  #indexTime(): void {
    if (this.maxTimestamp >= 0n) this.timeIndex.append({ timestamp: this.maxTimestamp, offset: this.maxTimestampOffset })
  }

  get filesToSync(): OpenFile[] {
    return [this.log, ...this.#indexFiles]
  }

  get #indexFiles(): OpenFile[] {
    return [this.offsetIndex.file, this.timeIndex.file]
  }

  /** Rejects with the first failure, once nothing is being synced any more. */
  async syncIndexes(): Promise<void> {
    const outcomes = await Promise.allSettled(this.#indexFiles.map((file) => file.sync()))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  close(): void {
    this.log.close()
    this.offsetIndex.close()
    this.timeIndex.close()
  }
}
