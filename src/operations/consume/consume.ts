// Reads records of partitions and hands them to a writer: within a partition by offset, partitions merged by the time of their
// batches. It ends at the ends that stood at the start, or goes on as records come.
import type { BatchReader, Cluster, TransactionView } from '../../client/cluster.ts'
import type { Damage } from '../../log/segment-walker.ts'
import type { BatchHeader } from '../../record/batch-header.ts'
import { CorruptBatch } from '../../record/errors.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { Clock } from '../../system/system.ts'

/** After so much of the log the event loop has its turn: neither reading nor writing files ever waits, and signals and time limits have to be noticed. */
const TURN_BYTES = 4 * 1024 * 1024
/** What is read of one partition at a time, and of all of them together. */
const CHUNK_BYTES = 1024 * 1024
const ALL_CHUNKS_BYTES = 32 * 1024 * 1024

export interface PartitionRange {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  /** The offset before which reading stops; null goes on at the end. */
  readonly to: bigint | null
}

/** Takes records; false from `record` stops the reading. */
export interface RecordSink {
  beginBatch(topic: string, partition: number, cursor: RecordCursor): void
  record(cursor: RecordCursor): boolean
  /** Takes all records of a batch that was just begun, and leaves the cursor at its end; false does neither. */
  batch?(cursor: RecordCursor): boolean
  /** Before each record: a promise where none can be taken for now. Whoever has it is not given whole batches. */
  room?: (() => Promise<void> | null) | undefined
  /** After each batch; true when the bytes gathered have to be written out first. */
  endBatch(): Promise<void> | null
  /** Everything before the offset was handed over, or was not to be: aborted records, markers. Before `idle`. */
  reached?(topic: string, partition: number, offset: bigint): void
  /** Nothing more is there: what was gathered has to go out. */
  idle(): Promise<void> | null
  /** What was gathered since the last writing is others' to write out, and does not count. */
  discard?(): void
  /** A reading begins: what is known of one before does not count. */
  begin?(): void
  /** The reading is over: waits until all records are done with; from `signal` on, only for those that cannot be given up any more. */
  finish?(signal: AbortSignal): Promise<void>
  /** Whether it takes records after all, having stopped the reading: what it took last was given up. */
  wantsMore?(): boolean
  /** Where records are done with after they were taken: everything before this offset is; undefined where that is not known. */
  doneBefore?(topic: string, partition: number): bigint | undefined
}

export interface ConsumeOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly ranges: readonly PartitionRange[]
  readonly sink: RecordSink
  readonly isCommittedOnly: boolean
  /** Transaction markers are handed over too. */
  readonly withControl: boolean
  readonly onDamage: (damage: Damage) => void
  readonly signal: AbortSignal
}

export async function consume(options: ConsumeOptions): Promise<void> {
  const partitions = options.ranges.map((range) => new PartitionSource(range, options))
  const isFollowing = options.ranges.some(({ to }) => to === null)
  // Watched from before the first read, so that nothing appended in between is missed.
  const changes = isFollowing ? new Changes(options) : null
  try {
    const merge = new Merge(partitions, options)
    for (;;) {
      const isStopped = await merge.run(changes)
      if (isStopped || changes === null || options.signal.aborted) return
      await changes.next()
    }
  } finally {
    changes?.close()
    for (const partition of partitions) partition.close()
  }
}

/** Tells when one of the partitions may have grown. */
class Changes {
  readonly #watches: { close(): void }[]
  readonly #signal: AbortSignal
  #hasChanged = false
  #wake: (() => void) | null = null
  readonly #stop = (): void => this.#wake?.()

