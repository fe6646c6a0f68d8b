// Where a log ended at a past time, as its batches' timestamps tell: before the first batch that is not older. That is when they were made, or
// with CreateTime whatever their producers say; who knows more has to put it right.
import type { Files } from '../system/files.ts'
import { HeaderWalker } from './header-walker.ts'
import { presentSegments } from './cleaner/swap-files.ts'
import type { Segment } from './segment.ts'
import { isMissing } from './segment-files.ts'

export class PastEnds {
  readonly #segments: readonly Segment[]
  readonly #endOffset: bigint
  /** Of segments that are no longer written to, by index. */
  readonly #newest = new Map<number, bigint | null>()

  /** @param directory the partition's folder @param endOffset where the log ends now */
  constructor(files: Files, directory: string, endOffset: bigint) {
    this.#segments = files.stat(directory) === null ? [] : presentSegments(files, directory)
    this.#endOffset = endOffset
  }

  at(timeMs: bigint): bigint {
    for (let index = this.#firstNewer(timeMs); index < this.#segments.length; index++) {
      const segment = this.#segments[index] as Segment
      const offset = isThere(segment) ? firstOffsetFrom(segment, timeMs) : null
      if (offset !== null) return offset < this.#endOffset ? offset : this.#endOffset
    }
    return this.#endOffset
  }

  close(): void {
    for (const segment of this.#segments) segment.close()
  }

  /** Of the last segments, those that may have something that is not older. */
  #firstNewer(timeMs: bigint): number {
    let index = this.#segments.length - 1
    for (; index > 0; index--) {
      const newest = this.#newestIn(index - 1)
      if (newest !== null && newest < timeMs) break
    }
    return Math.max(0, index)
  }

  #newestIn(index: number): bigint | null {
    const known = this.#newest.get(index)
    if (known !== undefined) return known
    const segment = this.#segments[index] as Segment
    const newest = isThere(segment) ? segment.newestIndexedTimestamp() : null
    this.#newest.set(index, newest)
    segment.close()
    return newest
  }
}

/** Retention may take a segment at any time. */
function isThere(segment: Segment): boolean {
  try {
    return segment.size >= 0
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

function firstOffsetFrom(segment: Segment, timeMs: bigint): bigint | null {
  const headers = new HeaderWalker(segment.log, segment.positionBeforeTime(timeMs), segment.size)
  for (let header = headers.next(); header !== null; header = headers.next()) if (header.maxTimestamp >= timeMs) return header.baseOffset
  return null
}
