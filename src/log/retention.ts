// Retention on a log: deletes the segments that its limits let go (see retention-policy.ts), whole, oldest first.
import type { Files } from '../system/files.ts'
import type { PartitionLog } from './partition-log.ts'
import { type Deletion, type RetainedSegment, type RetentionLimits, segmentsToDelete } from './retention-policy.ts'
import { finishSwaps, presentSegments } from './cleaner/swap-files.ts'
import { segmentPath } from './segment-files.ts'

const SEGMENT_FILES = ['log', 'index', 'timeindex', 'txnindex', 'snapshot'] as const

export interface RetentionOptions {
  readonly log: PartitionLog
  readonly files: Files
  readonly limits: RetentionLimits
  readonly nowMs: bigint
}

export interface RetentionPlanOptions {
  readonly files: Files
  /** The partition's folder. */
  readonly directory: string
  /** The offset that the next record gets. */
  readonly endOffset: bigint
  readonly limits: RetentionLimits
  readonly nowMs: bigint
}

export interface RetentionResult {
  readonly deleted: readonly Deletion[]
  /** Where the log starts now, and started before. */
  readonly startOffset: bigint
  readonly previousStartOffset: bigint
}

export interface RetentionPlan extends RetentionResult {
  /** All segments go: an empty one has to take their place. */
  readonly goesWhole: boolean
}

/** Deletes what the limits let go. Readers that have a file open read it to its end. */
export async function applyRetention(options: RetentionOptions): Promise<RetentionResult> {
  const { log, files, limits, nowMs } = options
  for (;;) {
    const result = log.withLock(() => {
      // Of another process that was killed since the log was opened: files are deleted by their plain names.
      finishSwaps(files, log.directory)
      const plan = planRetention({ files, directory: log.directory, endOffset: log.nextOffset, limits, nowMs })
      if (plan.goesWhole) {
        log.rollLocked()
        return null
      }
      for (const { segment } of plan.deleted) deleteSegment(files, log.directory, segment.baseOffset)
      log.startMovedLocked(plan.startOffset)
      return plan
    })
    if (result !== null) return result
    // All go: the new segment that takes their place must be on the disk before, or a power loss leaves no trace of the offsets given.
    await log.sync()
  }
}

/** What `applyRetention` would do, found by looking only. */
export function planRetention(options: RetentionPlanOptions): RetentionPlan {
  const { files, directory, endOffset, limits, nowMs } = options
  const segments = files.stat(directory) === null ? [] : retainedSegments(files, directory)
  const deleted = segmentsToDelete(segments, nowMs, limits)
  const previousStartOffset = segments[0]?.baseOffset ?? 0n
  const goesWhole = deleted.length > 0 && deleted.length === segments.length
  const firstKept = goesWhole ? endOffset : (segments[deleted.length]?.baseOffset ?? previousStartOffset)
  const startOffset = limits.logStartOffset > firstKept ? limits.logStartOffset : firstKept
  return { deleted, startOffset, previousStartOffset, goesWhole }
}

/** The `.log` first: what is left when this is cut short belongs to no segment. */
function deleteSegment(files: Files, directory: string, baseOffset: bigint): void {
  for (const kind of SEGMENT_FILES) {
    const path = segmentPath(directory, baseOffset, kind)
    if (files.stat(path) !== null) files.remove(path)
  }
}

function retainedSegments(files: Files, directory: string): RetainedSegment[] {
  const segments = presentSegments(files, directory)
  return segments.map((segment, index) => {
    try {
      const { size, modifiedMs } = segment.log.stat()
      const newest = segment.newestTimestamp(segments[index + 1]?.baseOffset ?? null)
      const newestTimestamp = newest >= 0n ? newest : BigInt(Math.trunc(modifiedMs))
      return { baseOffset: segment.baseOffset, sizeInBytes: size, newestTimestamp }
    } finally {
      segment.close()
    }
  })
}
