// Which segments of a log may go. Segments go whole, oldest first, and never the one that is written to.

export interface RetainedSegment {
  readonly baseOffset: bigint
  readonly sizeInBytes: number
  /** Its newest timestamp in ms; where its records have none, when its file was last changed. */
  readonly newestTimestamp: bigint
}

export interface RetentionLimits {
  /** -1: any age. */
  readonly retentionMs: bigint
  /** -1: any size. */
  readonly retentionBytes: bigint
  /** Records before this offset are deleted. */
  readonly logStartOffset: bigint
}

export type DeletionReason = 'time' | 'size' | 'log start'

export interface Deletion {
  readonly segment: RetainedSegment
  readonly reason: DeletionReason
}

/**
 * @param segments all of a log, ascending; the last is the active one. It goes only with all others, by time or size: the caller
 *   then rolls first, so that the log has a segment left
 */
export function segmentsToDelete(segments: readonly RetainedSegment[], nowMs: bigint, limits: RetentionLimits): Deletion[] {
  const deletions: Deletion[] = []
  let excess = excessBytes(segments, limits.retentionBytes)
  for (const [index, segment] of segments.entries()) {
    const reason = reasonToDelete(segment, segments[index + 1], nowMs, limits, excess)
    if (reason === null) break
    deletions.push({ segment, reason })
    excess -= BigInt(segment.sizeInBytes)
  }
  return deletions
}

function reasonToDelete(
  segment: RetainedSegment,
  next: RetainedSegment | undefined,
  nowMs: bigint,
  limits: RetentionLimits,
  excess: bigint,
): DeletionReason | null {
  if (next === undefined && segment.sizeInBytes === 0) return null
  if (next !== undefined && next.baseOffset <= limits.logStartOffset) return 'log start'
  if (limits.retentionMs >= 0n && nowMs - segment.newestTimestamp > limits.retentionMs) return 'time'
  return excess >= BigInt(segment.sizeInBytes) && limits.retentionBytes >= 0n ? 'size' : null
}

function excessBytes(segments: readonly RetainedSegment[], retentionBytes: bigint): bigint {
  const size = segments.reduce((sum, segment) => sum + BigInt(segment.sizeInBytes), 0n)
  return size - retentionBytes
}
