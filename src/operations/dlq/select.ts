// Which dead letters are meant: by where they came from, why and when they failed, and what is in them. Of a record that failed more than
// once, the source is where it came from at first, and the error and its time are those of the last failure. Names and messages are compared
// as they are printed: control characters, which anybody may have put there, as \xNN.
import type { DeadLetter, Failure } from '../../dead-letters/dead-letter.ts'
import { messageShape } from '../../dead-letters/message-shape.ts'
import { printable } from '../../errors/printable.ts'
import { allOf, type RecordPredicate } from '../../grammar/filter.ts'
import { compileWhere } from '../../input/where.ts'
import type { Letter } from './letters.ts'

export interface LetterQuery {
  /** Expressions on the value, as in `leat consume --where`: all hold. */
  readonly where: readonly string[]
  /** Topics; '' is for letters that do not say. Empty: all. */
  readonly sources: readonly string[]
  /** With or without what comes before the class's name, or behind a = exactly so; '' is for letters that do not say. Empty: all. */
  readonly errorTypes: readonly string[]
  /** Of messages, as `leat dlq triage` prints them; '' is for letters without one. Empty: all. */
  readonly shapes: readonly string[]
  /** Failed at this time or later, ms; null: whenever. */
  readonly since: bigint | null
  /** Failed before this time, ms; null: whenever. */
  readonly until: bigint | null
  /** Of the dead-letter topic; null: all. */
  readonly partitions: readonly number[] | null
}

export interface LetterSelection {
  /** To be given to `eachLetter`. */
  readonly isWanted: RecordPredicate | null
  /** Whether the letter is meant. */
  readonly includes: (letter: Letter) => boolean
}

/** @throws LeatError (usage) for an expression that is none */
export function selectLetters(query: LetterQuery): LetterSelection {
  const isWanted = allOf(query.where.map(compileWhere))
  const { sources, errorTypes, shapes, since, until, partitions } = query
  const includes = (letter: Letter): boolean => {
    if (!letter.isWanted || partitions?.includes(letter.partition) === false) return false
    const reason = reasonOf(letter)
    if (sources.length > 0 && !sources.includes(reason.source ?? '')) return false
    if (errorTypes.length > 0 && !errorTypes.some((type) => isType(reason.errorType ?? '', type))) return false
    if (shapes.length > 0 && !shapes.includes(reason.shape ?? '')) return false
    return (since === null || reason.failedAt >= since) && (until === null || reason.failedAt < until)
  }
  return { isWanted, includes }
}

/** What letters are told apart by, as it is printed. */
export interface Reason {
  /** The topic that the record came from at first. */
  readonly source: string | null
  /** Of the last failure. */
  readonly errorType: string | null
  readonly shape: string | null
  /** ms; where the letter does not say, the record's own time: for some families that is the original's. */
  readonly failedAt: bigint
}

export function reasonOf({ letter, timestamp }: Letter): Reason {
  const last = lastFailure(letter)
  return {
    source: asPrinted(letter?.failures[0]?.topic),
    errorType: asPrinted(last?.error.type),
    shape: asPrinted(last?.error.message, messageShape),
    failedAt: last?.lastFailedAt ?? timestamp,
  }
}

function asPrinted(text: string | null | undefined, shorten = (whole: string) => whole): string | null {
  return text === null || text === undefined ? null : printable(shorten(text))
}

export function lastFailure(letter: DeadLetter | null): Failure | null {
  return letter?.failures.at(-1) ?? null
}

/** `TimeoutException` is `java.util.concurrent.TimeoutException`, too; `=TimeoutException` is not. */
function isType(type: string, wanted: string): boolean {
  if (wanted.startsWith(EXACTLY)) return type === wanted.slice(EXACTLY.length)
  return type === wanted || (wanted !== '' && type.endsWith(wanted) && '.$:'.includes(type.at(-wanted.length - 1) as string))
}

const EXACTLY = '='

/** What picks letters of this type and none of the others. */
export function typeQuery(type: string, others: Iterable<string>): string {
  if (type.startsWith(EXACTLY)) return EXACTLY + type
  for (const other of others) if (other !== type && isType(other, type)) return EXACTLY + type
  return type
}
