// Dead letters with new values. The topic stays as it is: what comes out is for a replay.
import type { PartitionRange } from '../../consume/ranges.ts'
import type { DepthContext } from '../depth.ts'
import { eachLetter, type Letter, type StoredRecord } from '../letters.ts'
import type { LetterSelection } from '../select.ts'
import { NotEditable, type ValueEdit } from './value-edit.ts'

export interface EditOptions extends DepthContext {
  readonly ranges: readonly PartitionRange[]
  readonly selection: LetterSelection
  readonly maxLetters: number
  /** One after the other. */
  readonly edits: readonly ValueEdit[]
  readonly onEdited: (before: StoredRecord, after: StoredRecord) => Promise<void>
  readonly onSkipped: (letter: StoredRecord, reason: string) => void
}

export interface EditResult {
  readonly edited: number
  /** Left out by an expression. */
  readonly dropped: number
  /** Of which nothing could be made. */
  readonly skipped: number
}

export async function editLetters({ selection, maxLetters, edits, onEdited, onSkipped, ...options }: EditOptions): Promise<EditResult> {
  const result = { edited: 0, dropped: 0, skipped: 0 }
  let left = maxLetters
  const take = async (letter: Letter): Promise<boolean> => {
    if (!selection.includes(letter)) return true
    try {
      const after = await edited(letter, edits)
      if (after === null) result.dropped++
      else {
        result.edited++
        await onEdited(letter, after)
      }
    } catch (error) {
      if (!(error instanceof NotEditable)) throw error
      result.skipped++
      onSkipped(letter, error.message)
    }
    return --left > 0
  }
  if (maxLetters > 0) await eachLetter({ ...options, isWanted: selection.isWanted }, take)
  return result
}

async function edited(letter: Letter, edits: readonly ValueEdit[]): Promise<Letter | null> {
  let { value } = letter
  for (const edit of edits) {
    if (value === null) throw new NotEditable('it has no value')
    value = await edit.edit(value)
    if (value === null) return null
  }
  return { ...letter, value }
}
