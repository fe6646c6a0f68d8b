// The batches of a partition's segments as compaction reads them. Where a reader steps over damage and says so, compaction stops: what it cannot
// read may be the latest record of a key, or the end of a transaction.
import { CorruptBatch } from '../../record/errors.ts'
import type { BatchHeader } from '../../record/batch-header.ts'
import { readTransactionMarker, type TransactionMarker } from '../../record/control-record.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { FileStat } from '../../system/files.ts'
import type { Segment } from '../segment.ts'
import type { SegmentFacts } from './segment-list.ts'
import { type Damage, SegmentWalker } from '../segment-walker.ts'

/** Bytes of a segment cannot be read: neither it nor what comes after it can be compacted. */
export class DamagedSegment extends Error {
  readonly baseOffset: bigint
  readonly damage: Damage

  constructor(baseOffset: bigint, damage: Damage) {
    super(`damage in ${damage.file} at ${damage.position}: ${damage.reason}`)
    this.name = 'DamagedSegment'
    this.baseOffset = baseOffset
    this.damage = damage
  }
}

export class SegmentBatches {
  readonly #walker: SegmentWalker
  readonly #cursor = new RecordCursor()
  #segment: Segment | null = null
  #isActive = false

  /** @param buffer see BatchScanner */
  constructor(buffer: Buffer | null = null) {
    this.#walker = new SegmentWalker((damage) => this.#refuse(damage), undefined, buffer)
  }

  /** Starts with the batch of the segment that holds `fromOffset`. Returns the state of its file. */
  open(
    { segment, baseOffset, nextBaseOffset, isActive }: Pick<SegmentFacts, 'segment' | 'baseOffset' | 'nextBaseOffset' | 'isActive'>,
    fromOffset = baseOffset,
  ): FileStat {
    this.close()
    this.#segment = segment
    this.#isActive = isActive
    const stat = segment.log.stat()
    const from = fromOffset > baseOffset ? segment.positionBefore(fromOffset) : 0
    this.#walker.open(segment.log, from, stat.size, baseOffset, segment.bounds(isActive ? null : nextBaseOffset))
    return stat
  }

  /**
   * The next whole, valid batch; null at the end of the segment.
   * @param isSkipped of headers: such batches are passed by, and were found whole before
   * @throws DamagedSegment
   */
  next(isSkipped?: (header: BatchHeader) => boolean): BatchHeader | null {
    if (isSkipped !== undefined) this.#walker.skipWhile(isSkipped)
    const header = this.#walker.next()
    const { tail, end, nextOffset } = this.#walker
    // What is being written, or was torn, at the end of the log is not there yet.
    const isEnd = tail.kind === 'end' || (this.#isActive && tail.kind !== 'unsupported')
    if (header === null && !isEnd)
      this.#refuse({
        file: this.#opened.path('log'),
        position: tail.position,
        sizeInBytes: end - tail.position,
        fromOffset: nextOffset,
        toOffset: nextOffset,
        reason: tail.reason,
      })
    return header
  }

  /** Holds the present batch from `at` on; valid until the next call of `next`. */
  get bytes(): Buffer {
    return this.#walker.bytes
  }

  get at(): number {
    return this.#walker.at
  }

  /** The marker that the present batch, which is `header`'s, holds; null in batches of data and where the cleaner took it out. */
  marker(header: BatchHeader): TransactionMarker | null {
    if (!header.isControl || header.producerId < 0n) return null
    return this.reading(header, () => {
      this.#cursor.open(this.bytes, this.at, header)
      return this.#cursor.next() ? readTransactionMarker(this.#cursor) : null
    })
  }

  /** Runs `action` on the records of the present batch. @throws DamagedSegment where they cannot be told apart */
  reading<T>(header: BatchHeader, action: () => T): T {
    try {
      return action()
    } catch (error) {
      if (!(error instanceof CorruptBatch)) throw error
      const { position } = this.#walker
      const { sizeInBytes, baseOffset, nextOffset } = header
      const file = this.#opened.path('log')
      return this.#refuse({ file, position, sizeInBytes, fromOffset: baseOffset, toOffset: nextOffset, reason: error.message })
    }
  }

  close(): void {
    this.#segment?.close()
    this.#segment = null
  }

  get #opened(): Segment {
    if (this.#segment === null) throw new Error('no segment is open')
    return this.#segment
  }

  #refuse(damage: Damage): never {
    throw new DamagedSegment(this.#opened.baseOffset, damage)
  }
}
