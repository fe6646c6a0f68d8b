// Puts compacted segments in the place of those they were made from, so that at every moment, through a kill or a power loss, Kafka and
// leat find either all of the old or all of the new. The names are Kafka's, and so is what they mean after a crash:
//
//   1  A.log.cleaned …           written and synced. Alone they mean nothing: whoever compacts next removes them
//   2  A.log.swap …              renamed, the log last · sync the folder. From here on the new one counts: `.swap` files that have no
//                                `.cleaned` beside them stand for all segments from A up to the last offset in them
//   3  B.log, C.log … removed    the other segments that went into it · sync the folder
//   4  A.log …                   renamed over the old A, the log first · sync the folder
//
// All but the first step is done within the partition's lock. Readers take none: they see the segments through `presentSegments`.
import type { Files } from '../../system/files.ts'
import { Segment } from '../segment.ts'
import { parseSegmentFileName, type SegmentFileKind, segmentPath } from '../segment-files.ts'
import { SegmentWalker } from '../segment-walker.ts'

export const CLEANED_SUFFIX = '.cleaned'
export const SWAP_SUFFIX = '.swap'

const MAX_OFFSET = 2n ** 63n - 1n
const LOG_LAST = ['txnindex', 'timeindex', 'index', 'log'] as const
const LOG_FIRST = LOG_LAST.toReversed()
const ALL_KINDS = ['log', 'index', 'timeindex', 'txnindex', 'snapshot'] as const
/** How often files may vanish between their listing and their opening before that is no coincidence any more. */
const MAX_LISTINGS = 100

/** A partition's segments as a reader has to see them, ascending: those that are being swapped in stand for the ones they replace. */
export function presentSegments(files: Files, directory: string): Segment[] {
  for (let listings = 1; ; listings++)
    try {
      return resolve(files, directory)
    } catch (error) {
      // The swap was finished meanwhile.
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      if (!isMissing || listings === MAX_LISTINGS) throw error
    }
}

function resolve(files: Files, directory: string): Segment[] {
  const names = namesIn(files, directory)
  const swaps = validSwaps(names).map((baseOffset) => ({ baseOffset, end: endOfSwap(files, directory, baseOffset) }))
  const isReplaced = (base: bigint): boolean =>
    swaps.some(({ baseOffset, end }) => base === baseOffset || (base > baseOffset && base < end))
  const kept = basesWith(names, 'log', '').filter((base) => !isReplaced(base))
  const segments = [
    ...swaps.map(({ baseOffset }) => new Segment(files, directory, baseOffset, SWAP_SUFFIX)),
    ...kept.map((base) => new Segment(files, directory, base)),
  ]
  return segments.toSorted((a, b) => (a.baseOffset < b.baseOffset ? -1 : 1))
}

/** Puts what step 1 has made of the segments at `bases`, ascending, in their place. */
export async function swapIn(files: Files, directory: string, bases: readonly bigint[]): Promise<void> {
  const [base, ...others] = bases as [bigint, ...bigint[]]
  for (const kind of LOG_LAST) renameIfThere(files, segmentPath(directory, base, kind), CLEANED_SUFFIX, SWAP_SUFFIX)
  await files.syncDirectory(directory)
  const isRemoved = removeReplaced(files, directory, base, others)
  if (isRemoved) await files.syncDirectory(directory)
  putInPlace(files, directory, base)
  await files.syncDirectory(directory)
}

/** Finishes or takes back the swaps that died half-way, as Kafka does when it starts. */
export function finishSwaps(files: Files, directory: string): void {
  const names = namesIn(files, directory)
  if (!names.some((name) => name.endsWith(SWAP_SUFFIX))) return
  for (const base of validSwaps(names)) {
    const end = endOfSwap(files, directory, base)
    const others = ALL_KINDS.flatMap((kind) => basesWith(names, kind, '')).filter((other) => other > base && other < end)
    removeReplaced(files, directory, base, [...new Set(others)])
    putInPlace(files, directory, base)
  }
  for (const kind of LOG_LAST) {
    for (const base of basesWith(names, kind, SWAP_SUFFIX)) {
      const path = segmentPath(directory, base, kind)
      // Step 2 was not finished: the old segments count. Else only the log had been put in place.
      if (!isUnfinished(names, base)) renameIfThere(files, path, SWAP_SUFFIX, '')
      else if (files.stat(path + SWAP_SUFFIX) !== null) files.remove(path + SWAP_SUFFIX)
    }
  }
}

/** Removes what step 1 of a compaction that died has left. Only for who holds the lock of compaction. */
export function removeCleaned(files: Files, directory: string): void {
  for (const name of namesIn(files, directory)) if (name.endsWith(CLEANED_SUFFIX)) files.remove(`${directory}/${name}`)
}

/** True where something was there to be removed. */
function removeReplaced(files: Files, directory: string, base: bigint, others: readonly bigint[]): boolean {
  const paths = others.flatMap((other) => ALL_KINDS.map((kind) => segmentPath(directory, other, kind)))
  const aborted = segmentPath(directory, base, 'txnindex')
  if (files.stat(aborted + SWAP_SUFFIX) === null) paths.push(aborted)
  const present = paths.filter((path) => files.stat(path) !== null)
  for (const path of present) files.remove(path)
  return present.length > 0
}

function putInPlace(files: Files, directory: string, base: bigint): void {
  for (const kind of LOG_FIRST) renameIfThere(files, segmentPath(directory, base, kind), SWAP_SUFFIX, '')
}

function renameIfThere(files: Files, path: string, from: string, to: string): void {
  if (files.stat(path + from) !== null) files.rename(path + from, path + to)
}

function namesIn(files: Files, directory: string): string[] {
  return files.list(directory).map(({ name }) => name)
}

function basesWith(names: readonly string[], kind: SegmentFileKind, suffix: string): bigint[] {
  const bases: bigint[] = []
  for (const name of names) {
    const parsed = name.endsWith(suffix) ? parseSegmentFileName(name.slice(0, name.length - suffix.length)) : null
    if (parsed?.kind === kind) bases.push(parsed.baseOffset)
  }
  return bases
}

/** Bases of the logs that are being swapped in, and count. */
function validSwaps(names: readonly string[]): bigint[] {
  return basesWith(names, 'log', SWAP_SUFFIX).filter((base) => !isUnfinished(names, base))
}

/** Kafka's rule: a `.cleaned` file tells that the swap of its segment, or of a later one, was not begun in earnest. */
function isUnfinished(names: readonly string[], base: bigint): boolean {
  return LOG_LAST.some((kind) => basesWith(names, kind, CLEANED_SUFFIX).some((cleaned) => cleaned <= base))
}

function endOfSwap(files: Files, directory: string, baseOffset: bigint): bigint {
  const segment = new Segment(files, directory, baseOffset, SWAP_SUFFIX)
  try {
    const walker = new SegmentWalker(() => {})
    walker.open(segment.log, segment.positionBefore(MAX_OFFSET), segment.size, baseOffset)
    while (walker.next() !== null);
    return walker.nextOffset
  } finally {
    segment.close()
  }
}
