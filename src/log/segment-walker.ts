// Walks the batches of one segment and goes on after damage. Readers, recovery, `log verify` and `log dump` all walk with this,
// so that they agree on what is in a file.
//
// The checksum leaves the base offset out, so the order of offsets is checked here: a batch whose offsets its neighbours
// contradict is damage too.
import type { BatchHeader } from '../record/batch-header.ts'
import type { OpenFile } from '../system/files.ts'
import { BatchScanner, type ScanStop } from './batch-scanner.ts'
import { batchAt, findBatch } from './find-batch.ts'

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

export class SegmentWalker {
  /** Called for each stretch of damage that is stepped over. */
  onDamage: (damage: Damage) => void
  readonly #scanner = new BatchScanner()
  #file: OpenFile | null = null
  #end = 0
  #nextOffset = 0n
  #tail: ScanStop = { kind: 'end', position: 0 }

  constructor(onDamage: (damage: Damage) => void) {
    this.onDamage = onDamage
  }

  /**
   * Starts at file position `from`, which is the start of a batch.
   * @param nextOffset offsets from here on are expected: the segment's base offset, or what the batch before ended with
   */
  open(file: OpenFile, from: number, end: number, nextOffset: bigint): void {
    this.#file = file
    this.#end = end
    this.#nextOffset = nextOffset
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
      if (contradiction === null) {
        this.#nextOffset = header.nextOffset
        return header
      }
      const { position } = this.#scanner
      this.#report(position, header.sizeInBytes, this.#scanner.peekBaseOffset() ?? this.#nextOffset, contradiction)
    }
  }

  #goOnAfterDamage(): boolean {
    const stop = this.#scanner.stop
    this.#tail = stop
    if (stop.kind === 'end' || this.#file === null) return false
    const found = findBatch(this.#file, stop.position + 1, this.#end, this.#nextOffset)
    if (found === null) return false
    this.#report(stop.position, found.position - stop.position, found.header.baseOffset, stop.reason)
    this.#scanner.open(this.#file, found.position, this.#end)
    return true
  }

  #report(position: number, sizeInBytes: number, toOffset: bigint, reason: string): void {
    this.onDamage({ file: this.#file?.path ?? '', position, sizeInBytes, fromOffset: this.#nextOffset, toOffset, reason })
  }

  /** Why the offsets of this batch cannot be right, or null. */
  #contradiction(header: BatchHeader): string | null {
    const expected = this.#nextOffset
    if (header.baseOffset < expected) return `base offset ${header.baseOffset} comes after offset ${expected - 1n}`
    if (header.baseOffset === expected) return null
    // A gap is what compaction leaves, unless the next batch, a valid one, goes back into it.
    const claimed = this.#scanner.peekBaseOffset()
    if (claimed === null || claimed < expected || claimed >= header.nextOffset || this.#file === null) return null
    const following = batchAt(this.#file, this.#scanner.nextPosition, this.#end)?.baseOffset
    if (following === undefined) return null
    return `base offset ${header.baseOffset} does not fit between ${expected - 1n} and ${following}`
  }
}
