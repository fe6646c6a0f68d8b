// --filter: which records are wanted, by regular expressions on their parts.
//
//   k:REGEX  key · v:REGEX  value · h:NAME=REGEX  a header · h:NAME  has the header · a leading ! negates
//
// Expressions are JavaScript's, with the u flag, on the bytes read as UTF-8 (bytes that are not become U+FFFD). A key or value
// that is null never matches, so that `!v:x` finds tombstones too. One without special characters is searched for in a whole batch at a time.
import type { BatchHeader } from '../record/batch-header.ts'
import { HeaderCursor, type RecordCursor } from '../record/record-cursor.ts'
import { compileExpression, reasonOf } from './expression.ts'
import { NotationError, asUsage } from './point-at.ts'

/** Says of the cursor's present record whether it is wanted. */
export type RecordPredicate = (cursor: RecordCursor) => boolean

/** Says of a part of the present record whether it matches; `start` of -1 is null. */
type PartPredicate = (cursor: RecordCursor, start: number, end: number) => boolean

const HINT = "For example --filter 'v:error|timeout', --filter 'k:^order-', --filter 'h:type=created', --filter '!h:retry'."

/** @throws LeatError (usage) */
export function compileFilter(text: string): RecordPredicate {
  return asUsage('--filter', text, HINT, () => {
    const isNegated = text.startsWith('!')
    const at = isNegated ? 1 : 0
    const predicate = compilePart(text.slice(at, at + 2), text.slice(at + 2), at)
    return isNegated ? (cursor) => !predicate(cursor) : predicate
  })
}

/** Wanted by all of them; null where there are none. */
export function allOf(predicates: readonly RecordPredicate[]): RecordPredicate | null {
  if (predicates.length <= 1) return predicates[0] ?? null
  return (cursor) => predicates.every((isWanted) => isWanted(cursor))
}

function compilePart(part: string, rest: string, at: number): RecordPredicate {
  if (part === 'k:') {
    const matches = compilePattern(rest, at + 2)
    return (cursor) => matches(cursor, cursor.keyStart, cursor.keyEnd)
  }
  if (part === 'v:') {
    const matches = compilePattern(rest, at + 2)
    return (cursor) => matches(cursor, cursor.valueStart, cursor.valueEnd)
  }
  if (part !== 'h:') throw new NotationError('a filter begins with k:, v: or h:', at)
  const equals = rest.indexOf('=')
  const name = Buffer.from(equals < 0 ? rest : rest.slice(0, equals))
  if (name.length === 0) throw new NotationError('the name of a header is missing', at + 2)
  return headerPredicate(name, equals < 0 ? () => true : compilePattern(rest.slice(equals + 1), at + 2 + equals + 1))
}

/** True when one of the headers of that name matches. */
function headerPredicate(name: Buffer, matches: PartPredicate): RecordPredicate {
  const headers = new HeaderCursor()
  return (cursor) => {
    if (cursor.headerCount === 0) return false
    headers.open(cursor)
    while (headers.next()) {
      const isNamed = cursor.bytes.compare(name, 0, name.length, headers.keyStart, headers.keyEnd) === 0
      if (isNamed && matches(cursor, headers.valueStart, headers.valueEnd)) return true
    }
    return false
  }
}

/** --key TEXT: the key is exactly this. */
export function keyEquals(key: Buffer): RecordPredicate {
  return ({ bytes, keyStart, keyEnd }) => keyStart >= 0 && bytes.compare(key, 0, key.length, keyStart, keyEnd) === 0
}

function compilePattern(source: string, at: number): PartPredicate {
  const literal = literalOf(source)
  if (literal !== null) {
    const search = new LiteralSearch(literal)
    return (cursor, start, end) => start >= 0 && search.isWithin(cursor, start, end)
  }
  let pattern: RegExp
  try {
    pattern = compileExpression(source)
  } catch (error) {
    throw new NotationError(`not a regular expression: ${reasonOf(error, source)}`, at)
  }
  return ({ bytes }, start, end) => start >= 0 && pattern.test(bytes.toString('utf8', start, end))
}

function literalOf(source: string): Buffer | null {
  return /[\\^$.*+?()[\]{}|]/.test(source) || !source.isWellFormed() ? null : Buffer.from(source)
}

/** Finds where the literal comes next in the batch, and asks again only once the records have passed that place. */
class LiteralSearch {
  readonly #literal: Buffer
  #header: BatchHeader | null = null
  /** What is searched: the batch's records. */
  #area: Buffer = Buffer.alloc(0)
  #from = 0
  #found = 0

  constructor(literal: Buffer) {
    this.#literal = literal
  }

  isWithin(cursor: RecordCursor, start: number, end: number): boolean {
    const isSameBatch = cursor.header === this.#header
    if (!isSameBatch) this.#enter(cursor, start)
    if (!isSameBatch || start < this.#from || start > this.#found) {
      const found = this.#area.indexOf(this.#literal, start)
      this.#from = start
      this.#found = found < 0 ? this.#area.length : found
    }
    return this.#found + this.#literal.length <= end
  }

  #enter({ bytes, header }: RecordCursor, start: number): void {
    this.#header = header
    // Uncompressed batches lie in a larger buffer, among others.
    this.#area = header.codec === 0 ? bytes.subarray(0, start + header.sizeInBytes) : bytes
  }
}
