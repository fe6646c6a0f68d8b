// What a log knows of the producers that number their batches (KIP-98): the last batches of each, so that a repeated one is
// known, and the transactions that are open. It is what replaying the log's batches gives; `.snapshot` files shorten the replay.
import type { BatchHeader } from '../record/batch-header.ts'
import { NO_SEQUENCE } from '../record/batch-header.ts'
import type { TransactionMarker } from '../record/control-record.ts'

/** A batch that its producer may send again, not having heard that it is stored. */
export interface ProducerBatch {
  /** -1 in a batch without sequence numbers. */
  readonly lastSequence: number
  readonly lastOffset: bigint
  /** Last offset less base offset. */
  readonly offsetDelta: number
  readonly timestamp: bigint
}

export interface ProducerEntry {
  readonly producerId: bigint
  /** -1 before it is known. */
  readonly epoch: number
  /** Of this epoch, the newest last, at most five: a client has no more under way. A snapshot keeps the newest only. */
  readonly batches: readonly ProducerBatch[]
  /** Of the last batch or marker. */
  readonly timestamp: bigint
  /** Of the last transaction marker; -1 without one. */
  readonly coordinatorEpoch: number
  /** First offset of the open transaction; -1 without one. */
  readonly currentTransactionFirstOffset: bigint
}

export interface CompletedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
  /** Offset of the marker. */
  readonly lastOffset: bigint
  readonly isAborted: boolean
}

export const NO_EPOCH = -1
const KEPT_BATCHES = 5
const SEQUENCE_SPAN = 2 ** 31

export class ProducerState {
  #entries = new Map<bigint, ProducerEntry>()
  /** Open transactions: first offset by producer id. */
  #open = new Map<bigint, bigint>()
  /** Every batch before this offset is taken account of. */
  #endOffset = 0n

  /** Starts from a snapshot's entries, which cover the batches before `endOffset`. */
  load(entries: readonly ProducerEntry[], endOffset: bigint): void {
    this.#entries.clear()
    this.#open.clear()
    for (const entry of entries) this.#put(entry)
    this.#endOffset = endOffset
  }

  get entries(): ProducerEntry[] {
    return [...this.#entries.values()]
  }

  /** null for a producer that the log has nothing of. */
  entry(producerId: bigint): ProducerEntry | null {
    return this.#entries.get(producerId) ?? null
  }

  get endOffset(): bigint {
    return this.#endOffset
  }

  /** First offset of the oldest open transaction: what a read_committed reader may not pass. null without one. */
  get firstUndecidedOffset(): bigint | null {
    let first: bigint | null = null
    for (const offset of this.#open.values()) if (first === null || offset < first) first = offset
    return first
  }

  /**
   * Takes account of a batch of the log, in offset order, as it is: it was checked when it was appended (producer-append.ts).
   * @param marker the transaction marker that a control batch holds; null where the cleaner took it out
   * @returns the transaction that the marker completes
   */
  update(header: BatchHeader, marker: TransactionMarker | null): CompletedTransaction | null {
    if (header.nextOffset <= this.#endOffset) return null
    this.#endOffset = header.nextOffset
    if (header.producerId < 0n) return null
    const entry = this.#entries.get(header.producerId) ?? newEntry(header.producerId)
    if (!header.isControl) {
      this.#put(withBatch(entry, header))
      return null
    }
    this.#put(marker === null ? entry : withMarker(entry, header, marker))
    const firstOffset = entry.currentTransactionFirstOffset
    // A marker without data decides nothing.
    if (marker === null || firstOffset < 0n) return null
    return { producerId: header.producerId, firstOffset, lastOffset: header.lastOffset, isAborted: marker.type === 'ABORT' }
  }

  /** Forgets producers that wrote nothing for `expirationMs` (Kafka's producer.id.expiration.ms) and have no transaction open. */
  removeExpired(nowMs: bigint, expirationMs: bigint): void {
    for (const { producerId, timestamp } of this.#entries.values())
      if (!this.#open.has(producerId) && nowMs - timestamp >= expirationMs) this.#entries.delete(producerId)
  }

  #put(entry: ProducerEntry): void {
    this.#entries.set(entry.producerId, entry)
    if (entry.currentTransactionFirstOffset < 0n) this.#open.delete(entry.producerId)
    else this.#open.set(entry.producerId, entry.currentTransactionFirstOffset)
  }
}

function newEntry(producerId: bigint): ProducerEntry {
  return { producerId, epoch: NO_EPOCH, batches: [], timestamp: -1n, coordinatorEpoch: -1, currentTransactionFirstOffset: -1n }
}

function withBatch(entry: ProducerEntry, header: BatchHeader): ProducerEntry {
  const batch = {
    lastSequence: lastSequenceOf(header),
    lastOffset: header.lastOffset,
    offsetDelta: header.lastOffsetDelta,
    timestamp: header.maxTimestamp,
  }
  const opensTransaction = header.isTransactional && entry.currentTransactionFirstOffset < 0n
  return {
    ...entry,
    epoch: header.producerEpoch,
    batches: [...batchesOf(entry, header.producerEpoch).slice(1 - KEPT_BATCHES), batch],
    timestamp: header.maxTimestamp,
    currentTransactionFirstOffset: opensTransaction ? header.baseOffset : entry.currentTransactionFirstOffset,
  }
}

function withMarker(entry: ProducerEntry, header: BatchHeader, marker: TransactionMarker): ProducerEntry {
  return {
    ...entry,
    epoch: header.producerEpoch,
    batches: batchesOf(entry, header.producerEpoch),
    timestamp: header.maxTimestamp,
    coordinatorEpoch: marker.coordinatorEpoch,
    currentTransactionFirstOffset: -1n,
  }
}

/** Its batches that are of this epoch: in a new one, sequences start anew. */
export function batchesOf(entry: ProducerEntry, epoch: number): readonly ProducerBatch[] {
  return entry.epoch === epoch ? entry.batches : []
}

/** Sequences count up to int32's maximum and go on at 0. */
export function lastSequenceOf({ baseSequence, lastOffsetDelta }: BatchHeader): number {
  return baseSequence === NO_SEQUENCE ? NO_SEQUENCE : (baseSequence + lastOffsetDelta) % SEQUENCE_SPAN
}

export function firstSequenceOf({ lastSequence, offsetDelta }: ProducerBatch): number {
  return (lastSequence - offsetDelta + SEQUENCE_SPAN) % SEQUENCE_SPAN
}
