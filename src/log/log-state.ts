// What replaying a log's batches gives: producers, open transactions and leader epochs. Snapshots and the epoch file shorten
// the replay and are written at a roll and at a clean stop.
import type { BatchHeader } from '../record/batch-header.ts'
import { markerOfBatch } from '../record/control-record.ts'
import { RecordCursor } from '../record/record-cursor.ts'
import type { Files } from '../system/files.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import { readLatestSnapshot, writeProducerSnapshot } from './producer-snapshot.ts'
import { type ProducerEntry, ProducerState } from './producer-state.ts'
import { listSegmentFiles, listSegments, segmentPath } from './segment-files.ts'
import type { AbortedTransaction } from './transaction-index.ts'

export class LogState {
  readonly #files: Files
  readonly #directory: string
  readonly #producers = new ProducerState()
  readonly #epochs: LeaderEpochs
  readonly #cursor = new RecordCursor()

  constructor(files: Files, directory: string) {
    this.#files = files
    this.#directory = directory
    this.#epochs = new LeaderEpochs(files, directory)
  }

  /** The epoch of the last leader; -1 before there is one. */
  get leaderEpoch(): number {
    return this.#epochs.latest
  }

  producer(producerId: bigint): ProducerEntry | null {
    return this.#producers.entry(producerId)
  }

  /** Every batch before this offset is taken account of. */
  get endOffset(): bigint {
    return this.#producers.endOffset
  }

  /**
   * Starts from the newest snapshot that is not past `maxOffset`.
   * @returns the offset from which batches have to be replayed
   */
  load(maxOffset: bigint): bigint {
    // Without its file, the epochs have to be found in the batches again.
    const snapshot = this.#epochs.entries.length === 0 ? null : readLatestSnapshot(this.#files, this.#directory, maxOffset)
    this.#producers.load(snapshot?.entries ?? [], snapshot?.offset ?? 0n)
    return snapshot?.offset ?? 0n
  }

  /** Takes account of the batch at `at`; returns the transaction that it aborts. */
  update(header: BatchHeader, bytes: Buffer, at: number): AbortedTransaction | null {
    this.#epochs.assign(header.partitionLeaderEpoch, header.baseOffset)
    const completed = this.#producers.update(header, markerOfBatch(this.#cursor, header, bytes, at))
    if (completed === null || !completed.isAborted) return null
    const { producerId, firstOffset, lastOffset } = completed
    return { producerId, firstOffset, lastOffset, lastStableOffset: this.#producers.firstUndecidedOffset ?? lastOffset + 1n }
  }

  /** The log ends at `endOffset`: what is said of later offsets is of batches that are not there. */
  truncateTo(endOffset: bigint): void {
    this.#epochs.truncateFromEnd(endOffset)
  }

  /** The log starts at `startOffset`. */
  moveStart(startOffset: bigint): void {
    this.#epochs.truncateFromStart(startOffset)
    this.#epochs.flush()
  }

  /** Keeps the state as of `offset` in a file; those of earlier stops go, those that begin a segment stay. */
  writeSnapshot(offset: bigint): void {
    if (offset === 0n) return
    writeProducerSnapshot(this.#files, this.#directory, offset, this.#producers.entries)
    const bases = new Set(listSegments(this.#files, this.#directory))
    for (const other of listSegmentFiles(this.#files, this.#directory, 'snapshot'))
      if (other !== offset && !bases.has(other)) this.#files.remove(segmentPath(this.#directory, other, 'snapshot'))
  }

  /** Removes snapshots of an end that is lost. */
  removeSnapshotsPast(endOffset: bigint): void {
    for (const offset of listSegmentFiles(this.#files, this.#directory, 'snapshot'))
      if (offset > endOffset) this.#files.remove(segmentPath(this.#directory, offset, 'snapshot'))
  }

  flushEpochs(): void {
    this.#epochs.flush()
  }
}
