// Writes what stays of a batch: its header, with base and last offset, producer and leader epoch as they were, and the records that
// stay, as they were. Only where the batch gets a delete horizon, which takes the place of its base timestamp, are their time deltas written anew.
import { compress, OutputBuffer } from '../../bytes/compression/index.ts'
import { crc32c } from '../../bytes/crc32c.ts'
import { MAX_VARINT_SIZE, MAX_VARLONG_SIZE, varlongSizeExact, writeVarint, writeVarlongExact } from '../../bytes/varint.ts'
import {
  ATTRIBUTES_OFFSET,
  BATCH_HEADER_SIZE,
  type BatchHeader,
  CODEC_MASK,
  CRC_OFFSET,
  DELETE_HORIZON_BIT,
  LOG_OVERHEAD,
} from '../../record/batch-header.ts'
import { RecordCursor } from '../../record/record-cursor.ts'

const NO_TIMESTAMP = -1n
const MAX_INT64 = 2n ** 63n - 1n

export class BatchRewriter {
  /** The batch, once it is written; valid until the next call. */
  bytes: Buffer = Buffer.alloc(0)
  /** Whether one of the records that `filter` kept is a tombstone. */
  hasTombstones = false
  readonly #cursor = new RecordCursor()
  readonly #records = new OutputBuffer()
  readonly #compressed = new OutputBuffer()
  readonly #batch = new OutputBuffer()
  #recordCount = 0
  #maxTimestamp = NO_TIMESTAMP
  /** Among those that are numbers. */
  #maxDelta = Number.NEGATIVE_INFINITY

  /** Gathers the records that stay, for `finish`. Returns how many. @throws CorruptBatch */
  filter(header: BatchHeader, bytes: Buffer, at: number, isKept: (cursor: RecordCursor) => boolean): number {
    const cursor = this.#cursor
    cursor.open(bytes, at, header)
    this.#begin()
    let runStart = recordsStart(header, at)
    let recordStart = runStart
    while (cursor.next()) {
      if (isKept(cursor)) this.#note(cursor)
      else {
        this.#records.append(cursor.bytes, runStart, recordStart)
        runStart = cursor.recordEnd
      }
      recordStart = cursor.recordEnd
    }
    // Where all stay, nobody needs them here.
    if (this.#recordCount < header.recordCount) this.#records.append(cursor.bytes, runStart, recordStart)
    return this.#recordCount
  }

  /** Writes the batch with the records that `filter` kept. */
  finish(header: BatchHeader, bytes: Buffer, at: number): void {
    this.#write(header, bytes, at, header.attributes, header.baseTimestamp)
  }

  /** Writes the batch with the records that stay and a delete horizon. @throws CorruptBatch */
  setHorizon(header: BatchHeader, bytes: Buffer, at: number, horizonMs: bigint, isKept: (cursor: RecordCursor) => boolean): void {
    const horizon = horizonMs < MAX_INT64 ? horizonMs : MAX_INT64
    const cursor = this.#cursor
    cursor.open(bytes, at, header)
    this.#begin()
    let recordStart = recordsStart(header, at)
    while (cursor.next()) {
      if (isKept(cursor)) {
        this.#note(cursor)
        this.#copyWithDelta(cursor, recordStart, BigInt.asIntN(64, cursor.timestamp - horizon))
      }
      recordStart = cursor.recordEnd
    }
    this.#write(header, bytes, at, header.attributes | DELETE_HORIZON_BIT, horizon)
  }

  /** Writes the batch without records: it still tells its producer's sequence and where it ends. */
  empty(header: BatchHeader, bytes: Buffer, at: number): void {
    this.#begin()
    this.#maxTimestamp = header.maxTimestamp
    this.#write(header, bytes, at, header.attributes & ~(CODEC_MASK | DELETE_HORIZON_BIT), NO_TIMESTAMP)
  }

  #begin(): void {
    this.#records.begin(0, Infinity)
    this.#recordCount = 0
    this.#maxTimestamp = NO_TIMESTAMP
    this.#maxDelta = Number.NEGATIVE_INFINITY
    this.hasTombstones = false
  }

  #note(cursor: RecordCursor): void {
    this.#recordCount++
    if (cursor.valueStart < 0) this.hasTombstones = true
    const { timestampDelta } = cursor
    if (timestampDelta > this.#maxDelta) this.#maxDelta = timestampDelta
    else if (Number.isNaN(timestampDelta)) this.#noteTimestamp(cursor.timestamp)
  }

  #noteTimestamp(timestamp: bigint): void {
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
  }

  /** length · attributes · time delta · the rest as it is */
  #copyWithDelta({ bytes, recordEnd }: RecordCursor, recordStart: number, delta: bigint): void {
    const attributesAt = afterVarint(bytes, recordStart)
    const restAt = afterVarint(bytes, attributesAt + 1)
    const length = 1 + varlongSizeExact(delta) + (recordEnd - restAt)
    const records = this.#records
    records.reserve(MAX_VARINT_SIZE + 1 + MAX_VARLONG_SIZE)
    let at = writeVarint(records.bytes, records.length, length)
    records.bytes[at++] = bytes[attributesAt] as number
    at = writeVarlongExact(records.bytes, at, delta)
    records.length = at
    records.append(bytes, restAt, recordEnd)
  }

  #write(header: BatchHeader, bytes: Buffer, at: number, attributes: number, baseTimestamp: bigint): void {
    const codec = attributes & CODEC_MASK
    if (Number.isFinite(this.#maxDelta)) this.#noteTimestamp(header.baseTimestamp + BigInt(this.#maxDelta))
    const records = this.#records.result()
    const body = codec === 0 ? records : compress(codec, records, undefined, this.#compressed)
    const batch = this.#batch
    batch.begin(BATCH_HEADER_SIZE + body.length, Infinity)
    batch.append(bytes, at, at + BATCH_HEADER_SIZE)
    batch.append(body, 0, body.length)
    const written = batch.result()
    written.writeInt32BE(written.length - LOG_OVERHEAD, 8)
    written.writeInt16BE(attributes, ATTRIBUTES_OFFSET)
    written.writeBigInt64BE(baseTimestamp, 27)
    written.writeBigInt64BE(header.timestampType === 'LogAppendTime' ? header.maxTimestamp : this.#maxTimestamp, 35)
    written.writeInt32BE(this.#recordCount, 57)
    written.writeUInt32BE(crc32c(written, ATTRIBUTES_OFFSET), CRC_OFFSET)
    this.bytes = written
  }
}

/** Where the first record lies in the bytes of a cursor that is open on the batch at `at`. */
function recordsStart(header: BatchHeader, at: number): number {
  return header.codec === 0 ? at + BATCH_HEADER_SIZE : 0
}

function afterVarint(bytes: Buffer, at: number): number {
  let end = at
  while ((bytes[end++] as number) >= 0x80);
  return end
}
