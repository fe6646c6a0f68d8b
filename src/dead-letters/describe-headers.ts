// Each header of a record with what it says: that of a family as the family writes it, others as they are.
import type { DeadLetter, Header } from './dead-letter.ts'
import { families, type Family } from './families.ts'
import { ownHeaders } from './strip-headers.ts'

export interface DescribedHeader extends Header {
  /** Whose header it is; null for the record's own. */
  readonly family: string | null
  /** What the family says with it; null where that is not known, or it is damaged. */
  readonly meaning: string | bigint | null
  /** Why it does not say what it should; null for one that does. */
  readonly damage: string | null
}

/** @param letter what `readDeadLetter` made of the headers */
export function describeHeaders(headers: readonly Header[], letter: DeadLetter | null): DescribedHeader[] {
  const own = new Set(ownHeaders(headers))
  const present = new Set([...(letter?.failures ?? []), ...(letter?.damaged ?? [])].map(({ family }) => family))
  const known = families.filter(({ name }) => present.has(name))
  return headers.map((header) => {
    const family = own.has(header) ? undefined : familyOf(header, known)
    return { ...header, family: family?.name ?? null, ...meaningOf(header, family) }
  })
}

function familyOf({ key }: Header, known: readonly Family[]): Family | undefined {
  return (
    known.find(({ headers }) => headers.has(key)) ??
    [...known, ...families].find(({ prefixes }) => prefixes.some((prefix) => key.startsWith(prefix)))
  )
}

function meaningOf({ key, value }: Header, family: Family | undefined): Pick<DescribedHeader, 'meaning' | 'damage'> {
  const meaning = family?.headers.get(key)
  if (meaning === undefined || value === null) return { meaning: null, damage: null }
  const decoded = meaning.encoding(value)
  return 'reason' in decoded ? { meaning: null, damage: decoded.reason } : { meaning: decoded.value, damage: null }
}
