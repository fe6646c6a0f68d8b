// Which transactions are decided, and how: what a read_committed reader needs (KIP-98). It reads ahead of that reader, through
// batch headers and markers only as far as it can, and is right whether or not the `.txnindex` files are.
import type { BatchHeader } from '../record/batch-header.ts'
import { markerOfBatch, type TransactionMarker } from '../record/control-record.ts'
import { RecordCursor } from '../record/record-cursor.ts'
import type { Files } from '../system/files.ts'
import { PartitionReader } from './partition-reader.ts'
import { readLatestSnapshot } from './producer-snapshot.ts'
import { ProducerState } from './producer-state.ts'
import { type SettledBatch, settledBatches } from './settled-batches.ts'

interface OffsetRange {
  readonly firstOffset: bigint
  readonly lastOffset: bigint
}

/** What `advance` reads: some milliseconds' worth. */
const SLICE_BYTES = 4 * 1024 * 1024
/** A batch that only the header is read of costs as much as reading and checking so many bytes. */
const HEADER_COST_BYTES = 2048

export class CommittedView {
  readonly #reader: PartitionReader
  /** Batches that need not be read whole; null once they are through, and the reader goes on. */
  #settled: Iterator<SettledBatch, void, void> | null
  readonly #state = new ProducerState()
  /** Everything before it is taken account of. */
  #nextOffset: bigint
  /** By producer, ascending; those behind the reader are dropped. */
  readonly #aborted = new Map<bigint, OffsetRange[]>()
  readonly #cursor = new RecordCursor()

  /** For reading from `startOffset` on. */
  constructor(files: Files, directory: string, startOffset: bigint) {
    // A partition whose folder was not made yet is an empty one.
    const snapshot = files.stat(directory) === null ? null : readLatestSnapshot(files, directory, startOffset)
    this.#nextOffset = snapshot?.offset ?? 0n
    this.#state.load(snapshot?.entries ?? [], this.#nextOffset)
    this.#reader = new PartitionReader(files, directory, () => {})
    this.#reader.seek(this.#nextOffset)
    this.#settled = settledBatches(files, directory, this.#nextOffset)
  }

  /** Everything before it is decided, as far as is known from what `advance` looked at. */
  get stableOffset(): bigint {
    return this.#state.firstUndecidedOffset ?? this.#nextOffset
  }

  /** Takes account of a few milliseconds' worth of what is there. @returns whether that was all, for now */
  advance(): boolean {
    for (let left = SLICE_BYTES; left > 0;) {
      const cost = this.#takeSettled() ?? this.#takeRead()
      if (cost === null) return true
      left -= cost
    }
    return false
  }

  /** Takes account of all there is, however long that takes, and gives the last stable offset. */
  lastStableOffset(): bigint {
    while (!this.advance());
    return this.stableOffset
  }

  /** Whether the batch, which lies before the stable offset, belongs to an aborted transaction. Ask for batches in their order. */
  isAborted(header: BatchHeader): boolean {
    if (!header.isTransactional) return false
    const ranges = this.#aborted.get(header.producerId)
    if (ranges === undefined) return false
    // A marker is the last batch of its transaction.
    const behind = header.isControl ? header.lastOffset : header.baseOffset - 1n
    while (ranges[0] !== undefined && ranges[0].lastOffset <= behind) ranges.shift()
    const [next] = ranges
    if (next === undefined) this.#aborted.delete(header.producerId)
    return next !== undefined && !header.isControl && header.baseOffset >= next.firstOffset
  }

  close(): void {
    this.#settled?.return?.()
    this.#reader.close()
  }

  /** Of the next batch, if it is one that need not be read whole: what looking at it cost. */
  #takeSettled(): number | null {
    const batch = this.#settled?.next().value ?? null
    if (batch === null) return this.#goOnReading()
    const { header } = batch
    if (!this.#isTurn(header)) {
      this.#update(header, null)
      return HEADER_COST_BYTES
    }
    const bytes = batch.read()
    // None that a reader would take for one.
    if (bytes === null) return this.#goOnReading()
    this.#update(header, markerOfBatch(this.#cursor, header, bytes, 0))
    return HEADER_COST_BYTES + header.sizeInBytes
  }

  /** Whether it begins a transaction or may end one: a wrong one of these would hold up readers for ever, or not at all. */
  #isTurn({ isControl, isTransactional, producerId }: BatchHeader): boolean {
    const isOpen = (this.#state.entry(producerId)?.currentTransactionFirstOffset ?? -1n) >= 0n
    return isControl || (isTransactional && !isOpen)
  }

  #goOnReading(): null {
    if (this.#settled === null) return null
    this.#settled.return?.()
    this.#settled = null
    this.#reader.seek(this.#nextOffset)
    return null
  }

  #takeRead(): number | null {
    const header = this.#reader.next()
    if (header !== null) this.#update(header, markerOfBatch(this.#cursor, header, this.#reader.bytes, this.#reader.at))
    this.#nextOffset = this.#reader.nextOffset
    return header?.sizeInBytes ?? null
  }

  #update(header: BatchHeader, marker: TransactionMarker | null): void {
    this.#nextOffset = header.nextOffset
    const completed = this.#state.update(header, marker)
    if (completed === null || !completed.isAborted) return
    const ranges = this.#aborted.get(completed.producerId) ?? []
    ranges.push({ firstOffset: completed.firstOffset, lastOffset: completed.lastOffset })
    this.#aborted.set(completed.producerId, ranges)
  }
}
