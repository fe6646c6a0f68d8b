// Walks the records of one batch without making an object per record: fields are positions in `bytes`.
//
//   record: length varint · attributes int8 · timestampDelta varlong · offsetDelta varint
//           · keyLength varint · key · valueLength varint · value · headerCount varint · headers
//   header: keyLength varint · key · valueLength varint · value            (all varints zigzag; length -1 is null)
import { decompress, OutputBuffer } from '../bytes/compression/index.ts'
import { type BatchHeader, BATCH_HEADER_SIZE } from './batch-header.ts'
import { CorruptBatch } from './errors.ts'

/** A batch that claims to unfold to more than this is refused. */
const MAX_DECOMPRESSED_BYTES = 1 << 30

const EMPTY = Buffer.alloc(0)

export class RecordCursor {
  /** The batch's records, decompressed; all positions below refer to it. Valid until the next `open`. */
  bytes: Buffer = EMPTY
  offsetDelta = 0
  /** -1: the key is null. */
  keyStart = -1
  keyEnd = -1
  /** -1: the value is null (a tombstone). */
  valueStart = -1
  valueEnd = -1
  headerCount = 0
  /** Position of the first header; they end at `recordEnd`. */
  headersStart = 0
  recordEnd = 0

  /** Reused from batch to batch. */
  readonly #decompressed = new OutputBuffer()
  #header: BatchHeader | null = null
  #timestampDelta = 0
  /** Set where the delta does not fit a number exactly. */
  #largeTimestampDelta: bigint | null = null
  #position = 0
  #end = 0
  #remaining = 0

