import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { expectedOf, fixture, fixturesMissing } from '../support/fixtures.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { leat } from '../support/leat.ts'

interface Row {
  readonly topic: string
  readonly partition: number
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly lastStableOffset: number
  readonly offset: number | null
}

interface KafkaTopic {
  readonly name: string
  readonly partitions: readonly { partition: number; earliest: number; latest: number; lastStable?: number }[]
}

const rowsOf = (stdout: Buffer): Row[] =>
  stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)

describe.skipIf(fixturesMissing)('offsets of directories that Kafka wrote', () => {
  for (const name of ['basics', 'compacted', 'transactions'] as const)
    test(`${name}: start, end and last stable offset are what Kafka said`, async () => {
      const { stdout, exitCode } = await leat(['log', 'offsets', '--internal', '--json', '--dir', fixture(name)])
      expect(exitCode).toBe(0)
      const rows = rowsOf(stdout)
      for (const row of rows) expect(schemaErrors(readSchema('log-offsets'), row)).toEqual([])
      const topics = JSON.parse(readFileSync(`${expectedOf(name)}/topics.json`, 'utf8')) as KafkaTopic[]
      expect(topics.length).toBeGreaterThan(5)
      for (const { name: topic, partitions } of topics)
        for (const { partition, earliest, latest, lastStable = latest } of partitions)
          expect(rows.find((row) => row.topic === topic && row.partition === partition)).toMatchObject({
            logStartOffset: earliest,
            logEndOffset: latest,
            lastStableOffset: lastStable,
          })
    })

  test('--time takes what kafka-get-offsets takes, and times as they are written', async () => {
    const at = async (time: string): Promise<(number | null)[]> =>
      rowsOf((await leat(['log', 'offsets', 'orders', '-p', '0', '--json', '--time', time, '--dir', fixture('basics')])).stdout).map(
        ({ offset }) => offset,
      )
    expect(await at('-1')).toEqual([1012])
    expect(await at('-2')).toEqual([0])
    expect(await at('1736928028361')).toEqual([0])
    expect(await at('9999999999999')).toEqual([null])
    for (const time of ['2025-01-15', '@2025-01-15', '2025-01-15T08:00:00Z']) expect(await at(time)).toEqual([0])
    expect(await at('now')).toEqual([null])
  })
})
