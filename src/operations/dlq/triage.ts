// How many dead letters there are of each kind: by where they came from, what went wrong, and when.
import type { PartitionRange } from '../consume/ranges.ts'
import { waiting } from './depth.ts'
import type { DoneOffsets } from './done-offsets.ts'
import { Histogram } from './histogram.ts'
import { eachLetter, type Letter, type LettersOptions } from './letters.ts'
import { type LetterSelection, reasonOf } from './select.ts'

export const dimensions = ['source', 'error-type', 'shape', 'hour'] as const

export type Dimension = (typeof dimensions)[number]

const HOUR_MS = 3_600_000n
/** The last hour of the year 9999. */
const MAX_TIME_MS = 253_402_300_799_999n
const MAX_ROWS = 10_000

/** What the letters of a row have in common. What the rows are not told apart by is undefined; what the letters do not say is null. */
export interface TriageKind {
  /** The dead-letter topic. */
  readonly topic: string
  readonly source?: string | null
  readonly errorType?: string | null
  readonly shape?: string | null
  /** When the hour in which they failed began, ms; null where they have a time that no calendar has. */
  readonly hour?: bigint | null
}

export interface TriageRow extends TriageKind {
  readonly count: number
}

export interface Triage {
  /** The most frequent first. */
  readonly rows: readonly TriageRow[]
  /** Letters of kinds that there was no room for. */
  readonly others: number
}

export interface TriageOptions extends Omit<LettersOptions, 'isWanted'> {
  readonly ranges: readonly PartitionRange[]
  readonly selection: LetterSelection
  readonly by: ReadonlySet<Dimension>
}

/** Of the letters that wait: what was replayed or parked is not told any more. */
export async function triage({ selection, by, ...options }: TriageOptions): Promise<Triage> {
  const histogram = new Histogram<TriageKind>(MAX_ROWS)
  const topics = [...new Set(options.ranges.map(({ topic }) => topic))]
  const done = new Map<string, ReadonlyMap<number, DoneOffsets>>()
  for (const topic of topics) done.set(topic, (await waiting(options.cluster, topic)).done)
  const take = (letter: Letter): boolean => {
    if (done.get(letter.topic)?.get(letter.partition)?.has(letter.offset) === true) return true
    if (!selection.includes(letter)) return true
    const kind = kindOf(letter, by)
    const { topic, source, errorType, shape, hour } = kind
    histogram.add(JSON.stringify([topic, source, errorType, shape, String(hour)]), () => kind)
    return true
  }
  await eachLetter({ ...options, isWanted: selection.isWanted }, take)
  return { rows: histogram.rows().map(({ item, count }) => ({ ...item, count })), others: histogram.others }
}

function kindOf(letter: Letter, by: ReadonlySet<Dimension>): TriageKind {
  const { source, errorType, shape, failedAt } = reasonOf(letter)
  return {
    topic: letter.topic,
    ...(by.has('source') ? { source } : {}),
    ...(by.has('error-type') ? { errorType } : {}),
    ...(by.has('shape') ? { shape } : {}),
    ...(by.has('hour') ? { hour: hourOf(failedAt) } : {}),
  }
}

function hourOf(time: bigint): bigint | null {
  if (time < 0n || time > MAX_TIME_MS) return null
  return time - (time % HOUR_MS)
}
