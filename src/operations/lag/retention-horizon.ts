// How long what a group has not read is safe from the topic's retention. Segments go whole and in order, so a record goes when its segment does:
// once the newest record in it is older than retention.ms, and once the segments from the next one on hold retention.bytes. Both
// are "not before": a segment that is written to grows younger, and retention has to run.
import type { LogConfig, RetainedSegment } from '../../client/cluster.ts'

export interface HorizonOptions {
  /** All of the log, ascending. */
  readonly segments: readonly RetainedSegment[]
  /** Of the oldest unread record. */
  readonly offset: bigint
  readonly config: Pick<LogConfig, 'cleanupPolicy' | 'retentionMs' | 'retentionBytes'>
  /** Offsets a second; null where that is not known. */
  readonly rateIn: number | null
  readonly endOffset: bigint
  readonly nowMs: bigint
}

/** Seconds; null: never at present settings and rates. */
export function lossSeconds({ segments, offset, config, rateIn, endOffset, nowMs }: HorizonOptions): number | null {
  const { cleanupPolicy, retentionMs, retentionBytes } = config
  const index = Math.max(
    0,
    segments.findLastIndex(({ baseOffset }) => baseOffset <= offset),
  )
  const first = segments[0]
  if (!cleanupPolicy.has('delete') || first === undefined) return null
  const until: number[] = []
  const going = segments.slice(0, index + 1)
  if (retentionMs >= 0n) {
    const newest = going.reduce((max, { newestTimestamp }) => (newestTimestamp > max ? newestTimestamp : max), first.newestTimestamp)
    until.push(Number(newest + retentionMs - nowMs) / 1000)
  }
  if (retentionBytes >= 0n) {
    const left = Number(retentionBytes) - sizeOf(segments.slice(index + 1))
    const bytesPerOffset = sizeOf(segments) / Math.max(1, Number(endOffset - first.baseOffset))
    if (left <= 0) until.push(0)
    else if (rateIn !== null && rateIn > 0 && bytesPerOffset > 0) until.push(left / (rateIn * bytesPerOffset))
  }
  return until.length === 0 ? null : Math.max(0, Math.min(...until))
}

function sizeOf(segments: readonly RetainedSegment[]): number {
  return segments.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0)
}
