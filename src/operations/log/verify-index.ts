// Compares a segment's index files with its batches, as these are walked: each entry must point to what it says.
import { type EntryFormat, readIndexFile } from '../../log/index-file.ts'
import { offsetIndexFormat, type OffsetIndexEntry } from '../../log/offset-index.ts'
import { isMissing } from '../../log/segment-files.ts'
import { timeIndexFormat, type TimeIndexEntry } from '../../log/time-index.ts'
import type { BatchHeader } from '../../record/batch-header.ts'
import type { Files } from '../../system/files.ts'

/** An index is sparse by design; one this many times sparser than its log's interval says has lost entries. */
const SPARSE_FACTOR = 4

abstract class IndexCheck<Entry> {
  readonly path: string
  /** The first thing that is wrong, or null. */
  problem: string | null = null
  /** Whether an entry names what lies past the end of the log: it was longer once. */
  isBeyondEnd = false
  readonly isMissing: boolean
  protected readonly entries: readonly Entry[]
  /** The entry that comes next. */
  protected next = 0

  constructor(files: Files, path: string, format: EntryFormat<Entry>, baseOffset: bigint) {
    this.path = path
    const bytes = readIfThere(files, path)
    this.isMissing = bytes === null
    if (bytes === null) {
      this.entries = []
      this.problem = 'the file is missing'
      return
    }
    const contents = readIndexFile(bytes, format, baseOffset)
    this.entries = contents.entries
    this.problem = contents.problem
  }

  protected report(problem: string): void {
    this.problem ??= problem
  }
}

export class OffsetIndexCheck extends IndexCheck<OffsetIndexEntry> {
  readonly #intervalBytes: number
  #lastPosition = 0
  #largestBatch = 0
  #widestGap = 0

  constructor(files: Files, path: string, baseOffset: bigint, intervalBytes: number) {
    super(files, path, offsetIndexFormat, baseOffset)
    this.#intervalBytes = intervalBytes
  }

  batch(header: BatchHeader, position: number): void {
    if (header.sizeInBytes > this.#largestBatch) this.#largestBatch = header.sizeInBytes
    for (let entry = this.entries[this.next]; entry !== undefined && entry.position <= position; entry = this.entries[++this.next]) {
      this.#widestGap = Math.max(this.#widestGap, entry.position - this.#lastPosition)
      this.#lastPosition = entry.position
      if (entry.position < position) this.report(`entry ${this.next} points to byte ${entry.position}, where no batch starts`)
      // It may name a later batch: Kafka before 4 made one entry for all batches of one write.
      else if (entry.offset < header.lastOffset)
        this.report(
          `entry ${this.next} says that offset ${entry.offset} is at byte ${entry.position}; that batch ends with ${header.lastOffset}`,
        )
    }
  }

  /** Entries that point into damage cannot be judged. */
  skip(position: number, sizeInBytes: number): void {
    for (
      let entry = this.entries[this.next];
      entry !== undefined && entry.position < position + sizeInBytes;
      entry = this.entries[++this.next]
    )
      if (entry.position < position) this.report(`entry ${this.next} points to byte ${entry.position}, where no batch starts`)
    this.#lastPosition = position + sizeInBytes
  }

  /** @param indexedSize how much of the log there was when the index was read */
  end(indexedSize: number): void {
    const entry = this.entries[this.next]
    this.isBeyondEnd = entry !== undefined
    if (entry !== undefined) this.report(`entry ${this.next} points to byte ${entry.position}, past the end of the log`)
    const widest = Math.max(this.#widestGap, indexedSize - this.#lastPosition)
    if (widest > SPARSE_FACTOR * (this.#intervalBytes + this.#largestBatch))
      this.report(`entries are missing: ${widest} bytes of the log have none`)
  }
}

export class TimeIndexCheck extends IndexCheck<TimeIndexEntry> {
  #newest = -1n

  constructor(files: Files, path: string, baseOffset: bigint) {
    super(files, path, timeIndexFormat, baseOffset)
  }

  batch(header: BatchHeader): void {
    if (header.maxTimestamp > this.#newest) this.#newest = header.maxTimestamp
    for (let entry = this.entries[this.next]; entry !== undefined && entry.offset <= header.lastOffset; entry = this.entries[++this.next])
      if (entry.offset < header.baseOffset) this.report(`entry ${this.next} names offset ${entry.offset}, which no batch has`)
      else if (entry.timestamp !== header.maxTimestamp)
        this.report(`entry ${this.next} says ${entry.timestamp} for offset ${entry.offset}; that batch has ${header.maxTimestamp}`)
  }

  /** Entries that name offsets in damage cannot be judged. */
  skip(endOffset: bigint): void {
    for (let entry = this.entries[this.next]; entry !== undefined && entry.offset < endOffset; entry = this.entries[++this.next]);
  }

  /** @param isFinished no more batches are written to the segment: its last entry has to tell the newest time */
  end(isFinished: boolean): void {
    const entry = this.entries[this.next]
    this.isBeyondEnd = entry !== undefined
    if (entry !== undefined) this.report(`entry ${this.next} names offset ${entry.offset}, past the end of the segment`)
    const told = this.entries.at(-1)?.timestamp ?? 0n
    if (isFinished && this.#newest > told) this.report(`the last entry says ${told}, the newest batch has ${this.#newest}`)
  }
}

function readIfThere(files: Files, path: string): Buffer | null {
  try {
    return files.readWhole(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}
