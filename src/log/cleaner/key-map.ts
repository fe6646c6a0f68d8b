// The first pass of compaction: the latest offset of each key in a stretch of the log.
import { decompress, OutputBuffer } from '../../bytes/compression/index.ts'
import { BATCH_HEADER_SIZE, type BatchHeader } from '../../record/batch-header.ts'
import { CorruptBatch } from '../../record/errors.ts'
import type { KeyHash } from './key-hash.ts'
import { LatestOffsets } from './latest-offsets.ts'
import { OffsetSet } from './offset-set.ts'

/** Of the memory, this part is for the set of records that stay, a bit for each offset. */
const SET_SHARE = 1 / 8
const MIN_SPAN = 1 << 16
/** Relative offsets stay below 2^32 - 1, and the set within one array. */
const MAX_SPAN = 2 ** 31
const MAX_DECOMPRESSED_BYTES = 1 << 30

export class KeyMap {
  /** Records before it, from the first offset on, are mapped; those from it on stay whatever their key is. */
  endOffset: bigint
  /** Records without a key that were seen. */
  keylessRecords = 0
  readonly firstOffset: bigint
  readonly #latest: LatestOffsets
  readonly #maxSpan: number
  readonly #decompressed = new OutputBuffer()
  #isFull = false
  #live = new OffsetSet(0)
  #span = 0
  /** Of the record that is read. */
  #position = 0
  #offsetDelta = 0
  #keyStart = 0
  #keyEnd = 0

  /**
   * For records from `firstOffset` on.
   * @param maxBytes of memory; Infinity: as many as it needs
   */
  constructor(hash: KeyHash, maxBytes: number, firstOffset: bigint) {
    this.#latest = new LatestOffsets(hash, maxBytes * (1 - SET_SHARE))
    this.#maxSpan = Math.min(MAX_SPAN, Math.max(MIN_SPAN, 8 * maxBytes * SET_SHARE))
    this.firstOffset = firstOffset
    this.endOffset = firstOffset
  }

  /** Whether no more fits: what is left has to wait for another round. */
  get isFull(): boolean {
    return this.#isFull
  }

  get keyCount(): number {
    return this.#latest.size
  }

  /** Takes the keys of a batch, up to the record that does not fit. @throws CorruptBatch */
  addBatch(header: BatchHeader, bytes: Buffer, at: number): void {
    if (header.recordCount === 0) return this.skipTo(header.nextOffset)
    const base = this.relative(header.baseOffset)
    const records = this.#open(header, bytes, at)
    const end = header.codec === 0 ? at + header.sizeInBytes : records.length
    for (let index = 0; index < header.recordCount; index++) {
      this.#readKey(records, end)
      if (this.#offsetDelta < 0 || this.#offsetDelta > header.lastOffsetDelta)
        throw new CorruptBatch(`offset delta ${this.#offsetDelta} is outside its batch`)
      const offset = base + this.#offsetDelta
      if (offset < 0) continue
      if (offset >= this.#maxSpan || !this.#add(records, offset)) {
        this.#isFull = true
        this.endOffset = this.firstOffset + BigInt(offset)
        return
      }
    }
    if (this.#position !== end) throw new CorruptBatch(`${end - this.#position} bytes follow the last record`)
    this.skipTo(header.nextOffset)
  }

  /** Up to `offset` there are no more keys to take. */
  skipTo(offset: bigint): void {
    if (offset <= this.endOffset || this.#isFull) return
    this.endOffset = offset
    if (offset - this.firstOffset < BigInt(this.#maxSpan)) return
    this.endOffset = this.firstOffset + BigInt(this.#maxSpan)
    this.#isFull = true
  }

  /** Ends the first pass; before it nothing can be asked. */
  finish(): void {
    this.#span = Number(this.endOffset - this.firstOffset)
    this.#live = new OffsetSet(this.#span)
    this.#latest.forEach((offset) => {
      if (offset < this.#span) this.#live.add(offset)
    })
  }

  /** The offset less the first one: what `isLatest` and `hasLatest` take. */
  relative(offset: bigint): number {
    return Number(offset - this.firstOffset)
  }

  /** Whether the first pass came to the record; else it stays as it is. */
  isMapped(offset: number): boolean {
    return offset < this.#span
  }

  /** False is certain: none of the records from `first` to `last` is the latest of its key. */
  hasLatest(first: number, last: number): boolean {
    return first < 0 || last >= this.#span || this.#live.hasNear(first, last)
  }

  /** Whether nothing later than the record has its key. Records without one are nobody's. @param keyStart -1 for null */
  isLatest(offset: number, bytes: Buffer, keyStart: number, keyEnd: number): boolean {
    if (offset >= this.#span) return true
    if (keyStart < 0) return false
    return offset >= 0 ? this.#live.has(offset) : this.#latest.get(bytes, keyStart, keyEnd) < 0
  }

  #add(records: Buffer, offset: number): boolean {
    if (this.#keyStart >= 0) return this.#latest.put(records, this.#keyStart, this.#keyEnd, offset)
    this.keylessRecords++
    return true
  }

  #open(header: BatchHeader, bytes: Buffer, at: number): Buffer {
    const start = at + BATCH_HEADER_SIZE
    if (header.codec === 0) {
      this.#position = start
      return bytes
    }
    this.#position = 0
    try {
      return decompress(header.codec, bytes.subarray(start, at + header.sizeInBytes), MAX_DECOMPRESSED_BYTES, this.#decompressed)
    } catch (error) {
      throw new CorruptBatch(`records do not decompress: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  /** Reads offset and key of the record at the present position, and goes to the next one (see record-cursor.ts). */
  #readKey(bytes: Buffer, end: number): void {
    const length = this.#varint(bytes)
    const recordEnd = this.#position + length
    if (length < 0 || recordEnd > end) throw new CorruptBatch(`record of ${length} bytes goes beyond its batch`)
    this.#position++ // attributes
    while ((bytes[this.#position++] as number) >= 0x80); // timestamp delta
    this.#offsetDelta = this.#varint(bytes)
    const keyLength = this.#varint(bytes)
    this.#keyStart = keyLength < 0 ? -1 : this.#position
    this.#keyEnd = this.#position + keyLength
    if (keyLength < -1 || this.#position > recordEnd || this.#keyEnd > recordEnd) throw new CorruptBatch('key goes beyond its record')
    this.#position = recordEnd
  }

  #varint(bytes: Buffer): number {
    const first = bytes[this.#position++] as number
    if (first < 0x80) return (first >>> 1) ^ -(first & 1)
    let raw = first & 0x7f
    for (let shift = 7; shift <= 28; shift += 7) {
      const byte = bytes[this.#position++] as number
      raw |= (byte & 0x7f) << shift
      if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1)
    }
    throw new CorruptBatch('varint of more than 5 bytes')
  }
}
