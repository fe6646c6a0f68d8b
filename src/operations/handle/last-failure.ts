// What a record in a retry topic says of itself, in the headers that leat gave it. Anybody may have written them, or the whole record: where it
// goes next, and that it goes there soon, is up to the topic that it was found in. What its headers say beyond that is told and no more.
import { type Failure, type Header, readDeadLetter } from '../../dead-letters/dead-letter.ts'
import { HeaderCursor, type RecordCursor } from '../../record/record-cursor.ts'
import type { Failures, Place } from './held-record.ts'
import { MAX_OFFSET } from '../../record/offset-range.ts'

/** A retry topic, by the plan. */
export interface RetryTopic {
  /** The topic whose records wait there. */
  readonly base: string
  /** From 1. */
  readonly tier: number
  /** Of a record that waits there, at most. */
  readonly attempts: number
}

export interface LastFailure {
  /** Where it was read at first; null where that is not said, or of another topic. */
  readonly origin: Place | null
  readonly failures: Failures
  /** Whether `failures` has the time at which it failed last; else that of now. */
  readonly isTimed: boolean
  /** Whose handler it failed in. */
  readonly group: string | null
  /** Where its headers begin. */
  readonly headerIndex: number
}

const FIRST_HEADER = 'leat.dlq.topic'
const MAX_PARTITION = 2 ** 31 - 1

/** null for a record that nobody says has failed. @param now ms */
export function readLastFailure(cursor: RecordCursor, retry: RetryTopic, now: bigint): LastFailure | null {
  if (cursor.headerCount === 0) return null
  const all = readHeaders(cursor)
  const headerIndex = all.findLastIndex(({ key }) => key === FIRST_HEADER)
  if (headerIndex < 0) return null
  const failure = readDeadLetter(all.slice(headerIndex))?.failures.findLast(({ family }) => family === 'leat')
  if (failure === undefined) return null
  const { lastFailedAt, group } = failure
  const isTimed = isPast(lastFailedAt, now)
  return {
    origin: originOf(failure, retry),
    failures: failuresOf(failure, retry, isTimed ? lastFailedAt : now),
    isTimed,
    group,
    headerIndex,
  }
}

export function isPast(time: bigint | null, now: bigint): time is bigint {
  return time !== null && time >= 0n && time <= now
}

function originOf({ topic, partition, offset }: Failure, { base }: RetryTopic): Place | null {
  if (topic !== base || partition === null || offset === null) return null
  if (!(partition >= 0 && partition <= MAX_PARTITION) || offset < 0n || offset > MAX_OFFSET) return null
  return { topic, partition, offset }
}

function failuresOf({ attempts, firstFailedAt }: Failure, retry: RetryTopic, lastFailedAt: bigint): Failures {
  const isCount = attempts !== null && attempts >= 1 && attempts <= retry.attempts
  return {
    attempts: isCount ? attempts : retry.attempts,
    firstFailedAt: isPast(firstFailedAt, lastFailedAt) ? firstFailedAt : lastFailedAt,
    lastFailedAt,
  }
}

function readHeaders(cursor: RecordCursor): Header[] {
  const all: Header[] = []
  const headers = new HeaderCursor()
  headers.open(cursor)
  while (headers.next()) {
    const { keyStart, keyEnd, valueStart, valueEnd } = headers
    const value = valueStart < 0 ? null : Buffer.from(cursor.bytes.subarray(valueStart, valueEnd))
    all.push({ key: cursor.bytes.toString('utf8', keyStart, keyEnd), value })
  }
  return all
}
