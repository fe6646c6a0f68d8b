// Retention on a log: deletes the segments that its limits let go (see retention-policy.ts), whole, oldest first.
import type { Files } from '../system/files.ts'
import type { PartitionLog } from './partition-log.ts'
import { type Deletion, type RetainedSegment, type RetentionLimits, segmentsToDelete } from './retention-policy.ts'
import { Segment } from './segment.ts'
import { listSegments, segmentPath } from './segment-files.ts'
import { SegmentWalker } from './segment-walker.ts'

const SEGMENT_FILES = ['log', 'index', 'timeindex', 'txnindex', 'snapshot'] as const

export interface RetentionOptions {
  readonly log: PartitionLog
  readonly files: Files
  readonly limits: RetentionLimits
  readonly nowMs: bigint
  /** Says what would go, and leaves it. */
  readonly isDryRun: boolean
}

export interface RetentionResult {
  readonly deleted: readonly Deletion[]
  /** Where the log starts now, and started before. */
  readonly startOffset: bigint
  readonly previousStartOffset: bigint
}

/** Deletes what the limits let go. Readers that have a file open read it to its end. */
export function applyRetention({ log, files, limits, nowMs, isDryRun }: RetentionOptions): RetentionResult {
  return log.withLock(() => {
    const segments = retainedSegments(files, log.directory)
    const previousStartOffset = segments[0]?.baseOffset ?? 0n
    const deleted = segmentsToDelete(segments, nowMs, limits)
    // When all go, a new segment takes their place first.
    const goesWhole = deleted.length > 0 && deleted.length === segments.length
    if (goesWhole && !isDryRun) log.rollLocked()
    const firstKept = goesWhole ? log.nextOffset : (segments[deleted.length]?.baseOffset ?? previousStartOffset)
    const startOffset = limits.logStartOffset > firstKept ? limits.logStartOffset : firstKept
    if (!isDryRun) {
      for (const { segment } of deleted) deleteSegment(files, log.directory, segment.baseOffset)
      log.startMovedLocked(startOffset)
    }
    return { deleted, startOffset, previousStartOffset }
  })
}

/** The `.log` first: what is left when this is cut short belongs to no segment. */
function deleteSegment(files: Files, directory: string, baseOffset: bigint): void {
  for (const kind of SEGMENT_FILES) {
    const path = segmentPath(directory, baseOffset, kind)
    if (files.stat(path) === null) continue
    files.rename(path, `${path}.deleted`)
    files.remove(`${path}.deleted`)
  }
}

function retainedSegments(files: Files, directory: string): RetainedSegment[] {
  const bases = listSegments(files, directory)
  return bases.map((baseOffset, index) => {
    const segment = new Segment(files, directory, baseOffset)
    try {
      const { size, modifiedMs } = segment.log.stat()
      const indexed = index < bases.length - 1 ? segment.newestTimestamp() : null
      const newest = indexed ?? newestTimestampIn(segment)
      return { baseOffset, sizeInBytes: size, newestTimestamp: newest >= 0n ? newest : BigInt(Math.trunc(modifiedMs)) }
    } finally {
      segment.close()
    }
  })
}

function newestTimestampIn(segment: Segment): bigint {
  const walker = new SegmentWalker(() => {})
  walker.open(segment.log, 0, segment.size, segment.baseOffset)
  let newest = -1n
  for (let header = walker.next(); header !== null; header = walker.next()) if (header.maxTimestamp > newest) newest = header.maxTimestamp
  return newest
}
