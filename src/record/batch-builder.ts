// Builds record batches (format v2, see batch-header.ts) straight from input bytes into one reused slab. A record is
// encoded where it will stay; nothing is allocated per record. Batches follow each other in the slab, so that several are
// appended with one write.
import { compress, OutputBuffer } from '../bytes/compression/index.ts'
import { Copier, viewOf } from '../bytes/compression/ranges.ts'
import { crc32c } from '../bytes/crc32c.ts'
import { varintSize, varlongSize, varlongSizeExact, writeVarint, writeVarlong, writeVarlongExact } from '../bytes/varint.ts'
import {
  ATTRIBUTES_OFFSET,
  BATCH_HEADER_SIZE,
  CRC_OFFSET,
  LOG_OVERHEAD,
  MAGIC_OFFSET,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
} from './batch-header.ts'
import { type EncodedLines, recordKernel } from './kernel/record-kernel.ts'

/** Upper bound of what a record needs besides key, value and headers: attributes, five varints and a varlong. */
const RECORD_OVERHEAD = 1 + 5 * 5 + 10
/** Lines in a buffer. Whoever appends some of them moves `at` on to the first that is left, and counts them. */
export interface Lines {
  readonly bytes: Buffer
  /** The byte that ends a line. */
  readonly delimiter: number
  at: number
  end: number
  count: number
}

export interface BatchBuilderOptions {
  /** Uncompressed size at which a batch is full; a larger single record gets a batch of its own. */
  readonly batchBytes: number
  /** Bytes of batches to gather before they have to be taken; `batchBytes` or more. Default: one batch. */
  readonly slabBytes?: number
  /** Codec id: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec: number
  readonly compressionLevel?: number | undefined
}

export class BatchBuilder {
  readonly #batchBytes: number
  readonly #slabBytes: number
  readonly #codec: number
  readonly #compressionLevel: number | undefined
  /** Reused from batch to batch. */
  readonly #compressed = new OutputBuffer()
  readonly #keys = new Copier()
  readonly #values = new Copier()
  #slab: Buffer
  #view: DataView
  /** Where the batch under way begins in the slab; finished ones lie before it. */
  #start = 0
  #position = BATCH_HEADER_SIZE
  #finishedRecords = 0
  /** Of the batch under way. */
  #recordCount = 0
  #baseTimestamp = 0n
  /** The base as a number, or NaN where a number is not exact. */
  #baseNumber = 0
  #maxDelta = 0
  /** The largest of the timestamps whose delta did not fit a number. */
  #maxExact: bigint | null = null

  constructor(options: BatchBuilderOptions) {
    this.#batchBytes = options.batchBytes
    this.#slabBytes = Math.max(options.slabBytes ?? 0, options.batchBytes)
    this.#codec = options.codec
    this.#compressionLevel = options.compressionLevel
    this.#slab = Buffer.allocUnsafeSlow(this.#slabBytes)
    this.#view = viewOf(this.#slab)
  }

  /** Records in all batches that `build` would give. */
  get recordCount(): number {
    return this.#finishedRecords + this.#recordCount
  }

