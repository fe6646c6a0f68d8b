// Reads records of partitions and hands them to a writer: within a partition by offset, partitions merged by the time of their
// batches. It ends at the ends that stood at the start, or goes on as records come.
import type { Cluster, Damage } from '../../client/cluster.ts'
import type { BatchHeader } from '../../record/batch-header.ts'
import { CorruptBatch } from '../../record/errors.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { Clock } from '../../system/system.ts'
import { Changes } from './changes.ts'
import { PartitionSource, TURN_BYTES } from './partition-source.ts'
import type { PartitionRange } from './ranges.ts'
import type { RecordSink } from './record-sink.ts'

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

/** Hands batches over, the oldest first. */
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
