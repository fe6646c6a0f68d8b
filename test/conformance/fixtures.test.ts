// Directories that a real Apache Kafka wrote, and what that Kafka served from them.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { realSystem } from '../../src/system/real.ts'
import { expectedOf, fixture, fixturesMissing } from '../support/fixtures.ts'
import { type JsonRecord, openDirectory, parseRecords, readPartition } from '../support/records.ts'

const SETS = ['basics', 'compacted', 'transactions', 'groups', 'unclean', 'replicated-node1', 'replicated-node2'] as const

/** The expected records of a file, in leat's own spelling. */
function expectedRecords(path: string): JsonRecord[] {
  return parseRecords(readFileSync(path, 'utf8')).map((line) => {
    const { leaderEpoch: _, timestampType, ...record } = line as JsonRecord & { leaderEpoch: number }
    return timestampType === 'LOG_APPEND_TIME' ? { ...record, timestampType: 'LogAppendTime' } : record
  })
}

/** Large values are expected as their hash. */
function withHashes(records: readonly JsonRecord[], expected: readonly JsonRecord[]): JsonRecord[] {
  return records.map((record, index) => {
    const wanted = expected[index]?.value as { sha256?: string } | null | undefined
    if (wanted?.sha256 === undefined) return record
    const { value } = record
    const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from((value as { base64: string }).base64, 'base64')
    return { ...record, value: { sha256: createHash('sha256').update(bytes).digest('hex'), length: bytes.length } }
  })
}

describe.skipIf(fixturesMissing)('records of directories written by Kafka', () => {
  for (const name of SETS) {
    for (const [folder, isCommittedOnly] of [
      ['records', false],
      ['records-committed', true],
    ] as const) {
      const path = fixturesMissing ? '' : `${expectedOf(name)}/${folder}`
      if (!existsSync(path)) continue
      test(`${name}: ${folder} come out as Kafka served them`, async () => {
        const cluster = openDirectory(realSystem(), fixture(name))
        const files = readdirSync(path).filter((file) => file.endsWith('.jsonl'))
        expect(files.length).toBeGreaterThan(0)
        for (const file of files) {
          const expected = expectedRecords(`${path}/${file}`)
          const place = placeOf(file, expected)
          if (place === null) continue
          const { records, damage } = await readPartition(cluster, place.topic, place.partition, { isCommittedOnly })
          expect(damage, file).toEqual([])
          expect(withHashes(records, expected), file).toEqual(expected)
        }
        await cluster.close()
      })
    }
  }
})

/** Topic and partition of an expectation; null for an empty one whose name does not tell. */
function placeOf(file: string, records: readonly JsonRecord[]): { topic: string; partition: number } | null {
  const first = records[0]
  if (first !== undefined) return { topic: first.topic, partition: first.partition }
  const match = /^(.+)-(\d+)\.jsonl$/.exec(file)
  if (match === null || (match[1] as string).startsWith('long-topic-')) return null
  return { topic: match[1] as string, partition: Number(match[2]) }
}
