// Reads the dead letters of topics one after the other, as values: in offset order within a partition, partitions merged by time. No more of
// them are in memory than one batch holds.
import { isUtf8 } from 'node:buffer'
import { type DeadLetter, type Header, readDeadLetter } from '../../dead-letters/dead-letter.ts'
import type { RecordPredicate } from '../../grammar/filter.ts'
import { HeaderCursor, type RecordCursor } from '../../record/record-cursor.ts'
import { consume, type ConsumeOptions } from '../consume/consume.ts'
import type { RecordSink } from '../consume/record-sink.ts'

/** A record as a value. */
export interface StoredRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** ms */
  readonly timestamp: bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly Header[]
  /** Of its batch: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec: number
}

/** A record of a dead-letter topic. */
export interface Letter extends StoredRecord {
  /** null where no known family wrote it. */
  readonly letter: DeadLetter | null
  /** Whether `isWanted` said so. */
  readonly isWanted: boolean
}

export interface LettersOptions extends Pick<ConsumeOptions, 'cluster' | 'clock' | 'ranges' | 'onDamage' | 'signal'> {
  /** Of the record as it lies there; null: all are wanted. Others are handed over too, so that a group's position can pass them. */
  readonly isWanted: RecordPredicate | null
}

/** Takes the next one; false ends the reading. */
export type TakeLetter = (letter: Letter) => Promise<boolean> | boolean

/** Resolves at the end of the ranges, or once `take` or the signal ends it. Aborted records and markers are left out. */
export async function eachLetter(options: LettersOptions, take: TakeLetter): Promise<void> {
  const stop = new AbortController()
  const sink = new LetterSink(options.isWanted, async (letters) => {
    for (const letter of letters) {
      const taken = take(letter)
      const goesOn = typeof taken === 'boolean' ? taken : await taken
      if (!goesOn) stop.abort()
      if (!goesOn || options.signal.aborted) return
    }
  })
  const signal = AbortSignal.any([options.signal, stop.signal])
  await consume({ ...options, sink, signal, isCommittedOnly: true, withControl: false })
}

class LetterSink implements RecordSink {
  readonly #isWanted: RecordPredicate | null
  readonly #handOver: (letters: readonly Letter[]) => Promise<void>
  #letters: Letter[] = []
  #topic = ''
  #partition = -1

  constructor(isWanted: RecordPredicate | null, handOver: (letters: readonly Letter[]) => Promise<void>) {
    this.#isWanted = isWanted
    this.#handOver = handOver
  }

  beginBatch(topic: string, partition: number): void {
    this.#topic = topic
    this.#partition = partition
  }

  record(cursor: RecordCursor): boolean {
    const record = readRecord(this.#topic, this.#partition, cursor)
    const letter = readDeadLetter(record.headers, record.value)
    this.#letters.push({ ...record, letter, isWanted: this.#isWanted === null || this.#isWanted(cursor) })
    return true
  }

  endBatch(): Promise<void> {
    const letters = this.#letters
    this.#letters = []
    return this.#handOver(letters)
  }

  idle(): null {
    return null
  }
}

/** A copy of the cursor's present record. */
export function readRecord(topic: string, partition: number, cursor: RecordCursor): StoredRecord {
  const { bytes, keyStart, keyEnd, valueStart, valueEnd } = cursor
  return {
    topic,
    partition,
    offset: cursor.offset,
    timestamp: cursor.timestamp,
    key: copied(bytes, keyStart, keyEnd),
    value: copied(bytes, valueStart, valueEnd),
    headers: readHeaders(cursor),
    codec: cursor.header.codec,
  }
}

function readHeaders(cursor: RecordCursor): Header[] {
  const read: Header[] = []
  const headers = new HeaderCursor()
  headers.open(cursor)
  while (headers.next()) {
    const key = cursor.bytes.subarray(headers.keyStart, headers.keyEnd)
    const value = copied(cursor.bytes, headers.valueStart, headers.valueEnd)
    read.push({ key: key.toString(), ...(isUtf8(key) ? {} : { keyBytes: Buffer.from(key) }), value })
  }
  return read
}

function copied(bytes: Buffer, start: number, end: number): Buffer | null {
  return start < 0 ? null : Buffer.from(bytes.subarray(start, end))
}
