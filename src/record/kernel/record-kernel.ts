// The loops over many small records that JavaScript is too slow for, in WebAssembly: 4 to 8 times as fast, with vectors of 16 bytes. Each has a
// counterpart in JavaScript that does the same with what it cannot take; so has all of it where there is no WebAssembly.
//
// Bytes are copied into the kernel's memory and out of it, at 10 GB/s and more. Who only looks at them can read into a part of it that is lent.
import { writeVarlong } from '../../bytes/varint.ts'
import { assemble } from '../../bytes/wasm/assembler.ts'
import { instantiate } from '../../bytes/wasm/instantiate.ts'
import { checkRecords } from './check-records.ts'
import { decodeValues } from './decode-values.ts'
import { encodeLines } from './encode-lines.ts'
import { HASH_ENTRY_BYTES, hashKeys } from './hash-keys.ts'
import { DELTA, INPUT, INPUT_BYTES, LENT, LENT_BYTES, MEMORY_PAGES, OUTPUT, OUTPUT_BYTES, RESULT, SEED, VECTOR_BYTES } from './layout.ts'
import { lineEnds } from './line-ends.ts'

/** What may be taken: bytes from `at` to `end`. */
export interface LineRange {
  readonly bytes: Buffer
  /** The byte that ends a line. */
  readonly delimiter: number
  readonly at: number
  readonly end: number
}

/** Where records go, and what the first gets. */
export interface RecordRoom {
  readonly into: Buffer
  readonly to: number
  /** Bytes after `to`: a value must be shorter than what is left of them, and what a record has besides goes beyond. */
  readonly room: number
  /** Timestamp delta of all of them, a safe integer. */
  readonly delta: number
  readonly offsetDelta: number
}

/** What a batch's header says of its records. */
export interface BatchShape {
  readonly recordCount: number
  readonly lastOffsetDelta: number
}

export interface EncodedLines {
  readonly inputBytes: number
  readonly outputBytes: number
  readonly count: number
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  lineEnds(byte: number, from: number, end: number, shift: number): void
  encodeLines(delimiter: number, from: number, end: number, to: number, limit: number, offsetDelta: number, deltaSize: number): void
  decodeValues(delimiter: number, from: number, end: number, recordCount: number, lastOffsetDelta: number): void
  hashKeys(from: number, end: number, recordCount: number, lastOffsetDelta: number): void
  checkRecords(from: number, end: number, recordCount: number, lastOffsetDelta: number): void
}

/** Making it takes as long as the work on so many bytes without it. */
const MAKE_AFTER_BYTES = 256 * 1024

/**
 * One for the process, as it takes 3 MiB and some ms: every call of it ends before another begins, and what one leaves in its memory is
 * the caller's only until the next. Who needs bytes to stay borrows them (`lend`).
 */
let made: RecordKernel | null = null
let bytesUntilMade = MAKE_AFTER_BYTES

/** The kernel, once there was enough work for it. @param workBytes of the work that is to be done now */
export function recordKernel(workBytes: number): RecordKernel | null {
  if (bytesUntilMade <= 0) return made
  bytesUntilMade -= workBytes
  if (bytesUntilMade <= 0) made = RecordKernel.make()
  return made
}

export class RecordKernel {
  readonly #exports: Exports
  readonly #bytes: Buffer
  readonly #results: Int32Array<ArrayBuffer>
  #isLent = false

  /** null where there is no WebAssembly, or none with vectors. */
  static make(): RecordKernel | null {
    // What is assembled here exports just that.
    const exports = instantiate(assemble([lineEnds, encodeLines, decodeValues, hashKeys, checkRecords], MEMORY_PAGES)) as Exports | null
    return exports === null ? null : new RecordKernel(exports)
  }

  private constructor(exports: Exports) {
    this.#exports = exports
    this.#bytes = Buffer.from(exports.memory.buffer)
    this.#results = new Int32Array(exports.memory.buffer, RESULT, 4)
  }

  /** `lineEnds` takes at most so many bytes. */
  static readonly maxLineEndsBytes = OUTPUT_BYTES / 4