  constructor({ cluster, ranges, signal }: ConsumeOptions) {
    this.#signal = signal
    this.#signal.addEventListener('abort', this.#stop)
    const topics = Map.groupBy(ranges, ({ topic }) => topic)
    const changed = (): void => {
      this.#hasChanged = true
      this.#wake?.()
    }
    this.#watches = [...topics].map(([topic, some]) =>
      cluster.watch(
        topic,
        some.map(({ partition }) => partition),
        changed,
      ),
    )
  }

  /** Whether something changed since this was last asked. */
  take(): boolean {
    const hasChanged = this.#hasChanged
    this.#hasChanged = false
    return hasChanged
  }

  /** Resolves once something changed since it last did, or the signal ends the waiting. */
  async next(): Promise<void> {
    if (!this.#hasChanged && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#wake = null
    this.#hasChanged = false
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#stop)
    for (const watch of this.#watches) watch.close()
  }
}

/** One partition's batches, with the present one ready to be compared with those of others. */
class PartitionSource {
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

  constructor(range: PartitionRange, { cluster, ranges, isCommittedOnly, onDamage }: ConsumeOptions) {
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

class Merge {
  readonly #sources: readonly PartitionSource[]
  readonly #options: ConsumeOptions
  readonly #cursor = new RecordCursor()

  constructor(sources: readonly PartitionSource[], options: ConsumeOptions) {
    this.#sources = sources
    this.#options = options
  }

  /** Hands over what is there; true when the sink or the signal stopped it. */
  async run(changes: Changes | null): Promise<boolean> {
    const { sink, signal, clock } = this.#options
    let bytes = 0
    this.#advanceWaiting()
    await this.#catchUp()
    for (let source = this.#earliest(); source !== null; source = this.#earliest()) {
      const handing = this.#handOver(source)
      const isStopped = !(typeof handing === 'boolean' ? handing : await handing)
      bytes += source.header?.sizeInBytes ?? 0
      const writing = sink.endBatch()
      if (writing !== null) await writing
      if (bytes >= TURN_BYTES) {
        bytes = 0
        await clock.sleep(0)
      }
      if (isStopped || signal.aborted) {
        await sink.idle()
        return true
      }
      source.advance()
      // One partition that grows without end must not keep the others waiting.
      if (changes?.take() === true) this.#advanceWaiting()
      if (this.#isBehind()) await this.#catchUp()
    }
    for (const source of this.#sources) sink.reached?.(source.range.topic, source.range.partition, source.nextOffset)
    await sink.idle()
    return false
  }

  /** Sources at their end may have more by now. */
  #advanceWaiting(): void {
    for (const source of this.#sources) if (source.header === null) source.advance()
  }

  /** Until it is known of each source which batch comes next. */
  async #catchUp(): Promise<void> {
    const { clock, signal } = this.#options
    while (this.#isBehind() && !signal.aborted) {
      await clock.sleep(0)
      for (const source of this.#sources) if (source.isBehind) source.advance()
    }
  }

  #isBehind(): boolean {
    return this.#sources.some(({ isBehind }) => isBehind)
  }

  /** The source whose batch is the oldest. */
  #earliest(): PartitionSource | null {
    let earliest: PartitionSource | null = null
    let time = 0n
    for (const source of this.#sources) {
      if (source.header === null) continue
      if (earliest === null || source.header.maxTimestamp < time) {
        earliest = source
        time = source.header.maxTimestamp
      }
    }
    return earliest
  }

  #handOver(source: PartitionSource): boolean | Promise<boolean> {
    const { header } = source
    if (header === null || (header.isControl && !this.#options.withControl)) return true
    if (this.#options.sink.room !== undefined)
      return this.#recordsAsTheyFit(source, header).catch((error: unknown) => this.#damaged(source, header, error))
    try {
      return this.#records(source, header)
    } catch (error) {
      return this.#damaged(source, header, error)
    }
  }

  #damaged({ range, at }: PartitionSource, header: BatchHeader, error: unknown): boolean {
    if (!(error instanceof CorruptBatch)) throw error
    // The checksum agrees, so this is how it was written: its records cannot be told apart all the same.
    this.#options.onDamage({
      file: `${range.topic}-${range.partition}`,
      position: at,
      sizeInBytes: header.sizeInBytes,
      fromOffset: header.baseOffset,
      toOffset: header.nextOffset,
      reason: error.message,
    })
    return true
  }

  #records(source: PartitionSource, header: BatchHeader): boolean {
    const { sink } = this.#options
    const { topic, partition, from, to } = source.range
    const cursor = this.#cursor
    cursor.open(source.bytes, source.at, header)
    sink.beginBatch(topic, partition, cursor)
    // Most batches lie wholly within the range: then no record has to be compared.
    const isWhole = header.baseOffset >= from && (to === null || header.lastOffset < to)
    if (isWhole && sink.batch?.(cursor) === true) return true
    while (cursor.next()) {
      if (!isWhole && (cursor.offset < from || (to !== null && cursor.offset >= to))) continue
      if (!sink.record(cursor)) return false
    }
    return true
  }

  /** One record after the other, as the sink has room. */
  async #recordsAsTheyFit(source: PartitionSource, header: BatchHeader): Promise<boolean> {
    const { sink, signal } = this.#options
    const { topic, partition, from, to } = source.range
    const cursor = this.#cursor
    cursor.open(source.bytes, source.at, header)
    sink.beginBatch(topic, partition, cursor)
    while (cursor.next()) {
      const { offset } = cursor
      if (offset < from || (to !== null && offset >= to)) continue
      for (let waiting = sink.room?.() ?? null; waiting !== null; waiting = sink.room?.() ?? null) {
        await endedBy(signal, waiting)
        if (signal.aborted) return false
      }
      if (!sink.record(cursor)) return false
    }
    return true
  }
}

/** Resolves with the promise, or when the signal comes. */
async function endedBy(signal: AbortSignal, waiting: Promise<void>): Promise<void> {
  let stop = (): void => {}
  const aborted = new Promise<void>((resolve) => (stop = resolve))
  signal.addEventListener('abort', stop)
  if (!signal.aborted) await Promise.race([waiting, aborted])
  signal.removeEventListener('abort', stop)
}
