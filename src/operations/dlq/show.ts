// Single dead letters, with all that can be known of them.
import { describeHeaders, type DescribedHeader } from '../../dead-letters/describe-headers.ts'
import type { PartitionRange } from '../consume/ranges.ts'
import type { DepthContext } from './depth.ts'
import { eachLetter, type Letter } from './letters.ts'
import { type Original, Originals } from './originals.ts'
import type { LetterSelection } from './select.ts'

export interface ShownLetter extends Letter {
  readonly described: readonly DescribedHeader[]
  /** Key and value are at the source, if it still has them. */
  readonly isPointer: boolean
  /** The record before it failed, where the letter is not that itself; null where it is, and where its source does not have it any more. */
  readonly original: Original | null
}

export interface ShowOptions extends DepthContext {
  readonly ranges: readonly PartitionRange[]
  readonly selection: LetterSelection
  /** At most so many: the newest. */
  readonly maxLetters: number
}

/** Oldest first. */
export async function newestLetters(options: ShowOptions): Promise<ShownLetter[]> {
  const letters = await lastOf(options)
  const originals = new Originals(options.cluster, options.onDamage)
  try {
    return letters.map((letter) => shown(letter, originals.of(letter)))
  } finally {
    originals.close()
  }
}

async function lastOf({ selection, maxLetters, ...options }: ShowOptions): Promise<Letter[]> {
  const last: Letter[] = []
  await eachLetter({ ...options, isWanted: selection.isWanted }, (letter) => {
    if (!selection.includes(letter)) return true
    last.push(letter)
    if (last.length > maxLetters) last.shift()
    return true
  })
  return last
}

function shown(letter: Letter, original: Original | null): ShownLetter {
  const isItself = original !== null && original.value === letter.value && original.key === letter.key
  return {
    ...letter,
    described: describeHeaders(letter.headers, letter.letter),
    isPointer: !isItself && letter.key === null && letter.value === null,
    original: isItself ? null : original,
  }
}
