// Writes one segment from a group of neighbours: what stays of their batches, or all of them one after the other.
import { BatchHeader } from '../../record/batch-header.ts'
import type { FileStat, Files } from '../../system/files.ts'
import type { AbortedTransaction } from '../transaction-index.ts'
import type { BatchCleaner } from './batch-cleaner.ts'
import { CleanedSegment } from './cleaned-segment.ts'
import { SegmentBatches } from './segment-batches.ts'
import type { SegmentFacts } from './segment-list.ts'
import { removeCleaned } from './swap-files.ts'

export interface WritePlace {
  readonly files: Files
  readonly directory: string
  readonly indexIntervalBytes: number
  /** Nothing is written: sizes are counted only. */
  readonly isDryRun: boolean
  /** Gives others their turn. */
  readonly turn: () => Promise<void>
}

/** A segment that was written beside those it is made from. */
export interface WrittenSegment {
  /** Its sizes and offsets, as it will be. */
  readonly facts: SegmentFacts
  /** Aborted transactions that its index names. */
  readonly aborted: readonly AbortedTransaction[]
  /** Whether it differs from what it is made from; else nothing was left behind. */
  readonly isChanged: boolean
  /** The files it is made from, as they were. */
  readonly sources: readonly FileStat[]
}

/** After so many bytes the event loop has its turn: neither reading nor writing files ever waits, and signals have to be noticed. */
export const TURN_BYTES = 8 * 1024 * 1024

/** @param cleaner null: all batches stay, and `aborted` is what their indexes name */
export async function writeSegment(
  place: WritePlace,
  group: readonly SegmentFacts[],
  cleaner: BatchCleaner | null,
  aborted: AbortedTransaction[] = [],
): Promise<WrittenSegment> {
  const { files, directory, indexIntervalBytes, isDryRun } = place
  const first = group[0] as SegmentFacts
  const { baseOffset } = first
  const target = new CleanedSegment({ files: isDryRun ? null : files, directory, baseOffset, indexIntervalBytes })
  let isWanted = false
  try {
    if (cleaner !== null) cleaner.onAborted = (transaction) => void aborted.push(transaction)
    const { isChanged, sources } = await copyBatches(place, group, cleaner, target)
    isWanted = isChanged || group.length > 1
    if (isWanted) await target.finish(aborted)
    const { logBytes, indexBytes, timeIndexBytes } = target
    const { nextBaseOffset, isActive } = group.at(-1) as SegmentFacts
    const facts = isWanted ? { ...first, nextBaseOffset, isActive, logBytes, indexBytes, timeIndexBytes } : first
    return { facts, aborted, isChanged: isWanted, sources }
  } catch (error) {
    isWanted = false
    throw error
  } finally {
    target.close()
    if (!isWanted && !isDryRun) removeCleaned(files, directory)
  }
}

async function copyBatches(
  { turn }: WritePlace,
  group: readonly SegmentFacts[],
  cleaner: BatchCleaner | null,
  target: CleanedSegment,
): Promise<{ isChanged: boolean; sources: FileStat[] }> {
  const batches = new SegmentBatches()
  const sources: FileStat[] = []
  let isChanged = false
  let bytes = 0
  const isSkipped = (header: BatchHeader): boolean => {
    if (bytes >= TURN_BYTES || cleaner?.skips(header) !== true) return false
    bytes += header.sizeInBytes
    return (isChanged = true)
  }
  const next = (): BatchHeader | null => batches.next(cleaner === null ? undefined : isSkipped)
  try {
    for (const segment of group) {
      sources.push(batches.open(segment))
      for (let header = next(); header !== null; header = next()) {
        const outcome = cleaner === null ? 'verbatim' : cleanPresent(batches, header, cleaner)
        if (outcome === 'verbatim') target.append(header, batches.bytes, batches.at)
        else isChanged = true
        if (outcome === 'rewritten' && cleaner !== null) {
          const { bytes: rewritten } = cleaner.rewriter
          target.append(new BatchHeader(rewritten, 0), rewritten, 0)
        }
        bytes += header.sizeInBytes
        if (bytes < TURN_BYTES) continue
        bytes = 0
        await turn()
      }
    }
    return { isChanged, sources }
  } finally {
    batches.close()
  }
}

function cleanPresent(batches: SegmentBatches, header: BatchHeader, cleaner: BatchCleaner): ReturnType<BatchCleaner['clean']> {
  return batches.reading(header, () => cleaner.clean(header, batches.marker(header), batches.bytes, batches.at))
}
