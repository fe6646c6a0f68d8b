// What to do with the end of a log that was not closed in order, and with what is wrong inside it.
//
//   what the walk from the recovery point found             outcome
//   every byte belongs to a valid batch                     ok
//   bytes at the end of the last segment, no valid batch    cut: they are a torn write; how many is reported
//     after them, past the recovery point
//   the same before the recovery point, or an end before    reported: what was synced is lost, and is no torn write; the log goes
//     offsets that were given                                 on in a new segment after the offsets that were given
//   bytes that are no valid batch, valid ones after them,   reported: never cut; reads of that range fail, `log verify`
//     in this segment or a later one                          names it, `log repair` asks
//   a whole message of format v0 or v1                      refused: nothing is written after what cannot be read
//
// Indexes are never looked at to decide this, and are rebuilt. A recovery point has no checksum: one that is wrong keeps bytes that could
// be cut, and no more. Which offsets were given is believed where the name of a snapshot, which a clean stop leaves there, says so too.
import type { ScanStop } from './batch-scanner.ts'
import type { Damage } from './segment-walker.ts'

export type RecoveryOutcome = 'ok' | 'cut' | 'reported' | 'refused'

export interface EndOfWalk {
  readonly isLastSegment: boolean
  /** Whether the log was on the disk further than its last batch now. */
  readonly isBeforeRecoveryPoint: boolean
  /** Whether offsets after the last batch were given to records before. */
  readonly isBeforeGivenEnd: boolean
}

/** @param tail what the walk of a segment ended with */
export function outcomeOfEnd(tail: ScanStop, { isLastSegment, isBeforeRecoveryPoint, isBeforeGivenEnd }: EndOfWalk): RecoveryOutcome {
  if (tail.kind === 'end') return isLastSegment && isBeforeGivenEnd ? 'reported' : 'ok'
  if (tail.kind === 'unsupported') return 'refused'
  return isLastSegment && !isBeforeRecoveryPoint && !isBeforeGivenEnd ? 'cut' : 'reported'
}

/** What recovery did, for the user to know; `unfinished`: what the next one will have to do, because it was not left as by a clean stop. */
export type RecoveryReport =
  | { readonly kind: 'cut'; readonly file: string; readonly position: number; readonly sizeInBytes: number; readonly reason: string }
  | { readonly kind: 'damage'; readonly damage: Damage }
  | { readonly kind: 'unfinished'; readonly error: unknown }
