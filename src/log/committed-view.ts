// Which transactions are decided, and how: what a read_committed reader needs (KIP-98). It reads ahead of that reader, through
// batch headers and markers only, and is right whether or not the `.txnindex` files are.
import type { BatchHeader } from '../record/batch-header.ts'
import { readTransactionMarker } from '../record/control-record.ts'
import { RecordCursor } from '../record/record-cursor.ts'
import type { Files } from '../system/files.ts'
import { PartitionReader } from './partition-reader.ts'
import { readLatestSnapshot } from './producer-snapshot.ts'
import { ProducerState } from './producer-state.ts'

interface OffsetRange {
  readonly firstOffset: bigint
  readonly lastOffset: bigint
}

export class CommittedView {
  readonly #reader: PartitionReader
  readonly #state = new ProducerState()
  /** By producer, ascending; those behind the reader are dropped. */
  readonly #aborted = new Map<bigint, OffsetRange[]>()
  readonly #cursor = new RecordCursor()

  /** For reading from `startOffset` on. */
  constructor(files: Files, directory: string, startOffset: bigint) {
    // A partition whose folder was not made yet is an empty one.
    const snapshot = files.stat(directory) === null ? null : readLatestSnapshot(files, directory, startOffset)
    this.#state.load(snapshot?.entries ?? [], snapshot?.offset ?? 0n)
    this.#reader = new PartitionReader(files, directory, () => {})
    this.#reader.seek(snapshot?.offset ?? 0n)
  }

  /** Takes account of what was appended since, and gives the last stable offset: everything before it is decided. */
  lastStableOffset(): bigint {
    for (let header = this.#reader.next(); header !== null; header = this.#reader.next()) {
      const completed = this.#state.update(header, this.#marker(header))
      if (completed === null || !completed.isAborted) continue
      const ranges = this.#aborted.get(completed.producerId) ?? []
      ranges.push({ firstOffset: completed.firstOffset, lastOffset: completed.lastOffset })
      this.#aborted.set(completed.producerId, ranges)
    }
    return this.#state.firstUndecidedOffset ?? this.#reader.nextOffset
  }

  /** Whether the batch, which lies before the last stable offset, belongs to an aborted transaction. Ask for batches in their order. */
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
    this.#reader.close()
  }

  #marker(header: BatchHeader): ReturnType<typeof readTransactionMarker> {
    if (!header.isControl || header.producerId < 0n) return null
    this.#cursor.open(this.#reader.bytes, this.#reader.at, header)
    return this.#cursor.next() ? readTransactionMarker(this.#cursor) : null
  }
}
