// The second pass of compaction, batch by batch: what stays of each, by Kafka's rules.
//
//   a record     stays while nothing later has its key; a tombstone only until the delete horizon of its batch
//   a batch      of an aborted transaction goes; of others what stays keeps its offsets, the batch its base and last one
//   a marker     stays while data of its transaction does, and then until its delete horizon
//   no records   a batch without any goes too, unless it tells its producer's last sequence number, or where the log that is cleaned ends
//
// A batch that gets its first tombstone through, or a marker whose data is gone, is given its delete horizon (KIP-534): delete.retention.ms from now.
import type { BatchHeader } from '../../record/batch-header.ts'
import type { TransactionMarker } from '../../record/control-record.ts'
import type { RecordCursor } from '../../record/record-cursor.ts'
import type { ProducerState } from '../producer-state.ts'
import type { AbortedTransaction } from '../transaction-index.ts'
import { BatchRewriter } from './batch-rewriter.ts'
import type { KeyMap } from './key-map.ts'
import type { AbortedTransactions } from './transactions.ts'

export interface CleaningRules {
  readonly keys: KeyMap
  readonly aborted: AbortedTransactions
  readonly producers: ProducerState
  readonly nowMs: bigint
  readonly deleteRetentionMs: bigint
  /** Where what may be cleaned ends: the batch before it stays, so that the offset is not lost. */
  readonly uncleanableOffset: bigint
}

/** `verbatim`: the batch stays as it is. `rewritten`: what the rewriter has stays. */
export type Outcome = 'gone' | 'verbatim' | 'rewritten'

export class BatchCleaner {
  readonly rewriter = new BatchRewriter()
  /** Records of data so far. */
  recordsRead = 0
  recordsKept = 0
  /** Told of each aborted transaction whose marker stays. */
  onAborted: (transaction: AbortedTransaction) => void = () => {}
  readonly #rules: CleaningRules
  /** Producers whose transaction has had batches since its last marker. */
  readonly #withData = new Set<bigint>()

  constructor(rules: CleaningRules) {
    this.#rules = rules
  }

  /**
   * Decides about a batch; all of the log's from its start on, in their order.
   * @param marker of a control batch
   * @throws CorruptBatch when its records cannot be told apart
   */
  clean(header: BatchHeader, marker: TransactionMarker | null, bytes: Buffer, at: number): Outcome {
    if (header.isControl) return this.#control(header, marker, bytes, at)
    this.#see(header)
    const isAborted = this.#rules.aborted.of(header) !== null
    const outcome = isAborted || !this.#hasLatest(header) ? this.#without(header, bytes, at) : this.#data(header, bytes, at)
    if (outcome === 'verbatim') this.recordsKept += header.recordCount
    return outcome
  }

  /** Whether the header is enough to tell that all of a batch goes. What is skipped counts as cleaned. */
  skips(header: BatchHeader): boolean {
    if (header.isControl || this.#hasLatest(header) || this.#isNeeded(header)) return false
    this.#see(header)
    return true
  }

  /** Notes a batch of data. */
  #see({ recordCount, isTransactional, producerId }: BatchHeader): void {
    this.recordsRead += recordCount
    if (isTransactional) this.#withData.add(producerId)
  }

  #control(header: BatchHeader, marker: TransactionMarker | null, bytes: Buffer, at: number): Outcome {
    // An empty one was cleaned before; one of another kind is nobody's to take away.
    const isWithoutData = header.recordCount === 0 || (marker !== null && !this.#withData.delete(header.producerId))
    const transaction = this.#rules.aborted.of(header)
    if (header.recordCount === 0 || (isWithoutData && this.#isPastHorizon(header))) return this.#without(header, bytes, at)
    if (!isWithoutData && transaction !== null) this.onAborted(transaction)
    if (!isWithoutData || header.hasDeleteHorizon) return 'verbatim'
    this.rewriter.setHorizon(header, bytes, at, this.#horizon(), () => true)
    return 'rewritten'
  }

  /** Whether any of its records may be the latest of its key. */
  #hasLatest({ baseOffset, lastOffset, recordCount }: BatchHeader): boolean {
    const { keys } = this.#rules
    return recordCount > 0 && keys.hasLatest(keys.relative(baseOffset), keys.relative(lastOffset))
  }

  #data(header: BatchHeader, bytes: Buffer, at: number): Outcome {
    const { rewriter } = this
    const kept = rewriter.filter(header, bytes, at, this.#isKept(header))
    if (kept === 0) return this.#without(header, bytes, at)
    const needsHorizon = rewriter.hasTombstones && !header.hasDeleteHorizon
    if (kept === header.recordCount && !needsHorizon) return 'verbatim'
    this.recordsKept += kept
    if (needsHorizon) rewriter.setHorizon(header, bytes, at, this.#horizon(), this.#isKept(header))
    else rewriter.finish(header, bytes, at)
    return 'rewritten'
  }

  #isKept(header: BatchHeader): (cursor: RecordCursor) => boolean {
    const { keys } = this.#rules
    const base = keys.relative(header.baseOffset)
    const isPastHorizon = this.#isPastHorizon(header)
    return ({ bytes, offsetDelta, keyStart, keyEnd, valueStart }) => {
      const offset = base + offsetDelta
      if (!keys.isLatest(offset, bytes, keyStart, keyEnd)) return false
      return valueStart >= 0 || !isPastHorizon || !keys.isMapped(offset)
    }
  }

  /** Nothing of the batch stays but, where it is needed, its header. */
  #without(header: BatchHeader, bytes: Buffer, at: number): Outcome {
    if (!this.#isNeeded(header)) return 'gone'
    if (header.recordCount === 0) return 'verbatim'
    this.rewriter.empty(header, bytes, at)
    return 'rewritten'
  }

  #isNeeded(header: BatchHeader): boolean {
    if (header.nextOffset === this.#rules.uncleanableOffset) return true
    const producer = header.producerId < 0n ? null : this.#rules.producers.entry(header.producerId)
    if (producer === null) return false
    const last = producer.batches.at(-1)
    return last === undefined ? header.isControl && header.producerEpoch === producer.epoch : header.lastOffset === last.lastOffset
  }

  #isPastHorizon(header: BatchHeader): boolean {
    return header.hasDeleteHorizon && header.baseTimestamp <= this.#rules.nowMs
  }

  #horizon(): bigint {
    return this.#rules.nowMs + this.#rules.deleteRetentionMs
  }
}
