// One partition's batches as they are to be read: within its range, and of committed transactions only where that is asked for.
import type { BatchReader, Cluster, Damage, TransactionView } from '../../client/cluster.ts'
import type { BatchHeader } from '../../record/batch-header.ts'
import type { PartitionRange } from './ranges.ts'

/** After so much of the log the event loop has its turn: neither reading nor writing files ever waits, and signals and time limits have to be noticed. */
export const TURN_BYTES = 4 * 1024 * 1024
/** What is read of one partition at a time, and of all of them together. */
const CHUNK_BYTES = 1024 * 1024
const ALL_CHUNKS_BYTES = 32 * 1024 * 1024

export interface PartitionSourceOptions {
  readonly cluster: Cluster
  /** All that are read. */
  readonly ranges: readonly PartitionRange[]
  readonly isCommittedOnly: boolean
  readonly onDamage: (damage: Damage) => void
}

/** The present batch is ready to be compared with those of others. */
export class PartitionSource {
  readonly range: PartitionRange
  /** The batch that comes next; null at the present end. */
  header: BatchHeader | null = null
  /** There is more to look at, which takes a while: `advance` goes on with it. Until then there is no `header`. */
  isBehind = false
  readonly #reader: BatchReader
  readonly #transactions: TransactionView | null
  /** A batch that was read and lies past where reading stopped: it comes next once that has moved. */
  #pending: BatchHeader | null = null
  #stableOffset = 0n
  /** Whether the stable offset was told from all there was. */
  #isStableOffsetLast = false
  /** Of aborted transactions, passed over since the last turn of the event loop. */
  #passedBytes = 0

  constructor(range: PartitionRange, { cluster, ranges, isCommittedOnly, onDamage }: PartitionSourceOptions) {
    this.range = range
    const chunkBytes = Math.min(CHUNK_BYTES, Math.ceil(ALL_CHUNKS_BYTES / ranges.length))
    this.#reader = cluster.openReader(range.topic, range.partition, onDamage, chunkBytes)
    this.#reader.seek(range.from)
    const lost = cluster.lostEnd(range.topic, range.partition)
    if (lost !== null && (range.to === null || range.to >= lost.fromOffset)) onDamage(lost)
    this.#transactions = isCommittedOnly ? cluster.openTransactionView(range.topic, range.partition, range.from) : null
  }

  get bytes(): Buffer {
    return this.#reader.bytes
  }

  get at(): number {
    return this.#reader.at
  }

  /** Everything before it was looked at. */
  get nextOffset(): bigint {
    return this.#pending?.baseOffset ?? this.#reader.nextOffset
  }

  /** Goes to the next batch that is to be read, or some way towards it. */
  advance(): void {
    this.isBehind = false
    for (;;) {
      this.header = this.#next()
      if (this.header === null || this.#transactions?.isAborted(this.header) !== true) return
      this.#passedBytes += this.header.sizeInBytes
      if (this.#passedBytes < TURN_BYTES) continue
      this.#passedBytes = 0
      this.header = null
      this.isBehind = true
      return
    }
  }

  #next(): BatchHeader | null {
    const end = this.#end()
    if (this.#pending === null && end !== null && this.#reader.nextOffset >= end) return this.#stop()
    const header = this.#pending ?? this.#reader.next()
    const isPast = header !== null && end !== null && header.baseOffset >= end
    this.#pending = isPast ? header : null
    return isPast ? this.#stop() : header
  }

  #stop(): null {
    const { to } = this.range
    this.isBehind = this.#transactions !== null && !this.#isStableOffsetLast && (to === null || this.nextOffset < to)
    return null
  }

  /** Where reading stops for now; null where only the end of the log does. */
  #end(): bigint | null {
    const { to } = this.range
    if (this.#transactions === null || (to !== null && this.nextOffset >= to)) return to
    if (this.nextOffset >= this.#stableOffset) {
      this.#isStableOffsetLast = this.#transactions.advance()
      this.#stableOffset = this.#transactions.stableOffset
    }
    return to === null || this.#stableOffset < to ? this.#stableOffset : to
  }

  close(): void {
    this.#reader.close()
    this.#transactions?.close()
  }
}
