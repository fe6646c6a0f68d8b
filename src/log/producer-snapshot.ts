// `.snapshot`: the producer state up to the offset that names the file.
//
//   0 version int16 = 1 · 2 crc uint32 (CRC-32C of what follows it) · 6 count int32 · then 46 bytes for each producer:
//   producerId int64 · epoch int16 · lastSequence int32 · lastOffset int64 · offsetDelta int32 · timestamp int64
//   · coordinatorEpoch int32 · currentTransactionFirstOffset int64
//
// Derived: a file that does not agree with its checksum is passed over, and the log replayed from an older one.
import { crc32c } from '../bytes/crc32c.ts'
import type { Files } from '../system/files.ts'
import type { ProducerEntry } from './producer-state.ts'
import { isMissing, listSegmentFiles, segmentPath } from './segment-files.ts'
import { replaceBytes } from './text-file.ts'

const VERSION = 1
const HEADER_SIZE = 10
const ENTRY_SIZE = 46
const NO_BATCH = { lastSequence: -1, lastOffset: -1n, offsetDelta: 0 }

export function encodeProducerSnapshot(entries: readonly ProducerEntry[]): Buffer {
  const bytes = Buffer.alloc(HEADER_SIZE + ENTRY_SIZE * entries.length)
  bytes.writeInt16BE(VERSION, 0)
  bytes.writeInt32BE(entries.length, 6)
  let at = HEADER_SIZE
  for (const entry of entries) {
    bytes.writeBigInt64BE(entry.producerId, at)
    bytes.writeInt16BE(entry.epoch, at + 8)
    const last = entry.batches.at(-1) ?? NO_BATCH
    bytes.writeInt32BE(last.lastSequence, at + 10)
    bytes.writeBigInt64BE(last.lastOffset, at + 14)
    bytes.writeInt32BE(last.offsetDelta, at + 22)
    bytes.writeBigInt64BE(entry.timestamp, at + 26)
    bytes.writeInt32BE(entry.coordinatorEpoch, at + 34)
    bytes.writeBigInt64BE(entry.currentTransactionFirstOffset, at + 38)
    at += ENTRY_SIZE
  }
  bytes.writeUInt32BE(crc32c(bytes, 6), 2)
  return bytes
}

/** null when the bytes are not a whole snapshot. */
export function decodeProducerSnapshot(bytes: Buffer): ProducerEntry[] | null {
  if (bytes.length < HEADER_SIZE || bytes.readInt16BE(0) !== VERSION) return null
  const count = bytes.readInt32BE(6)
  if (bytes.length !== HEADER_SIZE + ENTRY_SIZE * count || bytes.readUInt32BE(2) !== crc32c(bytes, 6)) return null
  return Array.from({ length: count }, (_, index) => decodeEntry(bytes, HEADER_SIZE + ENTRY_SIZE * index))
}

function decodeEntry(bytes: Buffer, at: number): ProducerEntry {
  const timestamp = bytes.readBigInt64BE(at + 26)
  const batch = {
    lastSequence: bytes.readInt32BE(at + 10),
    lastOffset: bytes.readBigInt64BE(at + 14),
    offsetDelta: bytes.readInt32BE(at + 22),
    timestamp,
  }
  return {
    producerId: bytes.readBigInt64BE(at),
    epoch: bytes.readInt16BE(at + 8),
    batches: batch.lastOffset < 0n ? [] : [batch],
    timestamp,
    coordinatorEpoch: bytes.readInt32BE(at + 34),
    currentTransactionFirstOffset: bytes.readBigInt64BE(at + 38),
  }
}

export interface ProducerSnapshot {
  readonly offset: bigint
  readonly entries: ProducerEntry[]
}

/** The newest snapshot that is whole and not past `maxOffset`. */
export function readLatestSnapshot(files: Files, directory: string, maxOffset: bigint): ProducerSnapshot | null {
  for (const offset of listSegmentFiles(files, directory, 'snapshot').toReversed()) {
    if (offset > maxOffset) continue
    const entries = readSnapshot(files, segmentPath(directory, offset, 'snapshot'))
    if (entries !== null) return { offset, entries }
  }
  return null
}

/** null when it is not whole, or gone. */
export function readSnapshot(files: Files, path: string): ProducerEntry[] | null {
  try {
    return decodeProducerSnapshot(files.readWhole(path))
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

export function writeProducerSnapshot(files: Files, directory: string, offset: bigint, entries: readonly ProducerEntry[]): void {
  replaceBytes(files, segmentPath(directory, offset, 'snapshot'), encodeProducerSnapshot(entries))
}
