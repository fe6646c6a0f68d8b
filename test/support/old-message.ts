// A message as Kafka wrote it before 0.11.
import { crc32 } from 'node:zlib'

/** @param magic 0, or 1, which has a timestamp */
export function oldMessage(magic: 0 | 1, value: string): Buffer {
  const bytes = Buffer.from(value)
  const head = magic === 0 ? 18 : 26
  const message = Buffer.alloc(head + 8 + bytes.length)
  message.writeInt32BE(message.length - 12, 8)
  message.writeInt8(magic, 16)
  message.writeInt32BE(-1, head)
  message.writeInt32BE(bytes.length, head + 4)
  bytes.copy(message, head + 8)
  message.writeUInt32BE(crc32(message.subarray(16)), 12)
  return message
}