  /** Starts at the first record of the whole, checked batch at `at`. @throws CorruptBatch when it does not decompress */
  open(batch: Buffer, at: number, header: BatchHeader): void {
    this.#header = header
    this.#remaining = header.recordCount
    const start = at + BATCH_HEADER_SIZE
    const end = at + header.sizeInBytes
    // An emptied batch (kept by the cleaner for its producer's sequence) has nothing to decompress.
    if (header.codec === 0 || header.recordCount === 0) {
      this.bytes = batch
      this.#position = start
      this.#end = end
      return
    }
    try {
      this.bytes = decompress(header.codec, batch.subarray(start, end), MAX_DECOMPRESSED_BYTES, this.#decompressed)
    } catch (error) {
      throw new CorruptBatch(`records do not decompress: ${error instanceof Error ? error.message : String(error)}`)
    }
    this.#position = 0
    this.#end = this.bytes.length
  }

  /** Where the records lie that `next` has not come to. */
  get restStart(): number {
    return this.#position
  }

  get restEnd(): number {
    return this.#end
  }

  /** Passes over the records that are left, which somebody else has read and found whole. */
  skipRest(): void {
    this.#position = this.#end
    this.#remaining = 0
  }

  get header(): BatchHeader {
    if (this.#header === null) throw new Error('cursor is not open')
    return this.#header
  }

  get offset(): bigint {
    return this.header.baseOffset + BigInt(this.offsetDelta)
  }

  /** Milliseconds, exact over the whole int64 range; the batch's own time under LogAppendTime. */
  get timestamp(): bigint {
    const header = this.header
    if (header.timestampType === 'LogAppendTime') return header.maxTimestamp
    return BigInt.asIntN(64, header.baseTimestamp + (this.#largeTimestampDelta ?? BigInt(this.#timestampDelta)))
  }

  /** The delta as a number, or NaN where only `timestamp` is exact. */
  get timestampDelta(): number {
    return this.#largeTimestampDelta === null ? this.#timestampDelta : Number.NaN
  }

  /** Moves to the next record; false after the last. @throws CorruptBatch when lengths and counts disagree */
  next(): boolean {
    if (this.#remaining === 0) {
      if (this.#position !== this.#end) throw new CorruptBatch(`${this.#end - this.#position} bytes follow the last record`)
      return false
    }
    this.#remaining--
    const length = this.#varint()
    const recordEnd = this.#position + length
    if (length < 0 || recordEnd > this.#end) throw new CorruptBatch(`record of ${length} bytes goes beyond its batch`)
    this.recordEnd = recordEnd
    this.#position++ // attributes, unused
    this.#readTimestampDelta()
    this.offsetDelta = this.#varint()
    const keyLength = this.#varint()
    if (keyLength < 0) {
      if (keyLength !== -1) throw new CorruptBatch(`key length ${keyLength}`)
      this.keyStart = this.keyEnd = -1
    } else {
      this.keyStart = this.#position
      this.keyEnd = this.#position += keyLength
    }
    if (this.#position > recordEnd) throw new CorruptBatch('key goes beyond its record')
    const valueLength = this.#varint()
    if (valueLength < 0) {
      if (valueLength !== -1) throw new CorruptBatch(`value length ${valueLength}`)
      this.valueStart = this.valueEnd = -1
    } else {
      this.valueStart = this.#position
      this.valueEnd = this.#position += valueLength
    }
    if (this.#position > recordEnd) throw new CorruptBatch('value goes beyond its record')
    this.headerCount = this.#varint()
    this.headersStart = this.#position
    if (this.headerCount < 0 || this.#position > recordEnd) throw new CorruptBatch(`header count ${this.headerCount}`)
    if (this.headerCount === 0 && this.#position !== recordEnd) throw new CorruptBatch('record is longer than its fields')
    this.#position = recordEnd
    this.#checkOffset()
    return true
  }

  #checkOffset(): void {
    if (this.offsetDelta < 0 || this.offsetDelta > this.header.lastOffsetDelta)
      throw new CorruptBatch(`offset delta ${this.offsetDelta} is outside its batch`)
  }

  /** Reads past the end give `undefined`, which ends the number; the callers' bounds checks then refuse it. */
  #varint(): number {
    const { bytes } = this
    const at = this.#position
    const first = bytes[at] ?? 0
    if (first < 0x80) {
      this.#position = at + 1
      return (first >>> 1) ^ -(first & 1)
    }
    const second = bytes[at + 1] ?? 0
    if (second >= 0x80) return this.#longVarint()
    this.#position = at + 2
    return (((first & 0x7f) | (second << 7)) >>> 1) ^ -(first & 1)
  }

  #longVarint(): number {
    let raw = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.bytes[this.#position++] ?? 0
      raw |= (byte & 0x7f) << shift
      if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1)
    }
    throw new CorruptBatch('varint of more than 5 bytes')
  }

  #readTimestampDelta(): void {
    const start = this.#position
    const byte = this.bytes[start] ?? 0
    this.#largeTimestampDelta = null
    if (byte < 0x80) {
      this.#timestampDelta = (byte >>> 1) ^ -(byte & 1)
      this.#position = start + 1
      return
    }
    this.#readLongTimestampDelta(start)
  }

  #readLongTimestampDelta(start: number): void {
    const bytes = this.bytes
    let position = start
    let raw = 0
    let factor = 1
    // Seven groups of seven bits stay exact in a number.
    while (position - start < 7) {
      const byte = bytes[position++] ?? 0
      raw += (byte & 0x7f) * factor
      factor *= 128
      if (byte < 0x80) {
        this.#timestampDelta = raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2
        this.#position = position
        return
      }
    }
    let wide = BigInt(raw)
    for (let shift = 49n; ; shift += 7n) {
      if (shift > 63n) throw new CorruptBatch('varint of more than 10 bytes')
      const byte = bytes[position++] ?? 0
      wide |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    wide = BigInt.asUintN(64, wide)
    this.#largeTimestampDelta = BigInt.asIntN(64, (wide >> 1n) ^ -(wide & 1n))
    this.#position = position
  }
}

/** Walks the headers of a cursor's present record. */
export class HeaderCursor {
  keyStart = 0
  keyEnd = 0
  /** -1: the value is null. */
  valueStart = -1
  valueEnd = -1

  #bytes: Buffer = EMPTY
  #position = 0
  #end = 0
  #remaining = 0

  open(record: RecordCursor): void {
    this.#bytes = record.bytes
    this.#position = record.headersStart
    this.#end = record.recordEnd
    this.#remaining = record.headerCount
  }

  /** @throws CorruptBatch */
  next(): boolean {
    if (this.#remaining === 0) {
      if (this.#position !== this.#end) throw new CorruptBatch('record is longer than its headers')
      return false
    }
    this.#remaining--
    const keyLength = this.#length('header key')
    if (keyLength < 0) throw new CorruptBatch('header key is null')
    this.keyStart = this.#position
    this.keyEnd = this.#position += keyLength
    const valueLength = this.#length('header value')
    this.valueStart = valueLength < 0 ? -1 : this.#position
    this.valueEnd = valueLength < 0 ? -1 : (this.#position += valueLength)
    return true
  }

  #length(what: string): number {
    let raw = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.#bytes[this.#position++] ?? 0
      raw |= (byte & 0x7f) << shift
      if (byte >= 0x80) continue
      const length = (raw >>> 1) ^ -(raw & 1)
      if (length < -1 || this.#position + length > this.#end) throw new CorruptBatch(`${what} goes beyond its record`)
      return length
    }
    throw new CorruptBatch('varint of more than 5 bytes')
  }
}
