// Which offsets of a partition were asked for. Places such as `end` and times are looked up in the partition itself, once.
import { LeatError, exitCodes } from '../../../errors/leat-error.ts'
import type { OffsetBound, OffsetRange } from '../../../grammar/offset.ts'
import { readCheckpoint } from '../../../log/checkpoint-files.ts'
import { PartitionView } from '../../../log/partition-view.ts'
import type { Files } from '../../../system/files.ts'

export interface OffsetWindow {
  readonly from: bigint
  /** Exclusive; null: no end. */
  readonly to: bigint | null
}

export const EVERYTHING: OffsetWindow = { from: 0n, to: null }

/** Whether something that reaches from `first` to `last` has a part in the window. */
export function overlaps({ from, to }: OffsetWindow, first: bigint, last: bigint): boolean {
  return last >= from && (to === null || first < to)
}

/** @param folder of the partition. @throws LeatError for `stored`, which only a group can tell */
export function resolveWindow(files: Files, folder: string, range: OffsetRange): OffsetWindow {
  const slash = folder.lastIndexOf('/')
  const root = slash < 0 ? '.' : folder.slice(0, slash)
  const checkpointed = readCheckpoint(files, root, 'logStartOffset').get(folder.slice(slash + 1)) ?? 0n
  const view = new PartitionView(files, folder, checkpointed)
  return { from: place(view, range.from), to: range.to === null ? null : place(view, range.to) }
}

function place(view: PartitionView, bound: OffsetBound): bigint {
  switch (bound.kind) {
    case 'start':
      // Offset 0 stands for the start here, so that what lies before a start that was moved is dumped, too.
      return bound.plus === 0n ? 0n : view.logStartOffset + bound.plus
    case 'end':
      return view.logEndOffset() - bound.minus
    case 'offset':
      return bound.offset
    case 'time':
      return view.offsetForTime(bound.timestamp)?.offset ?? view.logEndOffset()
    case 'stored':
      throw new LeatError('INVALID_OFFSET', "'stored' is where a consumer group left off, and a dump has no group", {
        hint: 'Use beginning, end, an offset or a time.',
        exitCode: exitCodes.usage,
      })
  }
}
