// Walks the batches of one segment and goes on after damage. Readers, recovery, `log verify` and `log dump` all walk with this,
// so that they agree on what is in a file.
//
// The checksum leaves the base offset out, so offsets are checked here: a batch that its neighbours, the next segment or the files
// beside the log contradict is damage too. A gap alone is none: compaction and repair leave gaps.
import type { BatchHeader } from '../record/batch-header.ts'
import type { OpenFile } from '../system/files.ts'
import { BatchScanner, type ScanStop } from './batch-scanner.ts'
import { batchAt, findBatch, searchStart } from './find-batch.ts'

/** Bytes of a segment that cannot be served; valid batches follow, in this segment or the next. */
export interface Damage {
  readonly file: string
  readonly position: number
  readonly sizeInBytes: number
  /** The first offset that may be missing. */
  readonly fromOffset: bigint
  /** The offset from which on batches are whole again. */
  readonly toOffset: bigint
  readonly reason: string
}

/** What is known of a segment's offsets from elsewhere than its `.log`. */
export interface OffsetBounds {
  /** All offsets of the segment are lower. */
  readonly limitOffset: bigint
  /** Whether a file beside the log says that the batch at `position`, the last one there is, ends with `lastOffset`. */
  isLastOffset(header: BatchHeader, position: number, lastOffset: bigint): boolean
}

export class SegmentWalker {
  /** Called for each stretch of damage that is stepped over. */
  onDamage: (damage: Damage) => void
  readonly #scanner: BatchScanner
  #file: OpenFile | null = null
  #end = 0
  #nextOffset = 0n
  #bounds: OffsetBounds | null = null
  /** The walk began, or goes on after damage, at the batch that comes next: what was before it is not known. */
  #isGapExpected = false
  #tail: ScanStop = { kind: 'end', position: 0 }

  /** @param chunkBytes read at a time, at most; a larger batch is read whole @param buffer see BatchScanner */
  constructor(onDamage: (damage: Damage) => void, chunkBytes?: number, buffer?: Buffer | null) {
    this.onDamage = onDamage
    this.#scanner = new BatchScanner(chunkBytes, buffer)
  }

  /**
   * Starts at file position `from`, which is the start of a batch.
   * @param nextOffset offsets from here on are expected: the segment's base offset, or what the batch before ended with
   */
  open(file: OpenFile, from: number, end: number, nextOffset: bigint, bounds: OffsetBounds | null = null): void {
    this.#file = file
    this.#end = end
    this.#nextOffset = nextOffset
    this.#bounds = bounds
    this.#isGapExpected = from > 0
    this.#tail = { kind: 'end', position: from }
    this.#scanner.open(file, from, end)
  }

  /** Holds the present batch from `at` on; valid until the next call of `next`. */
  get bytes(): Buffer {
    return this.#scanner.bytes
  }

  get at(): number {
    return this.#scanner.at
  }

  /** Position of the present batch in the file. */
  get position(): number {
    return this.#scanner.position
  }

  /** The offset after the last batch. */
  get nextOffset(): bigint {
    return this.#nextOffset
  }

  /** Where the range ends. */
  get end(): number {
    return this.#end
  }

  /** After `next` gave null: `end`, or why the bytes from `position` to the end of the range hold no batch. */
  get tail(): ScanStop {
    return this.#tail
  }

  next(): BatchHeader | null {
    for (;;) {
      const header = this.#scanner.next()
      if (header === null) {
        if (this.#goOnAfterDamage()) continue
        return null
      }
      const contradiction = this.#contradiction(header)
      this.#isGapExpected = false
      if (contradiction === null) {
        this.#nextOffset = header.nextOffset
        return header
      }
      this.#stepOver(header, contradiction)
    }
  }

  /**
   * Goes past batches as long as `isSkipped`, which sees their headers. For who has walked here before and found them whole: neither the checksum
   * of what is skipped is looked at, nor most of it read.
   */
  skipWhile(isSkipped: (header: BatchHeader) => boolean): void {
    for (;;) {
      const header = this.#scanner.peekHeader()
      const limit = this.#bounds?.limitOffset ?? null
      if (header === null || header.baseOffset < this.#nextOffset || (limit !== null && header.nextOffset > limit)) return
      if (!isSkipped(header)) return
      this.#scanner.skip(header)
      this.#nextOffset = header.nextOffset
      this.#isGapExpected = false
    }
  }

  #stepOver({ lastOffsetDelta, sizeInBytes }: BatchHeader, contradiction: string): void {
    const expected = this.#nextOffset
    const limit = this.#bounds?.limitOffset ?? null
    const claimed = this.#scanner.peekBaseOffset()
    const isFollowed = claimed !== null && claimed >= expected && (limit === null || claimed <= limit)
    // With nothing after it to tell, a batch is taken to hold the offsets that come next: they are not given again.
    const inPlace = expected + BigInt(lastOffsetDelta) + 1n
    const toOffset = isFollowed ? claimed : limit !== null && inPlace > limit ? limit : inPlace
    this.#report(this.#scanner.position, sizeInBytes, toOffset, contradiction)
    if (!isFollowed) this.#nextOffset = toOffset
  }

  #goOnAfterDamage(): boolean {
    const stop = this.#scanner.stop
    this.#tail = stop
    if (stop.kind === 'end' || this.#file === null) return false
    const from = searchStart(this.#file, stop.position, this.#end)
    const found = findBatch(this.#file, from, this.#end, this.#nextOffset, this.#bounds?.limitOffset)
    if (found === null) return false
    this.#report(stop.position, found.position - stop.position, found.header.baseOffset, stop.reason)
    this.#scanner.open(this.#file, found.position, this.#end)
    this.#isGapExpected = true
    return true
  }

  #report(position: number, sizeInBytes: number, toOffset: bigint, reason: string): void {
    this.onDamage({ file: this.#file?.path ?? '', position, sizeInBytes, fromOffset: this.#nextOffset, toOffset, reason })
  }

  /** Why the offsets of this batch cannot be right, or null. */
  #contradiction(header: BatchHeader): string | null {
    const expected = this.#nextOffset
    if (header.baseOffset < expected) return `base offset ${header.baseOffset} comes after offset ${expected - 1n}`
    const limit = this.#bounds?.limitOffset ?? null
    if (limit !== null && header.nextOffset > limit) return `offsets ${header.baseOffset} to ${header.lastOffset} are not below ${limit}`
    if (header.baseOffset === expected) return null
    // A gap is what compaction leaves, unless the next batch, a valid one, goes back into it …
    const claimed = this.#scanner.peekBaseOffset()
    if (claimed !== null && claimed >= header.nextOffset) return null
    const following = this.#following(claimed)
    if (following !== null) return `base offset ${header.baseOffset} does not fit between ${expected - 1n} and ${following}`
    // … or the last batch is known to end where it would without the gap.
    const inPlace = expected + BigInt(header.lastOffsetDelta)
    if (this.#isGapExpected || this.#bounds?.isLastOffset(header, this.#scanner.position, inPlace) !== true) return null
    return `base offset ${header.baseOffset} is not the ${expected} that the files beside the log tell`
  }

  /** The base offset of the batch after the present one, where that claims an offset that is still to come and is valid. */
  #following(claimed: bigint | null): bigint | null {
    if (claimed === null || claimed < this.#nextOffset || this.#file === null) return null
    return batchAt(this.#file, this.#scanner.nextPosition, this.#end)?.baseOffset ?? null
  }
}