  /**
   * Appends a record; false when it does not fit and what there is must be built first. A start of -1 means null.
   * @param timestampMs a safe integer, or any int64 as bigint
   * @param headers the encoded header section (`HeadersWriter`), or null for none
   */
  append(
    timestampMs: number | bigint,
    key: Buffer,
    keyStart: number,
    keyEnd: number,
    value: Buffer,
    valueStart: number,
    valueEnd: number,
    headers: Buffer | null,
  ): boolean {
    const keyLength = keyStart < 0 ? -1 : keyEnd - keyStart
    const valueLength = valueStart < 0 ? -1 : valueEnd - valueStart
    const headersLength = headers === null ? 1 : headers.length
    const payload = (keyLength > 0 ? keyLength : 0) + (valueLength > 0 ? valueLength : 0) + headersLength
    if (this.#position + payload + RECORD_OVERHEAD > this.#start + this.#batchBytes && !this.#makeRoom(payload)) return false

    if (this.#recordCount === 0) this.#setBase(timestampMs)
    const delta = typeof timestampMs === 'number' ? timestampMs - this.#baseNumber : Number.NaN
    const exact = Number.isSafeInteger(delta) ? null : this.#exactDelta(BigInt(timestampMs))
    if (delta > this.#maxDelta && exact === null) this.#maxDelta = delta

    const offsetDelta = this.#recordCount++
    const slab = this.#slab
    const bodySize =
      1 + // attributes
      (exact === null ? varlongSize(delta) : varlongSizeExact(exact)) +
      varintSize(offsetDelta) +
      varintSize(keyLength) +
      varintSize(valueLength) +
      payload
    let at = writeVarint(slab, this.#position, bodySize)
    slab[at++] = 0
    at = exact === null ? writeVarlong(slab, at, delta) : writeVarlongExact(slab, at, exact)
    at = writeVarint(slab, at, offsetDelta)
    at = writeVarint(slab, at, keyLength)
    if (keyLength > 0) {
      this.#keys.copy(key, keyStart, keyEnd, slab, this.#view, at)
      at += keyLength
    }
    at = writeVarint(slab, at, valueLength)
    if (valueLength > 0) {
      this.#values.copy(value, valueStart, valueEnd, slab, this.#view, at)
      at += valueLength
    }
    if (headers === null) slab[at++] = 0
    else at += headers.copy(slab, at)
    this.#position = at
    return true
  }

  /**
   * Appends lines as values without key and headers, as long as nothing has to be decided: it stops before a line that would be
   * the first of its batch, does not fit, or has no end, which is for `append`. Few lines are for `append` too.
   * @param timestampMs of all of them; a safe integer
   */
  appendLines(timestampMs: number, lines: Lines): void {
    const delta = timestampMs - this.#baseNumber
    if (this.#recordCount === 0 || !Number.isSafeInteger(delta)) return
    const kernel = recordKernel(lines.end - lines.at)
    if (kernel === null) return
    const countBefore = lines.count
    let encoded: EncodedLines
    do {
      const room = this.#start + this.#batchBytes - RECORD_OVERHEAD - this.#position
      encoded = kernel.encodeLines(lines, { into: this.#slab, to: this.#position, room, delta, offsetDelta: this.#recordCount })
      lines.at += encoded.inputBytes
      lines.count += encoded.count
      this.#position += encoded.outputBytes
      this.#recordCount += encoded.count
    } while (encoded.count > 0)
    if (lines.count > countBefore && delta > this.#maxDelta) this.#maxDelta = delta
  }

  /**
   * Finishes the batches and starts over. Their offsets go on from one to the next, from 0 (a log sets its own with `placeBatch`).
   * @returns the batches, one after the other; they may lie in the slab, so they are valid only until the next `append`
   */
  build(): Buffer {
    if (this.recordCount === 0) throw new Error('a batch needs a record')
    if (this.#recordCount > 0) this.#finishBatch()
    const batches = this.#slab.subarray(0, this.#start)
    this.#reset()
    return batches
  }

  /** Closes the batch under way: compresses it, writes its header; the next one begins after it. */
  #finishBatch(): void {
    const recordsAt = this.#start + BATCH_HEADER_SIZE
    if (this.#codec !== 0) {
      const compressed = compress(this.#codec, this.#slab.subarray(recordsAt, this.#position), this.#compressionLevel, this.#compressed)
      // Incompressible input grows a little.
      if (recordsAt + compressed.length > this.#slab.length) this.#grow(recordsAt + compressed.length)
      compressed.copy(this.#slab, recordsAt)
      this.#position = recordsAt + compressed.length
    }
    this.#writeHeader(this.#slab.subarray(this.#start, this.#position))
    this.#start = this.#position
    this.#position += BATCH_HEADER_SIZE
    this.#finishedRecords += this.#recordCount
    this.#recordCount = 0
    this.#maxDelta = 0
    this.#maxExact = null
  }

  #writeHeader(batch: Buffer): void {
    batch.writeBigInt64BE(BigInt(this.#finishedRecords), 0)
    batch.writeInt32BE(batch.length - LOG_OVERHEAD, 8)
    batch.writeInt32BE(-1, 12)
    batch[MAGIC_OFFSET] = 2
    batch.writeInt16BE(this.#codec, ATTRIBUTES_OFFSET)
    batch.writeInt32BE(this.#recordCount - 1, 23)
    batch.writeBigInt64BE(this.#baseTimestamp, 27)
    batch.writeBigInt64BE(this.#maxTimestamp(), 35)
    batch.writeBigInt64BE(NO_PRODUCER_ID, 43)
    batch.writeInt16BE(-1, 51)
    batch.writeInt32BE(NO_SEQUENCE, 53)
    batch.writeInt32BE(this.#recordCount, 57)
    batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_OFFSET, batch.length), CRC_OFFSET)
  }

  #maxTimestamp(): bigint {
    const max = this.#baseTimestamp + BigInt(this.#maxDelta)
    return this.#maxExact !== null && this.#maxExact > max ? this.#maxExact : max
  }

  #setBase(timestampMs: number | bigint): void {
    this.#baseTimestamp = BigInt(timestampMs)
    const base = Number(timestampMs)
    this.#baseNumber = Number.isSafeInteger(base) ? base : Number.NaN
  }

  /** Kafka computes deltas in wrapping int64 arithmetic, so that any two timestamps fit one batch. */
  #exactDelta(timestampMs: bigint): bigint {
    if (this.#maxExact === null || timestampMs > this.#maxExact) this.#maxExact = timestampMs
    return BigInt.asIntN(64, timestampMs - this.#baseTimestamp)
  }

  /** The batch under way is full: makes room for the record in another one, or in a larger slab when it is alone. */
  #makeRoom(payload: number): boolean {
    const needed = payload + RECORD_OVERHEAD
    if (this.#recordCount > 0) {
      // What a batch shrinks to by compression is not known before, so room for a whole one is asked for.
      const roomAfter = this.#slab.length - this.#position - BATCH_HEADER_SIZE
      if (roomAfter < Math.max(needed, this.#batchBytes - BATCH_HEADER_SIZE)) return false
      this.#finishBatch()
    }
    if (this.#position + needed <= this.#slab.length) return true
    if (this.#start > 0) return false
    this.#grow(this.#position + needed)
    return true
  }

  #grow(bytes: number): void {
    const grown = Buffer.allocUnsafeSlow(bytes)
    this.#slab.copy(grown, 0, 0, this.#position)
    this.#slab = grown
    this.#view = viewOf(grown)
  }

  #reset(): void {
    this.#start = 0
    this.#position = BATCH_HEADER_SIZE
    this.#finishedRecords = 0
    // One huge record must not keep its memory for good.
    if (this.#slab.length <= 4 * this.#slabBytes) return
    this.#slab = Buffer.allocUnsafeSlow(this.#slabBytes)
    this.#view = viewOf(this.#slab)
  }
}
