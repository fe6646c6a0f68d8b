// xxHash32, the checksum in LZ4 frames.
const PRIME1 = 0x9e3779b1
const PRIME2 = 0x85ebca77
const PRIME3 = 0xc2b2ae3d
const PRIME4 = 0x27d4eb2f
const PRIME5 = 0x165667b1

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function round(accumulator: number, lane: number): number {
  return Math.imul(rotate(accumulator + Math.imul(lane, PRIME2), 13), PRIME1)
}

/** Hash of `bytes` from `start` to `end` with seed 0, unsigned. */
export function xxhash32(bytes: Buffer, start = 0, end: number = bytes.length): number {
  let at = start
  let hash: number
  if (end - start >= 16) {
    let a = (PRIME1 + PRIME2) | 0
    let b = PRIME2 | 0
    let c = 0
    let d = -PRIME1 | 0
    for (; at + 16 <= end; at += 16) {
      a = round(a, bytes.readInt32LE(at))
      b = round(b, bytes.readInt32LE(at + 4))
      c = round(c, bytes.readInt32LE(at + 8))
      d = round(d, bytes.readInt32LE(at + 12))
    }
    hash = (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) | 0
  } else {
    hash = PRIME5 | 0
  }
  hash = (hash + (end - start)) | 0
  for (; at + 4 <= end; at += 4) hash = Math.imul(rotate(hash + Math.imul(bytes.readInt32LE(at), PRIME3), 17), PRIME4)
  for (; at < end; at++) hash = Math.imul(rotate(hash + Math.imul(bytes[at] as number, PRIME5), 11), PRIME1)
  hash = Math.imul(hash ^ (hash >>> 15), PRIME2)
  hash = Math.imul(hash ^ (hash >>> 13), PRIME3)
  return (hash ^ (hash >>> 16)) >>> 0
}
