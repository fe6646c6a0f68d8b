// What the match finders and decoders of LZ4 and Snappy do most: compare and copy ranges of a few bytes. A DataView reads
// and writes several bytes at once at any position, three times as fast as byte by byte; calls of `copy` cost more than such
// short ranges do. (Positions come as arguments, as asking a DataView for its length is slow.)

const MAX_HASH_BITS = 14
/** Only ever used within one call of a compressor, which does not wait for anything. */
const slots = new Uint16Array(1 << MAX_HASH_BITS)

/** An emptied table of 2^n slots, about one for each of `bytes`, for use until the next call. */
export function hashTable(bytes: number): Uint16Array {
  const bits = Math.min(MAX_HASH_BITS, Math.max(8, 32 - Math.clz32(bytes)))
  return slots.subarray(0, 1 << bits).fill(0)
}

export function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Where the bytes from `at` on end to be those from `earlier` on; `limit` at the latest. */
export function endOfMatch(view: DataView, earlier: number, at: number, limit: number): number {
  let from = earlier
  let to = at
  for (; to + 4 <= limit; from += 4, to += 4) {
    const difference = view.getInt32(from, true) ^ view.getInt32(to, true)
    // The lowest bit that differs tells the first byte that does.
    if (difference !== 0) return to + ((31 - Math.clz32(difference & -difference)) >> 3)
  }
  while (to < limit && view.getUint8(from) === view.getUint8(to)) {
    from++
    to++
  }
  return to
}

/** Where `byte` is first, from `from` on; `end` where it is not. */
export function findByte(view: DataView, byte: number, from: number, end: number): number {
  const pattern = byte * 0x01010101
  let at = from
  for (; at + 4 <= end; at += 4) {
    const difference = view.getInt32(at, true) ^ pattern
    // The lowest byte that is 0 has its top bit set here; those below it have not.
    const zeros = (difference - 0x01010101) & ~difference & 0x80808080
    if (zeros !== 0) return at + ((31 - Math.clz32(zeros & -zeros)) >> 3)
  }
  while (at < end && view.getUint8(at) !== byte) at++
  return at
}

/** What `copyRange` and `repeatRange` may also overwrite after the range, so that they can go in steps of eight bytes. */
export const SLACK_BYTES = 7

/** Copies `count` bytes; the source may be read up to `sourceEnd`. */
export function copyRange(source: DataView, from: number, sourceEnd: number, target: DataView, to: number, count: number): void {
  const wide = sourceEnd - from - count >= SLACK_BYTES ? count : count - SLACK_BYTES
  let index = 0
  for (; index < wide; index += 8) target.setBigUint64(to + index, source.getBigUint64(from + index, true), true)
  for (; index < count; index++) target.setUint8(to + index, source.getUint8(from + index))
}

/** Up to so many bytes words are faster than a call of `copy`. */
const MAX_WORDS_BYTES = 512

const NO_BYTES: Buffer = Buffer.alloc(0)

/** Copies out of buffers of which one is mostly the same as the last time. */
export class Copier {
  #source = NO_BYTES
  #view = viewOf(NO_BYTES)

  /** Copies the bytes from `start` to `end`; up to SLACK_BYTES after them may be overwritten. @param targetView of all of `target` */
  copy(source: Buffer, start: number, end: number, target: Buffer, targetView: DataView, to: number): void {
    if (end - start > MAX_WORDS_BYTES) {
      source.copy(target, to, start, end)
      return
    }
    if (source !== this.#source) {
      this.#source = source
      this.#view = viewOf(source)
    }
    copyRange(this.#view, start, source.length, targetView, to, end - start)
  }
}

/** Repeats `count` bytes from `distance` back; where the ranges overlap, the pattern goes on. */
export function repeatRange(view: DataView, to: number, distance: number, count: number): void {
  const end = to + count
  if (distance >= 8) for (let at = to; at < end; at += 8) view.setBigUint64(at, view.getBigUint64(at - distance, true), true)
  else for (let at = to; at < end; at++) view.setUint8(at, view.getUint8(at - distance))
}
