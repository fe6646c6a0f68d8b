// The first pass of compaction: the latest offset of each key in a stretch of the log.
import { decompress, OutputBuffer } from '../../bytes/compression/index.ts'
import { BATCH_HEADER_SIZE, type BatchHeader } from '../../record/batch-header.ts'
import { CorruptBatch } from '../../record/errors.ts'
import { recordKernel } from '../../record/kernel/record-kernel.ts'
import type { KeyHash } from './key-hash.ts'
import { LatestOffsets } from './latest-offsets.ts'
import { OffsetSet } from './offset-set.ts'

/** Of the memory, this part is for the set of records that stay, a bit for each offset. */
const SET_SHARE = 1 / 8
const MIN_SPAN = 1 << 16
/** Relative offsets stay below 2^32 - 1, and the set within one array. */
const MAX_SPAN = 2 ** 31
/** Three of the hash, and the offset delta. */
const HASH_ENTRY_WORDS = 4
const MAX_DECOMPRESSED_BYTES = 1 << 30

export class KeyMap {
  /** Records before it, from the first offset on, are mapped; those from it on stay whatever their key is. */
  endOffset: bigint
  /** Records without a key that were seen. */
  keylessRecords = 0
  /** Offsets are relative to it. */
  firstOffset: bigint
  readonly #seed: Buffer
  readonly #latest: LatestOffsets
  readonly #maxSpan: number
  readonly #decompressed = new OutputBuffer()
  #isFull = false
  #live = new OffsetSet(0)
  #span = 0
  /** Of the record that is read. */
  #position = 0

  /**
   * For records from `firstOffset` on.
   * @param maxBytes of memory; Infinity: as many as it needs
   */
  constructor(hash: KeyHash, maxBytes: number, firstOffset: bigint) {
    this.#seed = hash.seed
    this.#latest = new LatestOffsets(hash, maxBytes * (1 - SET_SHARE))
    this.#maxSpan = Math.min(MAX_SPAN, Math.max(MIN_SPAN, 8 * maxBytes * SET_SHARE))
    this.firstOffset = firstOffset
    this.endOffset = firstOffset
  }

  /** Whether no more fits: what is left has to wait for another round. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** Takes the keys of a batch, up to the record that does not fit. @throws CorruptBatch */
  addBatch(header: BatchHeader, bytes: Buffer, at: number): void {
    if (header.recordCount === 0) return this.skipTo(header.nextOffset)
    const records = this.#open(header, bytes, at)
    const end = header.codec === 0 ? at + header.sizeInBytes : records.length
    if (!this.#addAtOnce(header, records, end) && !this.#addRecords(header, records, end)) this.#isFull = true
    else this.skipTo(header.nextOffset)
  }

  /** False where that has to be done one by one: what is damaged, does not fit, or is not all of it new. */
  #addAtOnce(header: BatchHeader, bytes: Buffer, end: number): boolean {
    const { baseOffset, lastOffsetDelta, recordCount } = header
    const base = this.relative(baseOffset)
    if (base < 0 || base + lastOffsetDelta >= this.#maxSpan) return false
    const start = this.#position
    const entries = recordKernel(end - start)?.hashKeys(bytes, start, end, header, this.#seed) ?? null
    if (entries === null || !this.#latest.putHashed(entries, base)) return false
    this.keylessRecords += recordCount - entries.length / HASH_ENTRY_WORDS
    return true
  }

  /** False where one does not fit. Reads no more of a record than its offset and key (see record-cursor.ts). */
  #addRecords({ baseOffset, lastOffsetDelta, recordCount }: BatchHeader, bytes: Buffer, end: number): boolean {
    const base = this.relative(baseOffset)
    let position = this.#position
    for (let index = 0; index < recordCount; index++) {
      this.#position = position
      const recordEnd = this.#varint(bytes) + this.#position
      if (recordEnd < this.#position || recordEnd > end) throw new CorruptBatch('a record goes beyond its batch')
      position = this.#position + 1 // attributes
      while ((bytes[position++] as number) >= 0x80); // timestamp delta
      this.#position = position
      const offsetDelta = this.#varint(bytes)
      if (offsetDelta < 0 || offsetDelta > lastOffsetDelta) throw new CorruptBatch(`offset delta ${offsetDelta} is outside its batch`)
      const keyLength = this.#varint(bytes)
      const keyStart = this.#position
      if (keyLength < -1 || keyStart + keyLength > recordEnd) throw new CorruptBatch('key goes beyond its record')
      position = recordEnd
      const offset = base + offsetDelta
      if (offset < 0) continue
      if (offset >= this.#maxSpan || (keyLength >= 0 && !this.#latest.put(bytes, keyStart, keyStart + keyLength, offset))) {
        this.endOffset = this.firstOffset + BigInt(offset)
        return false
      }
      if (keyLength < 0) this.keylessRecords++
    }
    if (position !== end) throw new CorruptBatch(`${end - position} bytes follow the last record`)
    return true
  }

  /** Up to `offset` there are no more keys to take. */
  skipTo(offset: bigint): void {
    if (offset <= this.endOffset || this.#isFull) return
    this.endOffset = offset
    // Offsets that no key was taken of cost nothing, however many they are.
    if (this.#latest.size === 0) this.firstOffset = offset
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
