// Finds where valid batches go on after damage. Bytes are searched one by one for something that has a batch's magic,
// sane sizes and offsets and, then, a checksum that agrees: chance does not produce one, so what is found was written. It may have been
// written as a record's value, though: a batch with the end of the file or another batch after it is preferred to one without.
import { BATCH_HEADER_SIZE, LOG_OVERHEAD, MAGIC_OFFSET, BatchHeader, readCheckedHeader } from '../record/batch-header.ts'
import { CorruptBatch, UnsupportedMagic } from '../record/errors.ts'
import type { OpenFile } from '../system/files.ts'

const CHUNK_BYTES = 1 << 20
const MAGIC = 2
const MAX_IDLE_BYTES = 1 << 20
/** For the next batch that is looked at, in whatever file: a new one for each would cost more than the look. */
let idleBuffer = Buffer.alloc(0)

export interface FoundBatch {
  readonly position: number
  readonly header: BatchHeader
}

/**
 * The first valid batch that starts at or after `from` and has a base offset from `minOffset` to below `limitOffset` (a segment's
 * offsets rise, and belong to the segment: an older batch found inside a record's value is not one of the log).
 */
export function findBatch(
  file: OpenFile,
  from: number,
  end: number,
  minOffset: bigint,
  limitOffset: bigint = minOffset + (1n << 32n),
): FoundBatch | null {
  const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)
  let position = from
  let unfollowed: FoundBatch | null = null
  while (end - position >= BATCH_HEADER_SIZE) {
    const filled = file.read(chunk, 0, Math.min(chunk.length, end - position), position)
    if (filled < BATCH_HEADER_SIZE) break
    const last = filled - BATCH_HEADER_SIZE
    for (let magicAt = chunk.indexOf(MAGIC, MAGIC_OFFSET); magicAt >= 0; magicAt = chunk.indexOf(MAGIC, magicAt + 1)) {
      const at = magicAt - MAGIC_OFFSET
      if (at > last) break
      if (!isPlausible(chunk, at, end - position - at, minOffset, limitOffset)) continue
      const header = batchAt(file, position + at, end)
      if (header === null) continue
      const found = { position: position + at, header }
      if (isFollowed(file, found, end, limitOffset)) return found
      unfollowed ??= found
    }
    position += last + 1
  }
  return unfollowed
}

/** Where to search for a batch after the damaged one at `position`: after it, where its size can still be believed, or within it. */
export function searchStart(file: OpenFile, position: number, end: number): number {
  const head = Buffer.allocUnsafe(BATCH_HEADER_SIZE)
  if (file.read(head, 0, head.length, position) < head.length || head.readInt8(MAGIC_OFFSET) !== MAGIC) return position + 1
  const { sizeInBytes } = new BatchHeader(head, 0)
  const next = position + sizeInBytes
  const isBelieved = sizeInBytes >= BATCH_HEADER_SIZE && (next === end || (next < end && batchAt(file, next, end) !== null))
  return isBelieved ? next : position + 1
}

function isFollowed(file: OpenFile, { position, header }: FoundBatch, end: number, limitOffset: bigint): boolean {
  const next = position + header.sizeInBytes
  if (next === end) return true
  const head = Buffer.allocUnsafe(BATCH_HEADER_SIZE)
  if (file.read(head, 0, head.length, next) < head.length || head.readInt8(MAGIC_OFFSET) !== MAGIC) return false
  return isPlausible(head, 0, end - next, header.nextOffset, limitOffset)
}

function isPlausible(chunk: Buffer, at: number, left: number, minOffset: bigint, limitOffset: bigint): boolean {
  const length = chunk.readInt32BE(at + 8)
  if (length < BATCH_HEADER_SIZE - LOG_OVERHEAD || length + LOG_OVERHEAD > left) return false
  const baseOffset = chunk.readBigInt64BE(at)
  return baseOffset >= minOffset && baseOffset < limitOffset
}

/** The header of the whole, valid batch at `position`, which may be anything that an index says; null where there is none. */
export function batchAt(file: OpenFile, position: number, end: number): BatchHeader | null {
  if (position < 0) return null
  const head = Buffer.allocUnsafe(BATCH_HEADER_SIZE)
  if (file.read(head, 0, head.length, position) < head.length) return null
  const { sizeInBytes, lastOffsetDelta, recordCount } = new BatchHeader(head, 0)
  if (sizeInBytes < BATCH_HEADER_SIZE || sizeInBytes > end - position) return null
  if (lastOffsetDelta < 0 || recordCount < 0 || recordCount > lastOffsetDelta + 1) return null
  const batch = sizeInBytes > idleBuffer.length ? Buffer.allocUnsafeSlow(sizeInBytes) : idleBuffer
  if (batch.length <= MAX_IDLE_BYTES) idleBuffer = batch
  if (file.read(batch, 0, sizeInBytes, position) < sizeInBytes) return null
  try {
    readCheckedHeader(batch, 0, sizeInBytes)
    batch.copy(head, 0, 0, BATCH_HEADER_SIZE)
    return new BatchHeader(head, 0)
  } catch (error) {
    if (error instanceof CorruptBatch || error instanceof UnsupportedMagic) return null
    throw error
  }
}
