// The segments of a partition as compaction sees them, and which of them it may touch.
import type { Files } from '../../system/files.ts'
import { offsetIndexFormat } from '../offset-index.ts'
import type { Segment } from '../segment.ts'
import { timeIndexFormat } from '../time-index.ts'
import { presentSegments } from './swap-files.ts'

export interface SegmentFacts {
  readonly segment: Segment
  readonly baseOffset: bigint
  /** Where the next segment starts: all offsets of this one are lower. */
  readonly nextBaseOffset: bigint
  /** It is the last one, which may be written to. */
  readonly isActive: boolean
  readonly logBytes: number
  readonly indexBytes: number
  readonly timeIndexBytes: number
}

/** A partition's segments, ascending. @param endOffset of the log */
export function listSegmentFacts(files: Files, directory: string, endOffset: bigint): SegmentFacts[] {
  const segments = presentSegments(files, directory)
  const size = (segment: Segment, kind: 'log' | 'index' | 'timeindex'): number => files.stat(segment.path(kind))?.size ?? 0
  return segments.map((segment, index) => ({
    segment,
    baseOffset: segment.baseOffset,
    nextBaseOffset: segments[index + 1]?.baseOffset ?? endOffset,
    isActive: index === segments.length - 1,
    logBytes: size(segment, 'log'),
    indexBytes: size(segment, 'index'),
    timeIndexBytes: size(segment, 'timeindex'),
  }))
}

/** The newest timestamp of a segment; where its records have none, when its file was last changed. */
export function newestTime({ segment, nextBaseOffset }: SegmentFacts): bigint {
  try {
    const newest = segment.newestTimestamp(nextBaseOffset)
    return newest >= 0n ? newest : BigInt(Math.trunc(segment.log.stat().modifiedMs))
  } finally {
    segment.close()
  }
}

export interface GroupLimits {
  readonly segmentBytes: number
  readonly segmentIndexBytes: number
}

/** Offsets in an index are int32, relative to the segment's base. */
const MAX_RELATIVE_OFFSET = 2n ** 31n - 1n

/** Neighbours that together are no larger than a segment may be become one; by their sizes now, as Kafka has it. */
export function groupSegments(segments: readonly SegmentFacts[], limits: GroupLimits): SegmentFacts[][] {
  const groups: SegmentFacts[][] = []
  let total = { logBytes: 0, indexBytes: 0, timeIndexBytes: 0 }
  for (const segment of segments) {
    const group = groups.at(-1)
    // The first batch of a segment has no entry, and may get one where it comes after others.
    const joints = total.logBytes > 0 && segment.logBytes > 0 ? 1 : 0
    const sum = {
      logBytes: total.logBytes + segment.logBytes,
      indexBytes: total.indexBytes + joints * offsetIndexFormat.size + segment.indexBytes,
      timeIndexBytes: total.timeIndexBytes + joints * timeIndexFormat.size + segment.timeIndexBytes,
    }
    const fits =
      group !== undefined &&
      sum.logBytes <= limits.segmentBytes &&
      canBeIndexed(sum, limits) &&
      // An empty segment has no offsets to hold.
      (segment.logBytes === 0 || segment.nextBaseOffset - 1n - (group[0] as SegmentFacts).baseOffset <= MAX_RELATIVE_OFFSET)
    if (fits) group.push(segment)
    else groups.push([segment])
    total = fits ? sum : segment
  }
  return groups
}

/**
 * Whether there is room for all entries when Kafka makes the indexes anew, without which it does not start. Once a time index is full but for its
 * spare place, it refuses every batch that is due for an entry, also one that is no newer.
 */
function canBeIndexed({ indexBytes, timeIndexBytes }: Pick<SegmentFacts, 'indexBytes' | 'timeIndexBytes'>, limits: GroupLimits): boolean {
  const places = Math.floor(limits.segmentIndexBytes / timeIndexFormat.size) - timeIndexFormat.spareEntries
  const entries = indexBytes / offsetIndexFormat.size
  const times = timeIndexBytes / timeIndexFormat.size
  return indexBytes <= limits.segmentIndexBytes && (entries <= places || times < places)
}
