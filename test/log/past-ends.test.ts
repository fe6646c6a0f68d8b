// Where a log ended at a time, and what retention goes by, told by looking at a few headers: compared with reading everything.
import { describe, expect, test } from 'vitest'
import { DirectoryTopics } from '../../src/client/directory/directory-topics.ts'
import { folderName } from '../../src/log/folder-name.ts'
import { PartitionReader } from '../../src/log/partition-reader.ts'
import { PastEnds } from '../../src/log/past-ends.ts'
import { segmentFacts } from '../../src/log/segment-facts.ts'
import type { BatchHeader } from '../../src/record/batch-header.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { fixture, fixturesMissing } from '../support/fixtures.ts'

function headersOf(directory: string): BatchHeader[] {
  const reader = new PartitionReader(realFiles, directory, () => {})
  const headers: BatchHeader[] = []
  reader.seek(0n)
  for (let header = reader.next(); header !== null; header = reader.next()) headers.push(header)
  reader.close()
  return headers
}

describe.skipIf(fixturesMissing)('every partition that Kafka wrote', () => {
  const partitions = (['basics', 'compacted', 'transactions', 'unclean'] as const).flatMap((name) => {
    if (fixturesMissing) return []
    const topics = new DirectoryTopics(realFiles, fixture(name), () => {})
    return [...topics.localPartitions()].flatMap(([topic, numbers]) =>
      numbers.map((partition) => `${fixture(name)}/${folderName(topic, partition)}`),
    )
  })

  test('a log ended before its first batch that is not older', () => {
    let compared = 0
    for (const directory of partitions) {
      const headers = headersOf(directory)
      // Where times go back, a later segment may answer.
      if (headers.some(({ maxTimestamp }, index) => maxTimestamp < (headers[index - 1]?.maxTimestamp ?? maxTimestamp))) continue
      const end = headers.at(-1)?.nextOffset ?? 0n
      const past = new PastEnds(realFiles, directory, end)
      const step = Math.max(1, Math.floor(headers.length / 10))
      const times = headers.filter((_, index) => index % step === 0).map(({ maxTimestamp }) => maxTimestamp)
      const newest = times.reduce((a, b) => (a > b ? a : b), 0n)
      for (const time of [...times, ...times.map((before) => before + 1n), newest + 1_000_000_000_000n]) {
        compared++
        const expected = headers.find(({ maxTimestamp }) => maxTimestamp >= time)?.baseOffset ?? end
        expect(past.at(time), `${directory} at ${time}`).toBe(expected)
      }
      past.close()
    }
    expect(compared).toBeGreaterThan(200)
  })

  test('the newest time of a segment is that of its newest batch', () => {
    let compared = 0
    for (const directory of partitions) {
      const headers = headersOf(directory)
      const facts = segmentFacts(realFiles, directory)
      for (const [index, { baseOffset, newestTimestamp }] of facts.entries()) {
        const next = facts[index + 1]?.baseOffset
        const own = headers.filter((header) => header.baseOffset >= baseOffset && (next === undefined || header.baseOffset < next))
        const newest = own.reduce((time, { maxTimestamp }) => (maxTimestamp > time ? maxTimestamp : time), -1n)
        if (newest < 0n) continue
        compared++
        expect(newestTimestamp, `${directory} ${baseOffset}`).toBe(newest)
      }
    }
    expect(compared).toBeGreaterThan(50)
  })
})
