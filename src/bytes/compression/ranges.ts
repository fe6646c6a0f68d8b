// What the match finders and decoders of LZ4 and Snappy do most: compare and copy ranges of a few bytes. A DataView reads
// and writes several bytes at once at any position, three times as fast as byte by byte; calls of `copy` cost more than such
// short ranges do.

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

/**
 * Copies `count` bytes, eight at a time, and may also overwrite the seven bytes after them where both views have as many.
 * Ranges of one view may overlap when the target is at least eight bytes after the source: the pattern repeats.
 */
export function copyRange(source: DataView, from: number, target: DataView, to: number, count: number): void {
  const slack = Math.min(source.byteLength - from, target.byteLength - to) - count
  const wide = slack >= 7 ? count : count - 7
  let index = 0
  for (; index < wide; index += 8) target.setBigUint64(to + index, source.getBigUint64(from + index, true), true)
  for (; index < count; index++) target.setUint8(to + index, source.getUint8(from + index))
}

/** Repeats `count` bytes from `distance` back; where the ranges overlap, the pattern goes on. */
export function repeatRange(view: DataView, to: number, distance: number, count: number): void {
  if (distance >= 8) {
    copyRange(view, to - distance, view, to, count)
    return
  }
  for (let index = to; index < to + count; index++) view.setUint8(index, view.getUint8(index - distance))
}
