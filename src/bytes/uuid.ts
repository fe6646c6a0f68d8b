// UUIDs as Kafka prints them: 16 bytes in URL-safe base64 without padding, 22 characters.

/** 22 characters of URL-safe base64. */
export type Uuid = string

export const ZERO_UUID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAA'
/** Topic id of `__cluster_metadata`. */
export const METADATA_TOPIC_ID: Uuid = 'AAAAAAAAAAAAAAAAAAAAAQ'

export const UUID_SIZE = 16

export function uuidText(bytes: Buffer, at = 0): Uuid {
  return bytes.toString('base64url', at, at + UUID_SIZE)
}

/** @param text as `uuidText` gives it */
export function uuidBytes(text: Uuid): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.length !== UUID_SIZE) throw new RangeError(`'${text}' is not a UUID of 22 characters`)
  return bytes
}

/** A version 4 UUID. @param random fills a buffer; a text that starts with a dash is a nuisance on command lines, so none does */
export function randomUuid(random: (bytes: Buffer) => void): Uuid {
  for (;;) {
    const bytes = Buffer.alloc(UUID_SIZE)
    random(bytes)
    bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6)
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
    const text = uuidText(bytes)
    if (!text.startsWith('-')) return text
  }
}
