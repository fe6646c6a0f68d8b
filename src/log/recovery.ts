// What to do with the end of a log that was not closed in order, and with what is wrong inside it.
//
//   what the walk from the recovery point found             outcome
//   every byte belongs to a valid batch                     ok
//   bytes at the end of the last segment, no valid batch    cut: they are a torn write; how many is reported
//     after them, past the offsets that were synced
//   the same, or an end, before the offset up to which      reported: what was synced is lost, and no torn write; the log goes
//     the log was synced (its recovery point)                 on in a new segment after the offsets that were given
//   bytes that are no valid batch, valid ones after them,   reported: never cut; reads of that range fail, `log verify`
//     in this segment or a later one                          names it, `log repair` asks
//   a whole message of format v0 or v1                      refused: nothing is written after what cannot be read
//
// Indexes, snapshots and checkpoints are derived. They are never looked at to decide this, and are rebuilt.
import type { ScanStop } from './batch-scanner.ts'
import type { Damage } from './segment-walker.ts'

export type RecoveryOutcome = 'ok' | 'cut' | 'reported' | 'refused'

export interface EndOfWalk {
  readonly isLastSegment: boolean
  /** Whether offsets after the last batch were given to records before, as far as is known. */
  readonly isBeforeKnownEnd: boolean
}

/** @param tail what the walk of a segment ended with */
export function outcomeOfEnd(tail: ScanStop, { isLastSegment, isBeforeKnownEnd }: EndOfWalk): RecoveryOutcome {
  const isLost = isLastSegment && isBeforeKnownEnd
  if (tail.kind === 'end') return isLost ? 'reported' : 'ok'
  if (tail.kind === 'unsupported') return 'refused'
  return isLastSegment && !isLost ? 'cut' : 'reported'
}

/** What recovery did, for the user to know; `unfinished`: what the next one will have to do, because it was not left as by a clean stop. */
export type RecoveryReport =
  | { readonly kind: 'cut'; readonly file: string; readonly position: number; readonly sizeInBytes: number; readonly reason: string }
  | { readonly kind: 'damage'; readonly damage: Damage }
  | { readonly kind: 'unfinished'; readonly error: unknown }
