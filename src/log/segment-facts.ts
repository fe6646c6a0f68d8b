// What retention goes by, of each segment of a log, told by looking at indexes and a few headers.
import type { Files } from '../system/files.ts'
import { HeaderWalker } from './header-walker.ts'
import type { RetainedSegment } from './retention-policy.ts'
import { Segment } from './segment.ts'
import { listSegments } from './segment-files.ts'

/** @param directory the partition's folder */
export function segmentFacts(files: Files, directory: string): RetainedSegment[] {
  const bases = files.stat(directory) === null ? [] : listSegments(files, directory)
  return bases.flatMap((baseOffset) => {
    const segment = new Segment(files, directory, baseOffset)
    try {
      const { size, modifiedMs } = segment.log.stat()
      const newest = newestTimestamp(segment, baseOffset === bases.at(-1))
      return [{ baseOffset, sizeInBytes: size, newestTimestamp: newest >= 0n ? newest : BigInt(Math.trunc(modifiedMs)) }]
    } catch (error) {
      // Retention took it between the listing and now.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
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
