// Hashes of record keys: 96 bits, in place of the keys themselves, so that the latest offset of a key takes 16 bytes of memory whatever the
// key's length (Kafka's cleaner does the same with MD5).
//
// It is SipHash-1-3's construction on words of 32 bits, with a wider result. The seed is random in each run, so that nobody can
// choose keys that collide. Some two of n keys collide with a chance of n² / 2^97: 1 in 10^16 for two million keys, 1 in 10^11 for a billion.
import { viewOf } from '../../bytes/compression/ranges.ts'

const EMPTY = Buffer.alloc(0)

export class KeyHash {
  /** The hash of the last key, as int32. */
  a = 0
  b = 0
  c = 0
  /** 16 bytes, random. */
  readonly seed: Buffer
  readonly #seed: readonly [number, number, number, number]
  /** What was last read from: mostly the same buffer again. */
  #bytes: Buffer = EMPTY
  #view: DataView = viewOf(EMPTY)

  constructor(seed: Buffer) {
    this.seed = seed
    this.#seed = [seed.readInt32LE(0), seed.readInt32LE(4), seed.readInt32LE(8), seed.readInt32LE(12)]
  }

  /** Hashes the bytes from `start` to `end`, which lie within `bytes`. */
  update(bytes: Buffer, start: number, end: number): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = viewOf(bytes)
    }
    const view = this.#view
    const seed = this.#seed
    // The last word overlaps the one before it, so keys are told apart by their length too.
    let v0 = seed[0] ^ (end - start)
    let v1 = seed[1]
    let v2 = seed[2]
    let v3 = seed[3]
    const last = end - 4
    let at = start
    do {
      const word = at < last ? view.getInt32(at, true) : last >= start ? view.getInt32(last, true) : shortWord(view, start, end)
      at += 4
      v3 ^= word
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
      v0 ^= word
    } while (at < end)
    v2 ^= 0xff
    for (let round = 0; round < 3; round++) {
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
    }
    this.a = v0 ^ v3
    this.b = v1
    this.c = v2
  }
}

/** Fewer than four bytes. */
function shortWord(view: DataView, start: number, end: number): number {
  let word = 0
  for (let at = start; at < end; at++) word = (word << 8) | view.getUint8(at)
  return word
}
