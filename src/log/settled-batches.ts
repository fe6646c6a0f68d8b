// The batches of a log that nobody takes back any more, by their headers: those of finished segments, and in the last one those before the
// last batch that its index names, if that batch is valid: recovery steps over damage with a valid batch after it, and cuts only what
// has none.
//
// What a batch holds is not read, so where headers do not lead on without a gap, only a reader can tell compaction from damage: there it ends.
import type { BatchHeader } from '../record/batch-header.ts'
import type { Files } from '../system/files.ts'
import { presentSegments } from './cleaner/swap-files.ts'
import { batchAt } from './find-batch.ts'
import { HeaderWalker } from './header-walker.ts'
import type { Segment } from './segment.ts'
import { isMissing } from './segment-files.ts'
import { MAX_OFFSET } from '../record/offset-range.ts'

export interface SettledBatch {
  /** Unchecked, but for its offsets: the batch after it begins where it ends. */
  readonly header: BatchHeader
  /** The whole batch; null where it is damaged. Before the next one is asked for. */
  read(): Buffer | null
}

/** @param directory the partition's folder, which may not be there yet */
export function* settledBatches(files: Files, directory: string, fromOffset: bigint): Generator<SettledBatch, void, void> {
  let offset = fromOffset
  try {
    while (files.stat(directory) !== null) {
      const segments = presentSegments(files, directory)
      const index = segments.findLastIndex(({ baseOffset }) => baseOffset <= offset)
      const segment = segments[Math.max(0, index)]
      if (segment === undefined) return
      const nextBase = segments[Math.max(0, index) + 1]?.baseOffset ?? null
      try {
        offset = yield* settledIn(segment, offset, nextBase)
      } finally {
        segment.close()
      }
      if (offset !== nextBase) return
    }
  } catch (error) {
    // Retention or compaction took it between the listing and now.
    if (!isMissing(error)) throw error
  }
}

/** @returns the offset after the last one */
function* settledIn(segment: Segment, fromOffset: bigint, nextBase: bigint | null): Generator<SettledBatch, bigint, void> {
  const { log, baseOffset } = segment
  const end = nextBase === null ? segment.positionBefore(MAX_OFFSET) : segment.size
  const start = fromOffset > baseOffset ? segment.positionBefore(fromOffset) : 0
  const headers = new HeaderWalker(log, start, end)
  let present: BatchHeader | null = null
  let position = start
  for (let next = headers.next(); next !== null; next = headers.next()) {
    if (present === null && start === 0 && next.baseOffset !== baseOffset) return fromOffset
    if (present !== null) {
      if (next.baseOffset !== present.nextOffset) return present.baseOffset
      if (present.nextOffset > fromOffset) yield settled(log, present, position)
      position += present.sizeInBytes
    }
    present = next
  }
  if (present === null) return fromOffset
  if (present.nextOffset !== nextBase) return present.baseOffset
  yield settled(log, present, position)
  return nextBase
}

function settled(log: Segment['log'], header: BatchHeader, position: number): SettledBatch {
  return {
    header,
    read() {
      const end = position + header.sizeInBytes
      if (batchAt(log, position, end) === null) return null
      const bytes = Buffer.allocUnsafe(header.sizeInBytes)
      log.read(bytes, 0, bytes.length, position)
      return bytes
    },
  }
}
