// Kafka's own topics as Kafka wrote them: kafka-dump-log's JSON of every record, and the same bytes when it is written again.
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { encode } from '../../../src/bytes/schema.ts'
import { ByteWriter } from '../../../src/bytes/writer.ts'
import { decodeGroupRecord, groupRecords } from '../../../src/record/internal/group-records.ts'
import { controlRecordJson, internalRecordJson } from '../../../src/record/internal/internal-record.ts'
import { type KeyedRecords, encodeKey, encodeValue } from '../../../src/record/internal/keyed-record.ts'
import { decodeMetadataRecord } from '../../../src/record/internal/metadata-record.ts'
import { METADATA_RECORDS } from '../../../src/record/internal/metadata-schemas.ts'
import { decodeShareStateRecord, shareStateRecords } from '../../../src/record/internal/share-state-records.ts'
import { decodeTransactionRecord, transactionRecords } from '../../../src/record/internal/transaction-records.ts'
import { exactJson, withExactIntegers } from '../../support/exact-json.ts'
import { type FixtureName, fixture, fixturesMissing } from '../../support/fixtures.ts'
import { type DumpedFile, SOUND_FIXTURES, dumpedFiles } from '../../support/kafka-dump.ts'
import { type StoredRecord, storedRecords } from '../../support/stored-records.ts'

const KEYED = {
  __consumer_offsets: { records: groupRecords as KeyedRecords, decodeRecord: decodeGroupRecord },
  __transaction_state: { records: transactionRecords as KeyedRecords, decodeRecord: decodeTransactionRecord },
  __share_group_state: { records: shareStateRecords as KeyedRecords, decodeRecord: decodeShareStateRecord },
} as const

/** The topic whose records kafka-dump-log decoded in a file, or null for a user's topic. */
function internalTopic(file: DumpedFile): string | null {
  return /^(__\w+)-\d+\//.exec(file.path)?.[1] ?? null
}

/** What the tool prints after the positions of a record, in the shape of an InternalRecord. */
function dumped(topic: string, line: string): unknown {
  const [, offset, content = ''] = /^\| offset: (\d+) .*? headerKeys: \[\] (.*)$/.exec(line) ?? []
  return { offset: BigInt(offset as string), ...dumpedContent(topic, content) }
}

function dumpedContent(topic: string, content: string): object {
  const marker = /^endTxnMarker: (\w+) coordinatorEpoch: (-?\d+)$/.exec(content)
  if (marker !== null)
    return { type: marker[1], version: 0n, key: null, value: { version: 0n, coordinatorEpoch: BigInt(marker[2] as string) } }
  const keyed = /^key: (\{.*\}) payload: (\{.*\}|<DELETE>)$/.exec(content)
  if (keyed !== null) {
    const key = exactJson(keyed[1] as string) as { type: string; data: unknown }
    const value = keyed[2] === '<DELETE>' ? null : (exactJson(keyed[2] as string) as { version: string; data: unknown })
    const { records } = KEYED[topic as keyof typeof KEYED]
    const type = Object.values(records).find(({ kind }) => kind === Number(key.type))?.type
    return { type, version: value === null ? null : BigInt(value.version), key: key.data, value: value?.data ?? null }
  }
  const metadata = /^payload: (\{.*\})$/.exec(content)?.[1]
  if (metadata !== undefined) {
    const { type, version, data } = exactJson(metadata) as { type: string; version: bigint; data: unknown }
    return { type, version, key: null, value: data }
  }
  const [, type, json] = /^(\w+):? (\{.*\})$/.exec(content) ?? []
  const value = exactJson(json as string) as { version: bigint }
  return { type, version: value.version, key: null, value }
}

function internalFiles(name: FixtureName): { topic: string; file: DumpedFile }[] {
  return ['log', 'checkpoint'].flatMap((extension) =>
    dumpedFiles(name, extension).flatMap((file) => {
      const topic = internalTopic(file)
      return topic === null ? [] : [{ topic, file }]
    }),
  )
}

/** Key and value decoded and encoded. */
function rewritten(topic: string, { key, value }: StoredRecord): { key: Buffer | null; value: Buffer | null } {
  if (topic === '__cluster_metadata') return { key: null, value: rewrittenMetadata(value as Buffer) }
  const { records, decodeRecord } = KEYED[topic as keyof typeof KEYED]
  const decoded = decodeRecord(key as Buffer, value)
  const record = Object.values(records).find(({ type }) => type === decoded?.type)
  if (decoded === null || record === undefined) throw new Error('unknown record')
  return {
    key: encodeKey(record, decoded.key),
    value: decoded.version === null ? null : encodeValue(record, decoded.version, decoded.value),
  }
}

function rewrittenMetadata(value: Buffer): Buffer {
  const record = decodeMetadataRecord(value)
  if (record === null) throw new Error('unknown record')
  const apiKey = [...METADATA_RECORDS].find(([, kind]) => kind === record.kind)?.[0] as number
  const writer = new ByteWriter()
  for (const number of [1, apiKey, record.version]) writer.unsignedVarint(number)
  encode(record.kind.schema, record.version, record.data, writer)
  return writer.result()
}

describe.skipIf(fixturesMissing)('topics of Kafka itself', () => {
  for (const name of SOUND_FIXTURES) {
    test(`${name}: every record reads as kafka-dump-log prints it, and is written as it was`, () => {
      let seen = 0
      for (const { topic, file } of internalFiles(name)) {
        const stored = storedRecords(path.join(fixture(name), file.path))
        const expected = file.lines.filter((line) => line.startsWith('| offset: ')).map((line) => dumped(topic, line))
        const read = stored.map((record) => {
          const { key, value, offset, isControl } = record
          return withExactIntegers({ offset, ...(isControl ? controlRecordJson(key, value) : internalRecordJson(topic, key, value)) })
        })
        expect(read, file.path).toEqual(expected)
        for (const record of stored) {
          if (record.isControl) continue
          expect(rewritten(topic, record), `${file.path} ${record.offset}`).toEqual({ key: record.key, value: record.value })
        }
        seen += stored.length
      }
      expect(seen).toBeGreaterThan(100)
    })
  }
})
