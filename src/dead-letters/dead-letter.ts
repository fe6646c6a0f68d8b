// What the headers of a dead letter tell: each time it failed, oldest first. A record may have failed several times, with headers of several
// families; each adds its own after those that were there.
import { type Family, type HeaderMeaning, families } from './families.ts'
import { decimal } from './header-values.ts'
import { readJsonEnvelope } from './json-envelope.ts'
import { readDeaths } from './x-death.ts'

export interface Header {
  readonly key: string
  /** Where those of the key are not UTF-8, which `key` then only resembles. */
  readonly keyBytes?: Buffer
  readonly value: Buffer | null
}

/** One failure. What its family does not say is null. */
export interface Failure {
  readonly family: string
  readonly topic: string | null
  readonly partition: number | null
  readonly offset: bigint | null
  /** Of the record, ms. */
  readonly timestamp: bigint | null
  readonly group: string | null
  readonly error: FailureCause
  readonly attempts: number | null
  /** ms. */
  readonly firstFailedAt: bigint | null
  readonly lastFailedAt: bigint | null
  /** What only this family says: Connect's stage, Watermill's handler. */
  readonly details: ReadonlyMap<string, string>
}

export interface FailureCause {
  /** A class or code. */
  readonly type: string | null
  readonly message: string | null
  readonly stack: string | null
}

/** A header that a family claims and that does not say what it should. */
export interface DamagedHeader {
  readonly family: string
  readonly key: string
  readonly reason: string
}

export interface DeadLetter {
  /** Oldest first: the first says where the record came from, the last why it is here. */
  readonly failures: readonly Failure[]
  readonly damaged: readonly DamagedHeader[]
  /** How often it was replayed since it first failed; null where the header that counts is damaged. */
  readonly replays: number | null
}

/** What a header said, by its place among the headers. */
interface Said {
  readonly field: string
  readonly value: string | bigint
  readonly place: number
}

/** null for a record that no known family wrote. @param value for the family that tells it there */
export function readDeadLetter(headers: readonly Header[], value: Buffer | null = null): DeadLetter | null {
  const damaged: DamagedHeader[] = []
  const found = [...families.flatMap((family) => failuresOf(family, headers, damaged)), ...readDeaths(headers, damaged)]
  const enveloped = readJsonEnvelope(value)
  const { replays, damage } = readReplays(headers)
  if (damage !== null) damaged.push(damage)
  if (found.length === 0 && damaged.length === 0 && enveloped === null) return null
  const failures = found.toSorted((a, b) => a.place - b.place).map(({ failure }) => failure)
  // Whoever dead-lettered an envelope again added headers to it.
  return { failures: enveloped === null ? failures : [enveloped.failure, ...failures], damaged, replays }
}

function failuresOf(family: Family, headers: readonly Header[], damaged: DamagedHeader[]): { place: number; failure: Failure }[] {
  const isPresent = headers.some(({ key }) => identifies(family.headers.get(key)))
  if (!isPresent && !family.isReserved) return []
  const said: Said[] = []
  for (const [place, { key, value }] of headers.entries()) {
    const meaning = family.headers.get(key)
    if (meaning === undefined || meaning.field === 'replays' || value === null) continue
    const decoded = meaning.encoding(value)
    if ('reason' in decoded) damaged.push({ family: family.name, key, reason: decoded.reason })
    else said.push({ field: meaning.field, value: decoded.value, place })
  }
  if (!isPresent) return []
  if (family.isNewestFirst) {
    const place = said[0]?.place ?? 0
    return blocksOf(said).map((block) => ({ place, failure: new SaidOfOne(block, 0, 1).toFailure(family.name) }))
  }
  const count = Math.max(1, said.filter(({ field }) => field === 'topic').length)
  return Array.from({ length: count }, (_, index) => {
    const failure = new SaidOfOne(said, index, count)
    return { place: failure.place, failure: failure.toFailure(family.name) }
  })
}

/** One for each failure, the oldest first: headers are put before those that are there, and the type of the error before the rest. */
function blocksOf(said: readonly Said[]): Said[][] {
  const blocks: Said[][] = []
  for (const one of said) {
    if (blocks.length === 0 || one.field === 'errorType') blocks.unshift([])
    blocks[0]?.push(one)
  }
  return blocks
}

