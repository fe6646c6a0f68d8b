// What a dead letter was before it failed. Most carry it, and some wrap it. Some only point at it: share groups, and Streams when it could not
// produce, leave key and value where they were, so that the original is read from its source.
import type { BatchReader, Cluster, Damage } from '../../client/cluster.ts'
import { type Failure, type Header, readReplays } from '../../dead-letters/dead-letter.ts'
import { readJsonEnvelope } from '../../dead-letters/json-envelope.ts'
import { ownHeaders } from '../../dead-letters/strip-headers.ts'
import { CorruptBatch } from '../../record/errors.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import { type Letter, readRecord, type StoredRecord } from './letters.ts'

const POINTING_FAMILIES = new Set(['share-group', 'streams'])
const CHUNK_BYTES = 64 * 1024

export interface Original {
  /** ms */
  readonly timestamp: bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** Those of the application. */
  readonly headers: readonly Header[]
  /** How often it was replayed since it first failed; null where a header that counts is damaged. */
  readonly replays: number | null
}

export class Originals {
  readonly #cluster: Cluster
  readonly #onDamage: (damage: Damage) => void
  readonly #readers = new Map<string, BatchReader>()
  readonly #cursor = new RecordCursor()

  constructor(cluster: Cluster, onDamage: (damage: Damage) => void) {
    this.#cluster = cluster
    this.#onDamage = onDamage
  }

  /** null where the letter only points at it, and it is not there. */
  of(letter: Letter): Original | null {
    const origin = letter.letter?.failures[0]
    const { replays } = readReplays(letter.headers)
    const pointing = pointingFailure(letter)
    if (pointing !== null) {
      const source = this.#read(pointing)
      return source === null
        ? null
        : { ...source, headers: ownHeaders(source.headers), replays: more(replays, readReplays(source.headers).replays) }
    }
    const value = origin?.family === 'json-envelope' ? (readJsonEnvelope(letter.value)?.original ?? null) : letter.value
    return { timestamp: origin?.timestamp ?? letter.timestamp, key: letter.key, value, headers: ownHeaders(letter.headers), replays }
  }

  close(): void {
    for (const reader of this.#readers.values()) reader.close()
  }

  #read({ topic, partition, offset }: Failure): StoredRecord | null {
    if (topic === null || partition === null || offset === null) return null
    const reader = this.#reader(topic, partition)
    if (reader === null) return null
    try {
      return this.#find(reader, topic, partition, offset)
    } catch (error) {
      if (error instanceof CorruptBatch) return null
      throw error
    }
  }

  #find(reader: BatchReader, topic: string, partition: number, offset: bigint): StoredRecord | null {
    const { startOffset, endOffset } = this.#cluster.partitionOffsets(topic, partition)
    if (offset < startOffset || offset >= endOffset) return null
    reader.seek(offset)
    const header = reader.next()
    if (header === null || header.isControl || header.baseOffset > offset) return null
    this.#cursor.open(reader.bytes, reader.at, header)
    while (this.#cursor.next()) if (this.#cursor.offset === offset) return readRecord(topic, partition, this.#cursor)
    return null
  }

  #reader(topic: string, partition: number): BatchReader | null {
    const key = `${topic}-${partition}`
    const known = this.#readers.get(key)
    if (known !== undefined) return known
    const isThere =
      this.#cluster.hasTopic(topic) && this.#cluster.describeTopic(topic).partitions.some((one) => one.partition === partition)
    if (!isThere) return null
    const reader = this.#cluster.openReader(topic, partition, this.#onDamage, CHUNK_BYTES)
    this.#readers.set(key, reader)
    return reader
  }
}

/** The failure that says where the record lies which the letter has neither key nor value of; null for one that is there itself. */
function pointingFailure({ letter, key, value }: Letter): Failure | null {
  const isEmpty = (key?.length ?? 0) === 0 && (value?.length ?? 0) === 0
  return (isEmpty ? letter?.failures.find(({ family }) => POINTING_FAMILIES.has(family)) : null) ?? null
}

function more(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b)
}
