// Walks one segment's batches and compares everything beside it with them.
import type { LogConfig } from '../../log/topic-config.ts'
import type { Segment } from '../../log/segment.ts'
import { isMissing } from '../../log/segment-files.ts'
import { type Damage, SegmentWalker } from '../../log/segment-walker.ts'
import { type AbortedTransaction, readTransactionIndex } from '../../log/transaction-index.ts'
import type { BatchHeader } from '../../record/batch-header.ts'
import { CorruptBatch } from '../../record/errors.ts'
import { type RecordKernel, recordKernel } from '../../record/kernel/record-kernel.ts'
import { HeaderCursor, RecordCursor } from '../../record/record-cursor.ts'
import type { Files } from '../../system/files.ts'
import { aboutBytes, aboutFile, type Finding } from './finding.ts'
import { OffsetIndexCheck, TimeIndexCheck } from './verify-index.ts'

export interface SegmentCheckOptions {
  readonly files: Files
  readonly segment: Segment
  readonly config: LogConfig
  /** The next segment's base offset; null in the last one. */
  readonly nextBaseOffset: bigint | null
  /** Up to here the log was on the disk once; 0 where nothing is known. */
  readonly recoveryPoint: bigint
  /** Records are looked at too, not only the checksums of their batches. */
  readonly isDeep: boolean
  /** Told of each sound batch, in order; returns the transaction that it aborts. */
  readonly onBatch: (header: BatchHeader, bytes: Buffer, at: number) => AbortedTransaction | null
}

export interface SegmentResult {
  readonly findings: readonly Finding[]
  /** Damaged stretches of the `.log`. */
  readonly damage: readonly Damage[]
  /** The offset after the last sound batch. */
  readonly nextOffset: bigint
  readonly sizeInBytes: number
  /** Its indexes name what is no longer there. */
  readonly isShortened: boolean
  readonly batches: number
  readonly records: number
  /** What the transaction index has to hold. */
  readonly aborted: readonly AbortedTransaction[]
}

export class SegmentCheck {
  readonly #options: SegmentCheckOptions
  readonly #segment: Segment
  readonly #findings: Finding[] = []
  readonly #damage: Damage[] = []
  readonly #aborted: AbortedTransaction[] = []
  readonly #offsetIndex: OffsetIndexCheck
  readonly #timeIndex: TimeIndexCheck
  readonly #walker: SegmentWalker
  /** Lends what is read into, to look at records where they are; null where there is none, or all of it is lent. */
  readonly #lender: RecordKernel | null
  readonly #cursor = new RecordCursor()
  readonly #headers = new HeaderCursor()
  readonly #sizeBefore: number
  #batches = 0
  #records = 0

  constructor(options: SegmentCheckOptions) {
    const { files, segment, config } = options
    this.#options = options
    this.#segment = segment
    // What is appended from now on may have no entry in the indexes as they are read here.
    this.#sizeBefore = files.stat(segment.path('log'))?.size ?? 0
    const kernel = options.isDeep ? recordKernel(this.#sizeBefore) : null
    const lent = kernel?.lend() ?? null
    this.#lender = lent === null ? null : kernel
    this.#walker = new SegmentWalker((damage) => this.#damaged(damage), undefined, lent)
    // Before the log is walked: entries that are added meanwhile name batches that are looked at afterwards.
    this.#offsetIndex = new OffsetIndexCheck(files, segment.path('index'), segment.baseOffset, config.indexIntervalBytes)
    this.#timeIndex = new TimeIndexCheck(files, segment.path('timeindex'), segment.baseOffset)
  }

  /** null where retention in another process has removed the segment. */
  run(): SegmentResult | null {
    const { files } = this.#options
    try {
      const result = this.#run()
      return files.stat(this.#segment.path('log')) === null ? null : result
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    } finally {
      this.#segment.close()
      this.#lender?.giveBack()
    }
  }

  #run(): SegmentResult {
    const segment = this.#segment
    let size = segment.size
    this.#walk(0, size, segment.baseOffset)
    // A writer may have been in the middle of a batch: what is torn is only what stays so.
    while (this.#walker.tail.kind !== 'end' && segment.size > size) {
      size = segment.size
      this.#walk(this.#walker.tail.position, size, this.#walker.nextOffset)
    }
    this.#checkTail(size)
    this.#checkIndexes(size)
    return {
      findings: this.#findings,
      damage: this.#damage,
      nextOffset: this.#walker.nextOffset,
      sizeInBytes: size,
      isShortened: this.#offsetIndex.isBeyondEnd || this.#timeIndex.isBeyondEnd,
      batches: this.#batches,
      records: this.#records,
      aborted: this.#aborted,
    }
  }

  #walk(from: number, end: number, nextOffset: bigint): void {
    const walker = this.#walker
    walker.open(this.#segment.log, from, end, nextOffset, this.#segment.bounds(this.#options.nextBaseOffset))
    for (let header = walker.next(); header !== null; header = walker.next()) {
      const problem = this.#options.isDeep ? this.#problemInside(header) : null
      if (problem !== null) this.#damaged(this.#batchAsDamage(header, problem))
      this.#offsetIndex.batch(header, walker.position)
      this.#timeIndex.batch(header)
      this.#batches++
      this.#records += header.recordCount
      const aborted = problem === null ? this.#options.onBatch(header, walker.bytes, walker.at) : null
      if (aborted !== null) this.#aborted.push(aborted)
    }
  }

  /** What is wrong with a batch whose checksum agrees, or null. */
  #problemInside(header: BatchHeader): string | null {
    const cursor = this.#cursor
    try {
      cursor.open(this.#walker.bytes, this.#walker.at, header)
      const { bytes, restStart, restEnd } = cursor
      if (recordKernel(restEnd - restStart)?.areSound(bytes, restStart, restEnd, header) === true) return null
      for (let previous = -1; cursor.next(); previous = cursor.offsetDelta) {
        if (cursor.offsetDelta <= previous) return `offset delta ${cursor.offsetDelta} follows ${previous}`
        if (cursor.headerCount === 0) continue
        this.#headers.open(cursor)
        while (this.#headers.next());
      }
      return null
    } catch (error) {
      if (error instanceof CorruptBatch) return error.message
      throw error
    }
  }

  #batchAsDamage(header: BatchHeader, problem: string): Damage {
    return {
      file: this.#segment.path('log'),
      position: this.#walker.position,
      sizeInBytes: header.sizeInBytes,
      fromOffset: header.baseOffset,
      toOffset: header.nextOffset,
      reason: `the checksum agrees, the records do not: ${problem}`,
    }
  }

  #damaged(damage: Damage): void {
    const { file, position, sizeInBytes, fromOffset, toOffset, reason } = damage
    this.#damage.push(damage)
    this.#findings.push(aboutBytes('damage', file, { position, sizeInBytes, fromOffset, endOffset: toOffset }, reason))
    this.#offsetIndex.skip(position, sizeInBytes)
    this.#timeIndex.skip(toOffset)
  }

