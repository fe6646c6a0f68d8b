// A record that is to be handled, and what that takes.
import type { OpenRecord } from './open-records.ts'
import type { Attempt } from './handler.ts'
import type { HeldRecord } from './held-record.ts'
import type { Intake } from './intake.ts'

export interface Task {
  readonly record: HeldRecord
  readonly attempt: Attempt
  readonly intake: Intake
  readonly open: OpenRecord
  readonly sizeInBytes: number
  /** When its turn comes at the earliest, ms; null: now. */
  readonly dueAt: bigint | null
  /** Records of the same lane are handled one after the other; null: in no order. */
  readonly lane: string | null
  /** What it is told apart by; null: it is handled however often it comes. */
  readonly id: string | null
}
