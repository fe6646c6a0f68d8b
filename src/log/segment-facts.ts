// What retention goes by, of each segment of a log, told by looking at indexes and a few headers.
import type { Files } from '../system/files.ts'
import { HeaderWalker } from './header-walker.ts'
import type { RetainedSegment } from './retention-policy.ts'
import { presentSegments } from './cleaner/swap-files.ts'
import type { Segment } from './segment.ts'
import { isMissing } from './segment-files.ts'

/** @param directory the partition's folder */
export function segmentFacts(files: Files, directory: string): RetainedSegment[] {
  const segments = files.stat(directory) === null ? [] : presentSegments(files, directory)
  return segments.flatMap((segment) => {
    try {
      const { size, modifiedMs } = segment.log.stat()
      const newest = newestTimestamp(segment, segment === segments.at(-1))
      return [
        { baseOffset: segment.baseOffset, sizeInBytes: size, newestTimestamp: newest >= 0n ? newest : BigInt(Math.trunc(modifiedMs)) },
      ]
    } catch (error) {
      // Retention took it between the listing and now.
      if (isMissing(error)) return []
      throw error
    } finally {
      segment.close()
    }
  })
}

/** Of a segment that is written to, the time index knows all but the end. */
function newestTimestamp(segment: Segment, isActive: boolean): bigint {
  const indexed = segment.newestIndexedTimestamp()
  if (indexed !== null && !isActive) return indexed
  const headers = new HeaderWalker(segment.log, indexed === null ? 0 : segment.positionBeforeTime(indexed), segment.size)
  let newest = indexed ?? -1n
  for (let header = headers.next(); header !== null; header = headers.next()) if (header.maxTimestamp > newest) newest = header.maxTimestamp
  return newest
}