  #checkTail(size: number): void {
    const { tail, nextOffset } = this.#walker
    if (tail.kind === 'end') return
    const { nextBaseOffset } = this.#options
    const range = { position: tail.position, sizeInBytes: size - tail.position }
    // Bytes that no batch follows are a torn write at the end of the log, and damage before another segment.
    if (tail.kind !== 'unsupported' && nextBaseOffset !== null)
      return this.#damaged({
        file: this.#segment.path('log'),
        ...range,
        fromOffset: nextOffset,
        toOffset: nextBaseOffset,
        reason: tail.reason,
      })
    const kind = tail.kind === 'unsupported' ? 'unsupported' : 'torn'
    this.#findings.push(
      aboutBytes(kind, this.#segment.path('log'), { ...range, fromOffset: nextOffset, endOffset: nextOffset }, tail.reason),
    )
    this.#offsetIndex.skip(tail.position, Number.POSITIVE_INFINITY)
    this.#timeIndex.skip(2n ** 63n)
  }

  #checkIndexes(size: number): void {
    const isFinished = this.#options.nextBaseOffset !== null
    this.#offsetIndex.end(Math.min(size, this.#sizeBefore))
    this.#timeIndex.end(isFinished && this.#damage.length === 0)
    for (const { path, problem, isMissing: wasMissing } of [this.#offsetIndex, this.#timeIndex]) {
      // An empty segment may be without them, and one that was just made.
      const mayBeMissing = wasMissing && (size === 0 || this.#options.files.stat(path) !== null)
      if (problem !== null && !mayBeMissing) this.#findings.push(aboutFile('derived', path, problem))
    }
    const problem = this.#problemOfTransactions()
    if (problem !== null) this.#findings.push(aboutFile('derived', this.#segment.path('txnindex'), problem))
  }

  /** It may hold more than the log tells: transactions whose records or marker the cleaner or retention removed. */
  #problemOfTransactions(): string | null {
    const { entries, problem } = readTransactionIndex(this.#options.files, this.#segment.path('txnindex'))
    if (problem !== null) return problem
    const missing = this.#aborted.find(
      ({ producerId, firstOffset, lastOffset }) =>
        !entries.some((entry) => entry.producerId === producerId && entry.lastOffset === lastOffset && entry.firstOffset <= firstOffset),
    )
    if (missing !== undefined)
      return `the transaction of producer ${missing.producerId} that was aborted at offset ${missing.lastOffset} has no entry`
    // A marker that was lost leaves its entry behind, which is as right as before.
    const { baseOffset } = this.#segment
    const stray = entries.find(({ lastOffset }) => lastOffset < baseOffset || lastOffset >= this.#limitOffset)
    return stray === undefined || this.#damage.length > 0 ? null : `an entry names offset ${stray.lastOffset}, which is not in the segment`
  }

  /** All offsets that the segment has, or had, are lower. */
  get #limitOffset(): bigint {
    const { nextBaseOffset, recoveryPoint } = this.#options
    if (nextBaseOffset !== null) return nextBaseOffset
    return recoveryPoint > this.#walker.nextOffset ? recoveryPoint : this.#walker.nextOffset
  }
}
