// Puts compacted segments in the place of those they were made from, so that at every moment, through a kill or a power loss, Kafka and
// leat find either all of the old or all of the new. The names are Kafka's, and so is what they mean after a crash:
//
//   1  A.log.cleaned …           written and synced, their names too, or a power loss may leave `.swap` files and no trace of the
//                                 `.cleaned` one that tells that they do not count. Alone they mean nothing: whoever compacts next removes them
//   2  A.log.swap …              renamed, the log last · sync the folder. From here on the new one counts: `.swap` files that have no
//                                `.cleaned` beside them stand for all segments from A up to the last offset in them
//   3  B.log, C.log … removed    the other segments that went into it · sync the folder
//                                 and those of the old A's other files that have no successor
//   4  A.log                     renamed over the old A · sync the folder
//   5  A.index …                 renamed: those in place are of the log in place · sync the folder
//
// All but the first step is done within the partition's lock, and waited for: who lets others of its process have a turn meanwhile has them
// wait for it for ever. Readers take none: they see the segments through `presentSegments`.
import type { Files } from '../../system/files.ts'
import { Segment } from '../segment.ts'
import { isMissing, MAX_LISTINGS, parseSegmentFileName, type SegmentFileKind, segmentPath, SWAP_SUFFIX } from '../segment-files.ts'
import { SegmentWalker } from '../segment-walker.ts'
import { MAX_OFFSET } from '../../record/offset-range.ts'

export const CLEANED_SUFFIX = '.cleaned'

const LOG_LAST = ['txnindex', 'timeindex', 'index', 'log'] as const
const INDEXES = ['index', 'timeindex', 'txnindex'] as const
const ALL_KINDS = ['log', 'index', 'timeindex', 'txnindex', 'snapshot'] as const
const WHOLE: ReadonlySet<SegmentFileKind> = new Set(LOG_LAST)

/** A partition's segments as a reader has to see them, ascending: those that are being swapped in stand for the ones they replace. */
export function presentSegments(files: Files, directory: string): Segment[] {
  for (let listings = 1; ; listings++)
    try {
      return resolve(files, directory)
    } catch (error) {
      // The swap was finished meanwhile.
      if (!isMissing(error) || listings === MAX_LISTINGS) throw error
    }
}

function resolve(files: Files, directory: string): Segment[] {
  const names = namesIn(files, directory)
  if (!names.some((name) => name.endsWith(SWAP_SUFFIX)))
    return ascending(basesWith(names, 'log', '').map((base) => new Segment(files, directory, base)))
  const swaps = validSwaps(names).map((baseOffset) => ({ baseOffset, end: endOfSwap(files, directory, baseOffset) }))
  const isReplaced = (base: bigint): boolean =>
    swaps.some(({ baseOffset, end }) => base === baseOffset || (base > baseOffset && base < end))
  const kept = basesWith(names, 'log', '').filter((base) => !isReplaced(base))
  return ascending([
    ...swaps.map(({ baseOffset }) => new Segment(files, directory, baseOffset, WHOLE)),
    ...kept.map((base) => new Segment(files, directory, base, pendingIndexes(names, base))),
  ])
}

function ascending(segments: Segment[]): Segment[] {
  return segments.toSorted((a, b) => (a.baseOffset < b.baseOffset ? -1 : 1))
}

/** Of a segment whose log is in place already. */
function pendingIndexes(names: readonly string[], base: bigint): ReadonlySet<SegmentFileKind> {
  const pending = INDEXES.filter((kind) => basesWith(names, kind, SWAP_SUFFIX).includes(base))
  return new Set(pending.length === 0 || isUnfinished(names, base) ? [] : pending)
}

/** Puts what step 1 has made of the segments at `bases`, ascending, in their place. */
export function swapIn(files: Files, directory: string, bases: readonly bigint[]): void {
  const [base, ...others] = bases
  if (base === undefined) throw new Error('there is nothing to put in place')
  for (const kind of LOG_LAST) renameIfThere(files, segmentPath(directory, base, kind), CLEANED_SUFFIX, SWAP_SUFFIX)
  files.syncDirectoryNow(directory)
  for (const step of stepsOfSwap(files, directory, base, others)) if (step()) files.syncDirectoryNow(directory)
}

