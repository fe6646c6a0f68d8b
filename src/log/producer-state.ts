// What a log knows of the producers that number their batches (KIP-98): the last sequence of each, and the transactions
// that are open. It is what replaying the log's batches gives; `.snapshot` files shorten the replay.
import type { BatchHeader } from '../record/batch-header.ts'
import type { TransactionMarker } from '../record/control-record.ts'

export interface ProducerEntry {
  readonly producerId: bigint
  epoch: number
  /** Of the last batch; -1 when this epoch has none yet. */
  lastSequence: number
  lastOffset: bigint
  /** Last offset less base offset of the last batch. */
  offsetDelta: number
  timestamp: bigint
  /** Of the last transaction marker; -1 without one. */
  coordinatorEpoch: number
  /** First offset of the open transaction; -1 without one. */
  currentTransactionFirstOffset: bigint
}

export interface CompletedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
  /** Offset of the marker. */
  readonly lastOffset: bigint
  readonly isAborted: boolean
}

const INT32_SPAN = 2 ** 31

export class ProducerState {
  #entries = new Map<bigint, ProducerEntry>()
  /** Every batch before this offset is taken account of. */
  #endOffset = 0n

  /** Starts from a snapshot's entries, which cover the batches before `endOffset`. */
  load(entries: readonly ProducerEntry[], endOffset: bigint): void {
    this.#entries = new Map(entries.map((entry) => [entry.producerId, { ...entry }]))
    this.#endOffset = endOffset
  }

  get entries(): ProducerEntry[] {
    return [...this.#entries.values()]
  }

  get endOffset(): bigint {
    return this.#endOffset
  }

  /** First offset of the oldest open transaction: what a read_committed reader may not pass. null without one. */
  get firstUndecidedOffset(): bigint | null {
    let first: bigint | null = null
    for (const { currentTransactionFirstOffset: offset } of this.#entries.values())
      if (offset >= 0n && (first === null || offset < first)) first = offset
    return first
  }

  /**
   * Takes account of a batch of the log, in offset order.
   * @param marker the transaction marker that a control batch holds
   * @returns the transaction that the marker completes
   */
  update(header: BatchHeader, marker: TransactionMarker | null): CompletedTransaction | null {
    if (header.nextOffset <= this.#endOffset) return null
    this.#endOffset = header.nextOffset
    if (header.producerId < 0n) return null
    const entry = this.#entry(header)
    entry.timestamp = header.maxTimestamp
    if (header.isControl) return marker === null ? null : this.#complete(entry, header, marker)
    entry.lastSequence = lastSequence(header)
    entry.lastOffset = header.lastOffset
    entry.offsetDelta = header.lastOffsetDelta
    if (header.isTransactional && entry.currentTransactionFirstOffset < 0n) entry.currentTransactionFirstOffset = header.baseOffset
    return null
  }

  #complete(entry: ProducerEntry, header: BatchHeader, marker: TransactionMarker): CompletedTransaction | null {
    const firstOffset = entry.currentTransactionFirstOffset
    entry.coordinatorEpoch = marker.coordinatorEpoch
    entry.currentTransactionFirstOffset = -1n
    if (firstOffset < 0n) return null
    return { producerId: entry.producerId, firstOffset, lastOffset: header.lastOffset, isAborted: marker.type === 'ABORT' }
  }

  /** The producer's entry, emptied of batches where its epoch rose: sequences start anew. */
  #entry(header: BatchHeader): ProducerEntry {
    const { producerId, producerEpoch: epoch } = header
    let entry = this.#entries.get(producerId)
    if (entry === undefined) {
      entry = {
        producerId,
        epoch,
        lastSequence: -1,
        lastOffset: -1n,
        offsetDelta: 0,
        timestamp: -1n,
        coordinatorEpoch: -1,
        currentTransactionFirstOffset: -1n,
      }
      this.#entries.set(producerId, entry)
    } else if (entry.epoch !== epoch) {
      entry.epoch = epoch
      entry.lastSequence = -1
      entry.lastOffset = -1n
      entry.offsetDelta = 0
    }
    return entry
  }
}

/** Sequences count up to int32's maximum and go on at 0. */
function lastSequence(header: BatchHeader): number {
  return (header.baseSequence + header.lastOffsetDelta) % INT32_SPAN
}
