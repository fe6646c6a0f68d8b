// When a coordinator's log is to be compacted. It grows with each commit, and where there is no broker nobody does it in the background: whoever
// appends looks now and then.
import { readCheckpoint } from '../../log/checkpoint-files.ts'
import { listSegments, segmentPath } from '../../log/segment-files.ts'
import type { Files } from '../../system/files.ts'

/** When a coordinator's log is compacted. */
export interface CoordinatorCompaction {
  /** Where more was written since it was last compacted. */
  readonly maxDirtyBytes: number
  /** It is looked at after so many records. */
  readonly lookEveryRecords: bigint
}

/** So much is replayed in a tenth of a second; looking costs a few calls. */
export const DEFAULT_COORDINATOR_COMPACTION: CoordinatorCompaction = { maxDirtyBytes: 4 * 1024 * 1024, lookEveryRecords: 4096n }

/** As `min.cleanable.dirty.ratio`: what is in use may be much, and is not to be written again and again. */
const MIN_DIRTY_RATIO = 0.5

export function isCompactionDue(files: Files, root: string, folder: string, maxDirtyBytes: number): boolean {
  const directory = `${root}/${folder}`
  const cleanedOffset = readCheckpoint(files, root, 'cleaner').get(folder) ?? 0n
  const bases = listSegments(files, directory)
  let dirtyBytes = 0
  let totalBytes = 0
  for (const [index, base] of bases.entries()) {
    const next = bases[index + 1]
    const sizeInBytes = files.stat(segmentPath(directory, base, 'log'))?.size ?? 0
    totalBytes += sizeInBytes
    if (next === undefined || next > cleanedOffset) dirtyBytes += sizeInBytes
  }
  return dirtyBytes > maxDirtyBytes && dirtyBytes >= totalBytes * MIN_DIRTY_RATIO
}
