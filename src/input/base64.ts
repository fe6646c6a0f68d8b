// Base64 (RFC 4648, with its padding) to bytes, strictly: Node's own decoder passes over whatever it does not know.

const PAD = 0x3d
const INVALID = 0xff

const VALUES = new Uint8Array(256).fill(INVALID)
for (const [value, letter] of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/').entries())
  VALUES[letter] = value

/**
 * Decodes the text from `start` to `end` to `into` at `to`, which may be where the text is.
 * @returns the position after the bytes in `into`; -1 when the text is not base64
 */
export function decodeBase64(text: Buffer, start: number, end: number, into: Buffer, to: number): number {
  if ((end - start) % 4 !== 0) return -1
  const padding = end > start && text[end - 1] === PAD ? (text[end - 2] === PAD ? 2 : 1) : 0
  const last = end - padding
  let out = to
  let bits = 0
  let invalid = 0
  for (let at = start; at < last; at++) {
    const value = VALUES[text[at] as number] as number
    invalid |= value
    bits = (bits << 6) | (value & 0x3f)
    const place = (at - start) & 3
    if (place !== 0) into[out++] = bits >> (6 - 2 * place)
  }
  // 64 and more are not values; only the byte for invalid ones has that bit.
  return invalid > 0x3f ? -1 : out
}