/** Finishes or takes back the swaps that died half-way, as Kafka does when it starts. */
export function finishSwaps(files: Files, directory: string): void {
  const names = namesIn(files, directory)
  if (!names.some((name) => name.endsWith(SWAP_SUFFIX))) return
  // Whoever began may have been killed before it synced its step.
  files.syncDirectoryNow(directory)
  for (const base of validSwaps(names)) {
    for (const step of stepsOfSwap(files, directory, base, replacedBy(files, directory, names, base)))
      if (step()) files.syncDirectoryNow(directory)
  }
  for (const kind of LOG_LAST) {
    for (const base of basesWith(names, kind, SWAP_SUFFIX)) {
      const path = segmentPath(directory, base, kind)
      // Step 2 was not finished: the old segments count. Else only the log had been put in place.
      if (!isUnfinished(names, base)) renameIfThere(files, path, SWAP_SUFFIX, '')
      else if (files.stat(path + SWAP_SUFFIX) !== null) files.remove(path + SWAP_SUFFIX)
    }
  }
  // Before the `.cleaned` files go, which tell that these did not count.
  files.syncDirectoryNow(directory)
}

/** Bases of what a swapped segment replaces: segments, and indexes of those that it replaced whole, whose log went first. */
function replacedBy(files: Files, directory: string, names: readonly string[], base: bigint): bigint[] {
  const end = endOfSwap(files, directory, base)
  const kept = basesWith(names, 'log', '').filter((other) => other > base && other >= end)
  const next = kept.toSorted((a, b) => (a < b ? -1 : 1))[0] ?? end
  const before = (kind: SegmentFileKind, limit: bigint): bigint[] =>
    basesWith(names, kind, '').filter((other) => other > base && other < limit)
  return [...new Set([...ALL_KINDS.flatMap((kind) => before(kind, end)), ...INDEXES.flatMap((kind) => before(kind, next))])]
}

/** Removes what step 1 of a compaction that died has left. Only for who holds the lock of compaction. */
export function removeCleaned(files: Files, directory: string): void {
  for (const name of namesIn(files, directory)) if (name.endsWith(CLEANED_SUFFIX)) files.remove(`${directory}/${name}`)
}

/** Steps 3 to 5, each to be synced before the next one where it says that it did something. */
function stepsOfSwap(files: Files, directory: string, base: bigint, others: readonly bigint[]): (() => boolean)[] {
  const putInPlace = (kind: SegmentFileKind): boolean => renameIfThere(files, segmentPath(directory, base, kind), SWAP_SUFFIX, '')
  return [() => removeReplaced(files, directory, base, others), () => putInPlace('log'), () => INDEXES.map(putInPlace).includes(true)]
}

/** True where something was there to be removed. */
function removeReplaced(files: Files, directory: string, base: bigint, others: readonly bigint[]): boolean {
  const replaced = others.flatMap((other) => ALL_KINDS.map((kind) => segmentPath(directory, other, kind)))
  const withoutSuccessor = INDEXES.map((kind) => segmentPath(directory, base, kind)).filter(
    (path) => files.stat(path + SWAP_SUFFIX) === null,
  )
  const present = [...replaced, ...withoutSuccessor].filter((path) => files.stat(path) !== null)
  for (const path of present) files.remove(path)
  return present.length > 0
}

/** True where it was there. */
function renameIfThere(files: Files, path: string, from: string, to: string): boolean {
  const isThere = files.stat(path + from) !== null
  if (isThere) files.rename(path + from, path + to)
  return isThere
}

function namesIn(files: Files, directory: string): string[] {
  return files.list(directory).map(({ name }) => name)
}

function basesWith(names: readonly string[], kind: SegmentFileKind, suffix: string): bigint[] {
  const bases: bigint[] = []
  for (const name of names) {
    if (!name.endsWith(`.${kind}${suffix}`)) continue
    const parsed = parseSegmentFileName(name.slice(0, name.length - suffix.length))
    if (parsed !== null) bases.push(parsed.baseOffset)
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
  const segment = new Segment(files, directory, baseOffset, WHOLE)
  try {
    const walker = new SegmentWalker(() => {})
    walker.open(segment.log, segment.positionBefore(MAX_OFFSET), segment.size, baseOffset)
    while (walker.next() !== null);
    return walker.nextOffset
  } finally {
    segment.close()
  }
}
