// Takes the failure headers away before a dead letter is replayed: the next failure has to tell its own story.
import { readDeadLetter, type Header } from './dead-letter.ts'
import { families } from './families.ts'

/** The headers that are the record's own, in order. Families that the record has no failure of keep theirs: they are somebody else's. */
export function ownHeaders(headers: readonly Header[]): Header[] {
  const letter = readDeadLetter(headers)
  const present = new Set([...(letter?.failures ?? []), ...(letter?.damaged ?? [])].map(({ family }) => family))
  // A record that came by Spring's retry topics has some of the other's, too.
  if (present.has('spring-retry')) present.add('spring')
  const prefixes = families.filter(({ name }) => present.has(name) || name === 'leat').flatMap((family) => family.prefixes)
  return headers.filter(({ key }) => !prefixes.some((prefix) => key.startsWith(prefix)))
}