/** The others may be there for another family's sake, or on a record that never failed. */
function identifies(meaning: HeaderMeaning | undefined): boolean {
  return meaning?.field === 'topic' || meaning?.field === 'errorType'
}

const COMMON = new Set<string>([
  'topic',
  'partition',
  'offset',
  'timestamp',
  'timestampType',
  'group',
  'errorType',
  'causeType',
  'errorMessage',
  'errorStack',
  'attempts',
  'firstFailedAt',
  'lastFailedAt',
])

/** What was said of one of `count` failures of a family. */
class SaidOfOne {
  readonly #said: readonly Said[]
  readonly #index: number
  readonly #count: number

  constructor(said: readonly Said[], index: number, count: number) {
    this.#said = said
    this.#index = index
    this.#count = count
  }

  /** Where its headers begin: families append, so that is the order in which things happened. */
  get place(): number {
    return (this.#of('topic') ?? this.#said[0])?.place ?? 0
  }

  /** A field said as often as there are failures is said of each; one said otherwise was replaced, and is of the last. */
  #of(field: string): Said | undefined {
    const all = this.#said.filter((said) => said.field === field)
    if (all.length === this.#count) return all[this.#index]
    return this.#index === this.#count - 1 ? all.at(-1) : undefined
  }

  #text(field: string): string | null {
    const value = this.#of(field)?.value
    return typeof value === 'string' ? value : null
  }

  #integer(field: string): bigint | null {
    const value = this.#of(field)?.value
    return typeof value === 'bigint' ? value : null
  }

  #number(field: string): number | null {
    const value = this.#integer(field)
    return value === null ? null : Number(value)
  }

  toFailure(family: string): Failure {
    const details = new Map<string, string>()
    for (const { field } of this.#said) {
      const said = COMMON.has(field) ? undefined : this.#of(field)
      if (said !== undefined) details.set(field, String(said.value))
    }
    return {
      family,
      topic: this.#text('topic'),
      partition: this.#number('partition'),
      offset: this.#integer('offset'),
      timestamp: this.#integer('timestamp'),
      group: this.#text('group'),
      error: this.#cause(),
      attempts: this.#number('attempts'),
      firstFailedAt: this.#integer('firstFailedAt'),
      lastFailedAt: this.#integer('lastFailedAt'),
      details,
    }
  }

  #cause(): FailureCause {
    const type = this.#text('errorType')
    const message = this.#text('errorMessage')
    const cause = this.#text('causeType')
    const stack = this.#text('errorStack')
    // Spring wraps whatever a listener throws; what it threw is what a person looks for.
    if (type !== SPRING_WRAPPER || cause === null) return { type, message, stack }
    return { type: cause, message: message?.replace(SPRING_WRAPPER_MESSAGE, '') ?? null, stack }
  }
}

const SPRING_WRAPPER = 'org.springframework.kafka.listener.ListenerExecutionFailedException'
const SPRING_WRAPPER_MESSAGE = /^Listener failed; /

/** Whether a failure says what its family says of each: from where, and what went wrong. One header can be there by chance. */
export function isWhole({ topic, error }: Failure): boolean {
  return topic !== null && (error.type !== null || error.message !== null)
}

const NOTHING = Buffer.alloc(0)

/** Counts how often a record was replayed, whatever family its failures are of. */
export const REPLAYS_HEADER = 'leat.dlq.replays'

/** How often the headers say that a record was replayed; null where that cannot be read. */
export function readReplays(headers: readonly Header[]): { readonly replays: number | null; readonly damage: DamagedHeader | null } {
  const header = headers.findLast(({ key }) => key === REPLAYS_HEADER)
  if (header === undefined) return { replays: 0, damage: null }
  const decoded = decimal(header.value ?? NOTHING)
  const count = 'reason' in decoded ? -1 : Number(decoded.value)
  if (Number.isSafeInteger(count) && count >= 0) return { replays: count, damage: null }
  const reason = 'reason' in decoded ? decoded.reason : 'it is no count'
  return { replays: null, damage: { family: 'leat', key: REPLAYS_HEADER, reason } }
}
