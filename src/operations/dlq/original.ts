// What a dead letter was before it failed. Most carry it; some only point at it (share groups and failed productions of Kafka Streams leave key
// and value in the source topic), and some wrap it.
import type { Cluster } from '../../client/cluster.ts'
import type { Failure } from '../../dead-letters/dead-letter.ts'
import { readJsonEnvelope } from '../../dead-letters/json-envelope.ts'
import { ownHeaders } from '../../dead-letters/strip-headers.ts'
import { CorruptBatch } from '../../record/errors.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import { type Letter, readRecord, type StoredRecord } from './letters.ts'

/** Families that may leave the record at its source. */
const POINTING = new Set(['share-group', 'streams'])

export type OriginalRecord = Pick<StoredRecord, 'timestamp' | 'key' | 'value' | 'headers'>

/** null where the letter only points at it and its source does not have it any more. Headers that tell of failures are left out. */
export function originalOf(cluster: Cluster, letter: Letter): OriginalRecord | null {
  const { timestamp, key, value, headers } = letter
  const pointing = pointingFailure(letter)
  if (pointing !== null) {
    const source = readSource(cluster, pointing)
    return source === null ? null : { ...source, headers: ownHeaders(source.headers) }
  }
  const enveloped = letter.letter?.failures[0]?.family === 'json-envelope' ? readJsonEnvelope(value) : null
  return { timestamp, key, value: enveloped === null ? value : enveloped.original, headers: ownHeaders(headers) }
}

/** The failure that says where the record lies which the letter has neither key nor value of; null for one that is there itself. */
export function pointingFailure({ letter, key, value }: Letter): Failure | null {
  const isEmpty = (key?.length ?? 0) === 0 && (value?.length ?? 0) === 0
  return (isEmpty ? letter?.failures.find(({ family }) => POINTING.has(family)) : null) ?? null
}

/** null where there is no such record. */
function readSource(cluster: Cluster, { topic, partition, offset }: Failure): StoredRecord | null {
  if (topic === null || partition === null || offset === null || !cluster.hasTopic(topic)) return null
  if (!cluster.describeTopic(topic).partitions.some((known) => known.partition === partition)) return null
  const { startOffset, endOffset } = cluster.partitionOffsets(topic, partition)
  if (offset < startOffset || offset >= endOffset) return null
  // Damage makes it one that is not there.
  const reader = cluster.openReader(topic, partition, () => {})
  try {
    reader.seek(offset)
    const header = reader.next()
    if (header === null || header.isControl || header.baseOffset > offset) return null
    const cursor = new RecordCursor()
    cursor.open(reader.bytes, reader.at, header)
    while (cursor.next()) if (cursor.offset === offset) return readRecord(topic, partition, cursor)
    return null
  } catch (error) {
    if (error instanceof CorruptBatch) return null
    throw error
  } finally {
    reader.close()
  }
}
