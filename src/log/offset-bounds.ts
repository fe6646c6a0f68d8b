// What the files beside a `.log` tell of the offsets in it. A batch's checksum leaves its base offset out, so they are asked where
// nothing else tells whether it is right.
import type { BatchHeader } from '../record/batch-header.ts'
import type { OffsetIndexEntry } from './offset-index.ts'
import type { OffsetBounds } from './segment-walker.ts'
import type { TimeIndexEntry } from './time-index.ts'

/** Index entries hold offsets as int32 less the base offset, so a segment ends before this many. */
const MAX_OFFSETS = 1n << 31n

/** Asked only where there is doubt. */
export interface OffsetEvidence {
  /** The offset index's last entry at or before `offset`. */
  indexEntry(offset: bigint): OffsetIndexEntry | null
  /** The time index's last entry. */
  newestTimeEntry(): TimeIndexEntry | null
  /** The offset that names the newest snapshot, which a clean stop leaves: the one that came next. */
  newestSnapshot(): bigint | undefined
}

/** @param nextBaseOffset where the next segment starts; null in the last one */
export function offsetBounds(baseOffset: bigint, nextBaseOffset: bigint | null, evidence: OffsetEvidence): OffsetBounds {
  return {
    limitOffset: nextBaseOffset ?? baseOffset + MAX_OFFSETS,
    isLastOffset: (header, position, lastOffset) => isLastOffset(evidence, header, position, lastOffset),
  }
}

function isLastOffset(evidence: OffsetEvidence, { maxTimestamp }: BatchHeader, position: number, lastOffset: bigint): boolean {
  const entry = evidence.indexEntry(lastOffset)
  if (entry?.offset === lastOffset && entry.position === position) return true
  const newest = evidence.newestTimeEntry()
  if (newest?.offset === lastOffset && newest.timestamp === maxTimestamp) return true
  return evidence.newestSnapshot() === lastOffset + 1n
}
