// A segment that compaction writes: `.log.cleaned`, and once that is whole its indexes. Without files it only counts what it would write.
import { OutputBuffer } from '../../bytes/compression/index.ts'
import type { BatchHeader } from '../../record/batch-header.ts'
import type { Files, OpenFile } from '../../system/files.ts'
import type { EntryFormat } from '../index-file.ts'
import { type OffsetIndexEntry, offsetIndexFormat } from '../offset-index.ts'
import { segmentPath, type SegmentFileKind } from '../segment-files.ts'
import { type TimeIndexEntry, timeIndexFormat } from '../time-index.ts'
import { type AbortedTransaction, encodeEntry } from '../transaction-index.ts'
import { CLEANED_SUFFIX } from './swap-files.ts'

/** What is gathered before it is written. */
const WRITE_BYTES = 1 << 20

export interface CleanedSegmentOptions {
  /** null: nothing is written. */
  readonly files: Files | null
  readonly directory: string
  readonly baseOffset: bigint
  readonly indexIntervalBytes: number
}

export class CleanedSegment {
  readonly #options: CleanedSegmentOptions
  readonly #log: OpenFile | null
  readonly #pending = new OutputBuffer()
  readonly #offsetIndex: IndexBytes<OffsetIndexEntry>
  readonly #timeIndex: IndexBytes<TimeIndexEntry>
  #written = 0
  #bytesSinceIndexEntry = 0
  #maxTimestamp = -1n
  #maxTimestampOffset = -1n

  constructor(options: CleanedSegmentOptions) {
    this.#options = options
    this.#offsetIndex = new IndexBytes(offsetIndexFormat, options.baseOffset)
    this.#timeIndex = new IndexBytes(timeIndexFormat, options.baseOffset)
    this.#pending.begin(WRITE_BYTES, Infinity)
    this.#log = options.files?.open(this.#path('log'), 'create-new') ?? null
  }

  get logBytes(): number {
    return this.#written + this.#pending.length
  }

  get indexBytes(): number {
    return this.#offsetIndex.length
  }

  get timeIndexBytes(): number {
    return this.#timeIndex.length
  }

  append(header: BatchHeader, bytes: Buffer, at: number): void {
    if (header.maxTimestamp > this.#maxTimestamp) {
      this.#maxTimestamp = header.maxTimestamp
      this.#maxTimestampOffset = header.lastOffset
    }
    if (this.#bytesSinceIndexEntry > this.#options.indexIntervalBytes) {
      this.#offsetIndex.append({ offset: header.lastOffset, position: this.logBytes })
      this.#indexTime()
      this.#bytesSinceIndexEntry = 0
    }
    this.#bytesSinceIndexEntry += header.sizeInBytes
    this.#pending.append(bytes, at, at + header.sizeInBytes)
    if (this.#pending.length >= WRITE_BYTES) this.#write()
  }

  /**
   * Nothing is appended any more; all of it is on the disk when this resolves, its files' names too.
   * @param aborted transactions whose marker is in the segment
   */
  async finish(aborted: readonly AbortedTransaction[]): Promise<void> {
    this.#write()
    this.#indexTime()
    const { files } = this.#options
    if (files === null || this.#log === null) return
    const indexes: OpenFile[] = []
    try {
      indexes.push(this.#create(files, 'index', this.#offsetIndex.bytes), this.#create(files, 'timeindex', this.#timeIndex.bytes))
      if (aborted.length > 0) indexes.push(this.#create(files, 'txnindex', Buffer.concat(aborted.map(encodeEntry))))
      // At once: one wait for the disk, for files and names.
      const syncs = [...[this.#log, ...indexes].map((file) => file.sync()), files.syncDirectory(this.#options.directory)]
      for (const outcome of await Promise.allSettled(syncs)) if (outcome.status === 'rejected') throw outcome.reason
    } finally {
      for (const file of indexes) file.close()
    }
  }

  close(): void {
    this.#log?.close()
  }

  #create(files: Files, kind: SegmentFileKind, bytes: Buffer): OpenFile {
    const file = files.open(this.#path(kind), 'create-new')
    try {
      file.write(bytes, 0, bytes.length, 0)
      return file
    } catch (error) {
      file.close()
      throw error
    }
  }

  #path(kind: SegmentFileKind): string {
    return segmentPath(this.#options.directory, this.#options.baseOffset, kind) + CLEANED_SUFFIX
  }

  #indexTime(): void {
    if (this.#maxTimestamp >= 0n) this.#timeIndex.append({ timestamp: this.#maxTimestamp, offset: this.#maxTimestampOffset })
  }

  #write(): void {
    const { bytes, length } = this.#pending
    this.#log?.write(bytes, 0, length, this.#written)
    this.#written += length
    this.#pending.length = 0
  }
}

/** An index in memory: a few bytes for each `index.interval.bytes` of the log. */
class IndexBytes<Entry> {
  readonly #format: EntryFormat<Entry>
  readonly #baseOffset: bigint
  readonly #output = new OutputBuffer()
  #last: Entry | null = null

  constructor(format: EntryFormat<Entry>, baseOffset: bigint) {
    this.#format = format
    this.#baseOffset = baseOffset
    this.#output.begin(0, Infinity)
  }

  get length(): number {
    return this.#output.length
  }

  get bytes(): Buffer {
    return this.#output.result()
  }

  append(entry: Entry): void {
    if (!this.#format.rises(this.#last, entry, this.#baseOffset)) return
    const { size } = this.#format
    this.#output.reserve(size)
    this.#format.encode(entry, this.#output.bytes, this.#output.length, this.#baseOffset)
    this.#output.length += size
    this.#last = entry
  }
}
