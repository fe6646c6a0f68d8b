// A record on its way through a handler, with copies of its bytes: the batch that it came in is long gone when it fails.
import { HeadersWriter } from '../../record/headers-writer.ts'
import { HeaderCursor, type RecordCursor } from '../../record/record-cursor.ts'
import { isPast, type LastFailure, type RetryTopic } from './last-failure.ts'

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
  /** Where it was read first: elsewhere, for one from a retry topic that says so. */
  readonly origin: Place
  /** The topic that it is a record of: TOPIC, for one from TOPIC.retry.N. */
  readonly topic: string
  /** Which retry topic it comes from, from 1; 0: none. */
  readonly tier: number
  /** Since when it waits in a retry topic, ms; null: nobody knows. */
  readonly waitsSince: bigint | null
  readonly timestamp: bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** The section as HeadersWriter encodes it, without what tells of the failures so far; null for none. */
  readonly headers: Buffer | null
  /** Of the batch that it came in. */
  readonly codec: number
  /** null: it has not failed yet. */
  failures: Failures | null
}

const FAILURE_HEADERS = 'leat.dlq.'

/** Makes records that outlive the cursor which is on them. */
export class RecordHolder {
  readonly #headers = new HeaderCursor()
  readonly #writer = new HeadersWriter()

  /** A record of a topic that is read for itself. */
  hold(topic: string, partition: number, cursor: RecordCursor): HeldRecord {
    const place = { topic, partition, offset: cursor.offset }
    return { ...this.#bytesOf(cursor, Number.POSITIVE_INFINITY), place, origin: place, topic, tier: 0, waitsSince: null, failures: null }
  }

  /** A record of a retry topic. @param last what it says of itself; null: one that somebody put there by hand @param now ms */
  holdRetried(place: Place, cursor: RecordCursor, { base, tier }: RetryTopic, last: LastFailure | null, now: bigint): HeldRecord {
    const ownTime = isPast(cursor.timestamp, now) ? cursor.timestamp : null
    return {
      ...this.#bytesOf(cursor, last?.headerIndex ?? Number.POSITIVE_INFINITY),
      place,
      origin: last?.origin ?? place,
      topic: base,
      tier,
      waitsSince: last?.isTimed === true ? last.failures.lastFailedAt : ownTime,
      failures: last?.failures ?? null,
    }
  }

  /** @param failureIndex from which headers on those of failures are left out */
  #bytesOf(cursor: RecordCursor, failureIndex: number): Pick<HeldRecord, 'timestamp' | 'key' | 'value' | 'headers' | 'codec'> {
    const { keyStart, keyEnd, valueStart, valueEnd, timestamp, header } = cursor
    const start = keyStart >= 0 ? keyStart : Math.max(valueStart, 0)
    const end = Math.max(keyEnd, valueEnd, start)
    const bytes = Buffer.allocUnsafe(end - start)
    cursor.bytes.copy(bytes, 0, start, end)
    return {
      timestamp,
      key: keyStart < 0 ? null : bytes.subarray(0, keyEnd - keyStart),
      value: valueStart < 0 ? null : bytes.subarray(valueStart - start, valueEnd - start),
      headers: cursor.headerCount === 0 ? null : this.#sectionOf(cursor, failureIndex),
      codec: header.codec,
    }
  }

  /** All headers, byte for byte, but those of failures from an index on. */
  #sectionOf(cursor: RecordCursor, failureIndex: number): Buffer | null {
    const { bytes } = cursor
    const [headers, writer] = [this.#headers, this.#writer]
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
}

/** Bytes that it takes in memory, more or less. */
export function sizeOf({ key, value, headers: section }: HeldRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + (section?.length ?? 0)
}
