// What a Kafka that was killed left behind, sound and then damaged: leat serves at least what Kafka serves after its recovery, says what it could
// not read, and never serves a byte that was not written.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { realSystem } from '../../src/system/real.ts'
import { batchOf } from '../support/batches.ts'
import { expectedOf, fixture, fixtureCopy, fixturesMissing } from '../support/fixtures.ts'
import { type JsonRecord, openDirectory, parseRecords, readPartition } from '../support/records.ts'

interface Boot {
  readonly topic: string
  readonly partition: number
  readonly recordsRead: number
}

interface Damaged {
  readonly file: string
  readonly damage: string
  readonly batchBaseOffset?: number
  readonly batchLastOffset?: number
}

/** Damage with sound batches after it, by partition: its first offset, and the one after it. */
const NAMED = new Map([
  ['views-none-2', [307n, 308n]],
  ['views-zstd-1', [112n, 113n]],
])

const boots = (): Boot[] => JSON.parse(readFileSync(`${expectedOf('torn')}/kafka-boot.json`, 'utf8')) as Boot[]
const damaged = (): Damaged[] => JSON.parse(readFileSync(`${expectedOf('torn')}/damage.json`, 'utf8')) as Damaged[]

/** Every record that was written, by offset. */
function written(topic: string, partition: number): Map<string, JsonRecord> {
  const lines = parseRecords(readFileSync(`${expectedOf('unclean')}/records/${topic}-${partition}.jsonl`, 'utf8'))
  return new Map(
    lines.map((line) => {
      const { leaderEpoch: _, timestampType: __, ...record } = line as JsonRecord & { leaderEpoch: number }
      return [record.offset, record]
    }),
  )
}

/** Whether a record was written and nobody can read it any more, as damage.json tells. */
function isLost(topic: string, partition: number, offset: number): boolean {
  return damaged().some(({ file, damage, batchBaseOffset: first, batchLastOffset: last }) => {
    if (!file.startsWith(`${topic}-${partition}/`) || first === undefined || last === undefined) return false
    return offset >= first && (offset <= last || damage === 'truncated')
  })
}

describe.skipIf(fixturesMissing)('the directory of a killed Kafka', () => {
  test('every acknowledged record is there', async () => {
    const acknowledged = JSON.parse(readFileSync(`${expectedOf('unclean')}/acknowledged.json`, 'utf8')) as Record<string, number>
    const cluster = openDirectory(realSystem(), fixture('unclean'))
    for (const [folder, last] of Object.entries(acknowledged)) {
      const dash = folder.lastIndexOf('-')
      const [topic, partition] = [folder.slice(0, dash), Number(folder.slice(dash + 1))]
      expect(Number(cluster.partitionOffsets(topic, partition).endOffset), folder).toBeGreaterThan(last)
      const { records, damage } = await readPartition(cluster, topic, partition)
      expect(damage).toEqual([])
      expect(records).toEqual([...written(topic, partition).values()])
    }
    expect(Object.keys(acknowledged)).toHaveLength(7)
    await cluster.close()
  })

  test('damaged, it serves all that was written but the damaged batches, which are named', async () => {
    const cluster = openDirectory(realSystem(), fixture('torn'))
    for (const { topic, partition, recordsRead } of boots()) {
      const { records, damage } = await readPartition(cluster, topic, partition)
      expect(records.length, `${topic}-${partition}`).toBeGreaterThanOrEqual(recordsRead)
      const all = written(topic, partition)
      for (const record of records) expect(record).toEqual(all.get(record.offset))
      const missing = [...all.keys()].filter((offset) => !records.some((record) => record.offset === offset))
      expect(missing, `${topic}-${partition}`).toEqual([...all.keys()].filter((offset) => isLost(topic, partition, Number(offset))))
      // A torn end is none: nobody was told that it is stored.
      const named = damage.flatMap(({ fromOffset, toOffset }) => [fromOffset, toOffset])
      expect(named, `${topic}-${partition}`).toEqual(NAMED.get(`${topic}-${partition}`) ?? [])
    }
    await cluster.close()
  })

  test('damaged and then written to, it still serves them', async () => {
    const root = fixtureCopy('torn')
    const cuts: string[] = []
    const before = openDirectory(realSystem(), root)
    const writer = openDirectory(realSystem(), root, (report) => {
      if (report.kind === 'cut') cuts.push(report.file.slice(root.length + 1))
    })
    await writer.beginWriting()
    for (const { topic, partition } of boots()) {
      const { records } = await readPartition(before, topic, partition)
      const next = writer.openAppender(topic).append(partition, batchOf(['after']))
      const after = await readPartition(writer, topic, partition)
      expect(after.records.slice(0, records.length)).toEqual(records)
      expect(after.records.at(-1)).toMatchObject({ value: 'after', offset: String(next) })
      expect(after.records).toHaveLength(records.length + 1)
    }
    await writer.close()
    await before.close()
    expect(cuts.toSorted()).toEqual([
      'views-none-0/00000000000000000200.log',
      'views-zstd-0/00000000000000000301.log',
      'views-zstd-2/00000000000000000307.log',
    ])
  })
})
