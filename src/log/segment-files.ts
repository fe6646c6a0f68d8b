// Names of the files of a segment: its base offset in 20 digits, and what the file holds.
import type { Files } from '../system/files.ts'
import { MAX_OFFSET } from '../record/offset-range.ts'

export type SegmentFileKind = 'log' | 'index' | 'timeindex' | 'txnindex' | 'snapshot'

/** What compaction adds to the names of files that are about to take the place of others: see cleaner/swap-files.ts. */
export const SWAP_SUFFIX = '.swap'

/** What Kafka adds to the names of files that it removes a minute later (file.delete.delay.ms). */
export const DELETED_SUFFIX = '.deleted'

/** How often files may vanish between their listing and their opening before that is no coincidence any more. */
export const MAX_LISTINGS = 100

const NAME = /^(\d{20})\.(log|index|timeindex|txnindex|snapshot)$/

export function segmentFileName(baseOffset: bigint, kind: SegmentFileKind): string {
  return `${baseOffset.toString().padStart(20, '0')}.${kind}`
}

export function segmentPath(directory: string, baseOffset: bigint, kind: SegmentFileKind): string {
  return `${directory}/${segmentFileName(baseOffset, kind)}`
}

/** null for anything else: checkpoints, `.deleted`, `.cleaned` and `.swap` files, strangers. */
export function parseSegmentFileName(name: string): { baseOffset: bigint; kind: SegmentFileKind } | null {
  const match = NAME.exec(name)
  if (match === null) return null
  const baseOffset = BigInt(match[1] as string)
  return baseOffset > MAX_OFFSET ? null : { baseOffset, kind: match[2] as SegmentFileKind }
}

/** Base offsets of the files of one kind in a partition's folder, ascending. */
export function listSegmentFiles(files: Files, directory: string, kind: SegmentFileKind): bigint[] {
  const offsets: bigint[] = []
  for (const entry of files.list(directory)) {
    const parsed = parseSegmentFileName(entry.name)
    if (parsed?.kind === kind) offsets.push(parsed.baseOffset)
  }
  return offsets.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

/** Base offsets of a partition's segments, ascending. */
export function listSegments(files: Files, directory: string): bigint[] {
  return listSegmentFiles(files, directory, 'log')
}

/** Retention in another process removes files between a look at the folder and the opening of what is in it. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
