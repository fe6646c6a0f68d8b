// The header of a record batch, format v2 (KIP-98), big endian:
//
//    0 baseOffset            int64     17 crc                uint32    43 producerId     int64
//    8 batchLength           int32     21 attributes         int16     51 producerEpoch  int16
//   12 partitionLeaderEpoch  int32     23 lastOffsetDelta    int32     53 baseSequence   int32
//   16 magic                 int8      27 baseTimestamp      int64     57 recordCount    int32
//                                      35 maxTimestamp       int64     61 records …
//
// batchLength counts what follows it. The CRC-32C covers everything from the attributes on, so that a broker may set the
// base offset and the leader epoch of a stored batch without touching it.
// Attributes: bits 0-2 codec, 3 timestamp type, 4 transactional, 5 control, 6 delete horizon (KIP-534).
import { crc32c } from '../bytes/crc32c.ts'
import { CorruptBatch, UnsupportedMagic } from './errors.ts'

/** Bytes of baseOffset and batchLength, which every message format starts with. */
export const LOG_OVERHEAD = 12
/** Bytes before the first record. */
export const BATCH_HEADER_SIZE = 61
export const MAGIC_OFFSET = 16
export const CRC_OFFSET = 17
export const ATTRIBUTES_OFFSET = 21

export const NO_PRODUCER_ID = -1n
export const NO_SEQUENCE = -1

export const CODEC_MASK = 0x07
const TIMESTAMP_TYPE_BIT = 0x08
export const TRANSACTIONAL_BIT = 0x10
export const CONTROL_BIT = 0x20
export const DELETE_HORIZON_BIT = 0x40

export class BatchHeader {
  readonly baseOffset: bigint
  /** Bytes from the base offset to the end of the batch. */
  readonly sizeInBytes: number
  readonly partitionLeaderEpoch: number
  readonly crc: number
  readonly attributes: number
  readonly lastOffsetDelta: number
  readonly baseTimestamp: bigint
  readonly maxTimestamp: bigint
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordCount: number

  /** Reads the header at `at`; the caller has checked that 61 bytes are there and that the magic is 2. */
  constructor(bytes: Buffer, at: number) {
    this.baseOffset = bytes.readBigInt64BE(at)
    this.sizeInBytes = LOG_OVERHEAD + bytes.readInt32BE(at + 8)
    this.partitionLeaderEpoch = bytes.readInt32BE(at + 12)
    this.crc = bytes.readUInt32BE(at + CRC_OFFSET)
    this.attributes = bytes.readInt16BE(at + ATTRIBUTES_OFFSET)
    this.lastOffsetDelta = bytes.readInt32BE(at + 23)
    this.baseTimestamp = bytes.readBigInt64BE(at + 27)
    this.maxTimestamp = bytes.readBigInt64BE(at + 35)
    this.producerId = bytes.readBigInt64BE(at + 43)
    this.producerEpoch = bytes.readInt16BE(at + 51)
    this.baseSequence = bytes.readInt32BE(at + 53)
    this.recordCount = bytes.readInt32BE(at + 57)
  }

  get lastOffset(): bigint {
    return this.baseOffset + BigInt(this.lastOffsetDelta)
  }

  get nextOffset(): bigint {
    return this.lastOffset + 1n
  }

  /** Codec id: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  get codec(): number {
    return this.attributes & CODEC_MASK
  }

  get timestampType(): 'CreateTime' | 'LogAppendTime' {
    return this.attributes & TIMESTAMP_TYPE_BIT ? 'LogAppendTime' : 'CreateTime'
  }

  get isTransactional(): boolean {
    return (this.attributes & TRANSACTIONAL_BIT) !== 0
  }

  get isControl(): boolean {
    return (this.attributes & CONTROL_BIT) !== 0
  }

  /** The cleaner set the base timestamp to the time from which tombstones may go (KIP-534). */
  get hasDeleteHorizon(): boolean {
    return (this.attributes & DELETE_HORIZON_BIT) !== 0
  }
}

/**
 * Size in bytes of the batch at `at`, from its first 17 bytes.
 * @throws CorruptBatch when the length cannot be that of a batch; UnsupportedMagic for formats 0 and 1
 */
export function batchSizeAt(bytes: Buffer, at: number): number {
  const length = bytes.readInt32BE(at + 8)
  const magic = bytes.readInt8(at + MAGIC_OFFSET)
  if (magic !== 2) {
    // Zero-filled and random bytes must not be reported as an old format: a whole v0 message has at least 14 bytes.
    if ((magic === 0 || magic === 1) && length >= 14) throw new UnsupportedMagic(magic)
    throw new CorruptBatch(`no record batch starts here (magic ${magic}, length ${length})`)
  }
  if (length < BATCH_HEADER_SIZE - LOG_OVERHEAD) throw new CorruptBatch(`batch length ${length} is less than its header`)
  return LOG_OVERHEAD + length
}

/**
 * Reads the header of the whole batch at `at` and checks it against its checksum.
 * @throws CorruptBatch
 */
export function readCheckedHeader(bytes: Buffer, at: number, end: number = bytes.length): BatchHeader {
  if (end - at < BATCH_HEADER_SIZE) throw new CorruptBatch(`${end - at} bytes are less than a batch header`)
  const size = batchSizeAt(bytes, at)
  if (size > end - at) throw new CorruptBatch(`batch of ${size} bytes goes beyond the ${end - at} that are there`)
  const header = new BatchHeader(bytes, at)
  const crc = crc32c(bytes, at + ATTRIBUTES_OFFSET, at + size)
  if (crc !== header.crc) throw new CorruptBatch(`checksum is ${crc}, the header says ${header.crc}`)
  checkHeaderFields(header)
  return header
}

/** The header at `at`, of which 61 bytes are there, as it says itself; null where no batch can start. Neither the checksum nor the rest is looked at. */
export function readUncheckedHeader(bytes: Buffer, at: number): BatchHeader | null {
  try {
    batchSizeAt(bytes, at)
    const header = new BatchHeader(bytes, at)
    checkHeaderFields(header)
    return header
  } catch (error) {
    if (error instanceof CorruptBatch || error instanceof UnsupportedMagic) return null
    throw error
  }
}

/** Rules that hold for every batch that Kafka accepts or its cleaner leaves behind. */
function checkHeaderFields(header: BatchHeader): void {
  const { recordCount, lastOffsetDelta, baseOffset } = header
  if (baseOffset < 0n) throw new CorruptBatch(`base offset ${baseOffset} is negative`)
  if (lastOffsetDelta < 0) throw new CorruptBatch(`last offset delta ${lastOffsetDelta} is negative`)
  if (recordCount < 0) throw new CorruptBatch(`record count ${recordCount} is negative`)
  // Compaction leaves fewer records than offsets, never more.
  if (recordCount > lastOffsetDelta + 1) throw new CorruptBatch(`${recordCount} records in ${lastOffsetDelta + 1} offsets`)
}

/** Places a batch in a log: both fields lie outside the checksum. */
export function placeBatch(bytes: Buffer, at: number, baseOffset: bigint, partitionLeaderEpoch: number): void {
  bytes.writeBigInt64BE(baseOffset, at)
  bytes.writeInt32BE(partitionLeaderEpoch, at + 12)
}
