// A record on its way through a handler, with copies of its bytes: the batch that it came in is long gone when it fails.
import { type Failure, type Header, readDeadLetter } from '../../dead-letters/dead-letter.ts'
import { HeadersWriter } from '../../record/headers-writer.ts'
import { HeaderCursor, type RecordCursor } from '../../record/record-cursor.ts'

export interface Place {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

/** What is known of a record's failures so far. */
export interface Failures {
  readonly attempts: number
  /** ms. */
  readonly firstFailedAt: bigint
  readonly lastFailedAt: bigint
}

export interface HeldRecord {
  /** Where it was read. */
  readonly place: Place
  /** Where it was read first: elsewhere, for one from a retry topic. */
  readonly origin: Place
  readonly timestamp: bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** The section as HeadersWriter encodes it, without what tells of the failures so far; null for none. */
  readonly headers: Buffer | null
  /** null: it has not failed yet. */
  failures: Failures | null
}

const FAILURE_HEADERS = 'leat.dlq.'
const FIRST_FAILURE_HEADER = 'leat.dlq.topic'

const headers = new HeaderCursor()
const writer = new HeadersWriter()

/** @param isRetry whether it comes from one of our retry topics */
export function holdRecord(topic: string, partition: number, cursor: RecordCursor, isRetry: boolean): HeldRecord {
  const { keyStart, keyEnd, valueStart, valueEnd, offset, timestamp } = cursor
  const place = { topic, partition, offset }
  const start = keyStart >= 0 ? keyStart : Math.max(valueStart, 0)
  const bytes = Buffer.from(cursor.bytes.subarray(start, Math.max(keyEnd, valueEnd, start)))
  const said = isRetry && cursor.headerCount > 0 ? lastFailure(cursor) : null
  return {
    place,
    origin: said === null ? place : originOf(said.failure, place),
    timestamp,
    key: keyStart < 0 ? null : bytes.subarray(0, keyEnd - keyStart),
    value: valueStart < 0 ? null : bytes.subarray(valueStart - start, valueEnd - start),
    headers: cursor.headerCount === 0 ? null : sectionOf(cursor, said?.headerIndex ?? Number.POSITIVE_INFINITY),
    failures: said === null ? null : failuresOf(said.failure),
  }
}

/** Bytes that it takes in memory, more or less. */
export function sizeOf({ key, value, headers: section }: HeldRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + (section?.length ?? 0)
}

function originOf({ topic, partition, offset }: Failure, place: Place): Place {
  return topic === null || partition === null || offset === null ? place : { topic, partition, offset }
}

function failuresOf({ attempts, firstFailedAt, lastFailedAt }: Failure): Failures | null {
  if (attempts === null || firstFailedAt === null || lastFailedAt === null) return null
  // Anybody may write such headers: what cannot be a count would have it retried for ever.
  if (!Number.isSafeInteger(attempts) || attempts < 1) return null
  return { attempts, firstFailedAt, lastFailedAt }
}

/** What leat said last of the record, and where that begins. */
function lastFailure(cursor: RecordCursor): { failure: Failure; headerIndex: number } | null {
  const all: Header[] = []
  headers.open(cursor)
  while (headers.next()) {
    const { keyStart, keyEnd, valueStart, valueEnd } = headers
    const value = valueStart < 0 ? null : Buffer.from(cursor.bytes.subarray(valueStart, valueEnd))
    all.push({ key: cursor.bytes.toString('utf8', keyStart, keyEnd), value })
  }
  const headerIndex = all.findLastIndex(({ key }) => key === FIRST_FAILURE_HEADER)
  if (headerIndex < 0) return null
  const failure = readDeadLetter(all.slice(headerIndex))?.failures.findLast(({ family }) => family === 'leat')
  return failure === undefined ? null : { failure, headerIndex }
}

/** All headers, byte for byte, but those of failures from an index on. */
function sectionOf(cursor: RecordCursor, failureIndex: number): Buffer | null {
  const { bytes } = cursor
  writer.clear()
  headers.open(cursor)
  for (let index = 0; headers.next(); index++) {
    const { keyStart, keyEnd, valueStart, valueEnd } = headers
    if (index >= failureIndex && bytes.toString('latin1', keyStart, keyEnd).startsWith(FAILURE_HEADERS)) continue
    writer.add(bytes, keyStart, keyEnd, bytes, valueStart, valueEnd)
  }
  const section = writer.section()
  return section === null ? null : Buffer.from(section)
}
