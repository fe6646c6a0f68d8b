// A message of format 0 or 1, as Kafka wrote them before 0.11 (KIP-98). Only told apart here, never read:
//
//   0 offset int64 · 8 size int32 (of what follows it) · 12 crc uint32 (CRC-32 of what follows it) · 16 magic int8 …
import { zlib } from '../bytes/compression/zlib.ts'
import { LOG_OVERHEAD, MAGIC_OFFSET } from './batch-header.ts'

const CRC_OFFSET = 12

/** Whether a whole one starts at `at`: its checksum agrees, which chance does not bring about. */
export function isOldMessage(bytes: Buffer, at: number, end: number): boolean {
  if (end - at <= MAGIC_OFFSET) return false
  const messageEnd = at + LOG_OVERHEAD + bytes.readInt32BE(at + 8)
  if (messageEnd <= at + MAGIC_OFFSET || messageEnd > end) return false
  return zlib().crc32(bytes.subarray(at + MAGIC_OFFSET, messageEnd)) === bytes.readUInt32BE(at + CRC_OFFSET)
}
