// Records of all kinds and versions that Kafka 4.3.1 has, most of which no fixture holds. Its own classes wrote kafka-records.jsonl
// (KafkaRecords.java is how), two lines for each: the default values, and random ones with nulls, negative numbers and all of 64 bits.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ByteReader } from '../../../src/bytes/reader.ts'
import { type Message, decode, encode, toJson } from '../../../src/bytes/schema.ts'
import { ByteWriter } from '../../../src/bytes/writer.ts'
import { consumerProtocolAssignment, consumerProtocolSubscription } from '../../../src/record/internal/consumer-protocol.ts'
import { CONTROL_RECORDS } from '../../../src/record/internal/control-schemas.ts'
import { groupRecords } from '../../../src/record/internal/group-records.ts'
import { METADATA_RECORDS } from '../../../src/record/internal/metadata-schemas.ts'
import { shareStateRecords } from '../../../src/record/internal/share-state-records.ts'
import { transactionRecords } from '../../../src/record/internal/transaction-records.ts'
import { exactJson, withExactIntegers } from '../../support/exact-json.ts'

// oxlint-disable-next-line typescript/no-explicit-any
type AnyMessage = Message<any>

interface Sample {
  readonly name: string
  readonly version: bigint
  readonly hex: string
  readonly json: unknown
}

const samples = readFileSync(path.join(import.meta.dirname, 'kafka-records.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => exactJson(line) as Sample)

/** By the name that Kafka's class has. */
const SCHEMAS = new Map<string, AnyMessage>([
  ['ConsumerProtocolSubscription', consumerProtocolSubscription],
  ['ConsumerProtocolAssignment', consumerProtocolAssignment],
])
for (const { type, schema } of METADATA_RECORDS.values()) SCHEMAS.set(className(type), schema)
for (const [name, type] of [
  ['LeaderChangeMessage', 2],
  ['SnapshotHeaderRecord', 3],
  ['SnapshotFooterRecord', 4],
  ['KRaftVersionRecord', 5],
  ['VotersRecord', 6],
] as const)
  SCHEMAS.set(name, CONTROL_RECORDS.get(type)?.schema as AnyMessage)
for (const { type, key, value } of Object.values({ ...groupRecords, ...transactionRecords, ...shareStateRecords })) {
  SCHEMAS.set(`${className(type)}Key`, key)
  SCHEMAS.set(`${className(type)}Value`, value)
}

/** OFFSET_COMMIT: OffsetCommit */
function className(type: string): string {
  return type.toLowerCase().replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

for (const name of new Set(samples.map((sample) => sample.name)))
  test(`${name} reads and is written as Kafka's own class does it`, () => {
    const schema = SCHEMAS.get(name) as AnyMessage
    const ofName = samples.filter((sample) => sample.name === name)
    const [min, max] = schema.versions
    expect(new Set(ofName.map((sample) => Number(sample.version)))).toEqual(
      new Set(Array.from({ length: max - min + 1 }, (_, i) => min + i)),
    )
    for (const { version, hex, json } of ofName) {
      const reader = new ByteReader(Buffer.from(hex, 'hex'))
      const value = decode(schema, Number(version), reader)
      expect(reader.remaining).toBe(0)
      expect(withExactIntegers(toJson(schema, Number(version), value))).toEqual(json)
      const writer = new ByteWriter()
      encode(schema, Number(version), value, writer)
      expect(writer.result().toString('hex')).toBe(hex)
    }
  })

test('all schemas there are were tried', () => {
  expect([...SCHEMAS.keys()].filter((name) => !samples.some((sample) => sample.name === name))).toEqual([])
})
