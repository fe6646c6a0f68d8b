// The last segment of a partition, the one that grows. Whoever calls holds the partition's lock.
//
// Index files are not preallocated as Kafka's are: several processes append to them in turn, so their size is their end. Kafka
// opens such a file as it opens one that it trimmed at a clean stop.
import type { BatchHeader } from '../record/batch-header.ts'
import type { FileStat, Files, OpenFile } from '../system/files.ts'
import { OffsetIndexWriter } from './offset-index.ts'
import { segmentPath } from './segment-files.ts'
import { TimeIndexWriter } from './time-index.ts'

export interface ActiveSegmentOptions {
  readonly indexIntervalBytes: number
  readonly maxIndexBytes: number
}

export class ActiveSegment {
  readonly baseOffset: bigint
  readonly path: string
  readonly log: OpenFile
  readonly offsetIndex: OffsetIndexWriter
  readonly timeIndex: TimeIndexWriter
  /** Bytes of valid batches; the next one goes here. */
  size: number
  /** The highest timestamp so far and the last offset of the batch that has it; -1 before there is one. */
  maxTimestamp: bigint
  maxTimestampOffset: bigint
  /** Tells whether `path` is still this file. */
  readonly identity: FileStat['identity']

  readonly #indexIntervalBytes: number
  #bytesSinceIndexEntry = 0

  private constructor(files: Files, directory: string, baseOffset: bigint, options: ActiveSegmentOptions) {
    this.baseOffset = baseOffset
    this.path = segmentPath(directory, baseOffset, 'log')
    this.log = files.open(this.path, 'create')
    const stat = this.log.stat()
    this.size = stat.size
    this.identity = stat.identity
    this.#indexIntervalBytes = options.indexIntervalBytes
    this.offsetIndex = new OffsetIndexWriter(files, segmentPath(directory, baseOffset, 'index'), baseOffset, options.maxIndexBytes)
    this.timeIndex = new TimeIndexWriter(files, segmentPath(directory, baseOffset, 'timeindex'), baseOffset, options.maxIndexBytes)
    const last = this.timeIndex.lastEntry
    this.maxTimestamp = last?.timestamp ?? -1n
    this.maxTimestampOffset = last?.offset ?? baseOffset
  }

  /** Opens the segment, or makes it when there is none. */
  static open(files: Files, directory: string, baseOffset: bigint, options: ActiveSegmentOptions): ActiveSegment {
    return new ActiveSegment(files, directory, baseOffset, options)
  }

  /** Writes a batch, its offsets set, at the end. When this throws, cut back to `size` before anything else. */
  append(batch: Buffer, header: BatchHeader): void {
    this.log.write(batch, 0, batch.length, this.size)
    this.noteBatch(header, this.size)
    this.size += batch.length
  }

  /** Takes account of a batch that lies at `position`, whoever wrote it; adds index entries where they are due. */
  noteBatch(header: BatchHeader, position: number): void {
    if (header.maxTimestamp > this.maxTimestamp) {
      this.maxTimestamp = header.maxTimestamp
      this.maxTimestampOffset = header.lastOffset
    }
    if (this.#bytesSinceIndexEntry > this.#indexIntervalBytes) {
      this.offsetIndex.append(header.lastOffset, position)
      this.timeIndex.append(this.maxTimestamp, this.maxTimestampOffset)
      this.#bytesSinceIndexEntry = 0
    }
    this.#bytesSinceIndexEntry += header.sizeInBytes
  }

  /** Cuts the bytes after `size`: a torn write. */
  cutTail(size: number): void {
    this.log.truncate(size)
    this.size = size
  }

  /** The last time index entry tells the segment's newest timestamp; due at roll and close. */
  finish(): void {
    if (this.maxTimestamp >= 0n) this.timeIndex.append(this.maxTimestamp, this.maxTimestampOffset, { evenIfFull: true })
  }

  get filesToSync(): OpenFile[] {
    return [this.log, this.offsetIndex.file, this.timeIndex.file]
  }

  close(): void {
    this.log.close()
    this.offsetIndex.close()
    this.timeIndex.close()
  }
}