  /** Positions of `delimiter` between `from` and `end`, which are at most `maxLineEndsBytes` apart; valid until the next call of any of these. */
  lineEnds(bytes: Buffer, from: number, end: number, delimiter: number): Int32Array<ArrayBuffer> {
    const inputEnd = this.#take(bytes, from, end)
    this.#bytes.fill(~delimiter, inputEnd, inputEnd + VECTOR_BYTES)
    this.#exports.lineEnds(delimiter, INPUT, inputEnd, from - INPUT)
    return new Int32Array(this.#results.buffer, OUTPUT, (this.#result(0) - OUTPUT) / 4)
  }

  /** Makes records of lines, as long as they have an end and fit the room there is. */
  encodeLines({ bytes, delimiter, at, end }: LineRange, { into, to, room, delta, offsetDelta }: RecordRoom): EncodedLines {
    const outputBytes = Math.max(0, Math.min(room, OUTPUT_BYTES))
    // What there is room for is an upper bound of what can be taken.
    const inputEnd = this.#take(bytes, at, Math.min(end, at + outputBytes))
    const deltaSize = writeVarlong(this.#bytes, DELTA, delta) - DELTA
    this.#exports.encodeLines(delimiter, INPUT, inputEnd, OUTPUT, OUTPUT + outputBytes, offsetDelta, deltaSize)
    const outputEnd = this.#result(1)
    this.#bytes.copy(into, to, OUTPUT, outputEnd)
    return { inputBytes: this.#result(0) - INPUT, outputBytes: outputEnd - OUTPUT, count: this.#result(2) - offsetDelta }
  }

  /**
   * The values of a batch's records, which lie from `from` to `end`, each followed by the delimiter. null where there is more to it (a value that is
   * null, what is no record) or more of it than is taken at a time. Valid until the next call of any of these.
   */
  decodeValues(bytes: Buffer, from: number, end: number, batch: BatchShape, delimiter: number): Buffer | null {
    const { recordCount, lastOffsetDelta } = batch
    if (end - from > INPUT_BYTES || recordCount < 0 || lastOffsetDelta < 0) return null
    this.#exports.decodeValues(delimiter, INPUT, this.#take(bytes, from, end), recordCount, lastOffsetDelta)
    const outputEnd = this.#result(0)
    return outputEnd === 0 ? null : this.#bytes.subarray(OUTPUT, outputEnd)
  }

  /**
   * The hashes of a batch's keys, with `seed`, and the offset delta of each: four words for each record that has a key. null where the records cannot be
   * told apart, or are more than are taken at a time. Valid until the next call of any of these.
   */
  hashKeys(bytes: Buffer, from: number, end: number, batch: BatchShape, seed: Buffer): Int32Array<ArrayBuffer> | null {
    const { recordCount, lastOffsetDelta } = batch
    if (end - from > INPUT_BYTES || recordCount < 0 || recordCount * HASH_ENTRY_BYTES > OUTPUT_BYTES || lastOffsetDelta < 0) return null
    seed.copy(this.#bytes, SEED)
    const start = this.#startOf(bytes, from, end)
    this.#exports.hashKeys(start, start + end - from, recordCount, lastOffsetDelta)
    const outputEnd = this.#result(0)
    return outputEnd === 0 ? null : new Int32Array(this.#results.buffer, OUTPUT, (outputEnd - OUTPUT) / 4)
  }

  /** Whether a batch's records are sound and their offsets rise. False is not certain: they may have headers, or be more than is taken at a time. */
  areSound(bytes: Buffer, from: number, end: number, { recordCount, lastOffsetDelta }: BatchShape): boolean {
    if (end - from > INPUT_BYTES || recordCount < 0 || lastOffsetDelta < 0) return false
    const start = this.#startOf(bytes, from, end)
    this.#exports.checkRecords(start, start + end - from, recordCount, lastOffsetDelta)
    return this.#result(0) === 1
  }

  /** A buffer whose bytes `hashKeys` and `areSound` look at where they are, until it is given back; null while somebody else has it. */
  lend(): Buffer | null {
    if (this.#isLent) return null
    this.#isLent = true
    return this.#bytes.subarray(LENT, LENT + LENT_BYTES)
  }

  giveBack(): void {
    this.#isLent = false
  }

  /** Where the bytes are, at most INPUT_BYTES of them: copied to the input, unless they were lent. */
  #startOf(bytes: Buffer, from: number, end: number): number {
    if (bytes.buffer === this.#bytes.buffer) return bytes.byteOffset + from
    this.#take(bytes, from, end)
    return INPUT
  }

  /** Copies bytes to the input; returns where they end there. */
  #take(bytes: Buffer, from: number, end: number): number {
    return INPUT + bytes.copy(this.#bytes, INPUT, from, Math.min(end, from + INPUT_BYTES))
  }

  #result(index: number): number {
    return this.#results[index] as number
  }
}
