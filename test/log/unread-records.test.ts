// Counting the records that a reader has before it, from batch headers.
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { folderName } from '../../src/log/folder-name.ts'
import { PartitionView } from '../../src/log/partition-view.ts'
import { segmentPath } from '../../src/log/segment-files.ts'
import { unreadRecords } from '../../src/log/unread-records.ts'
import { BATCH_HEADER_SIZE } from '../../src/record/batch-header.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { SimulatedDisk } from '../simulation/disk.ts'
import { batchOf, inTransaction, markerOf, placedAt } from '../support/batches.ts'
import { expectedOf, fixture, fixturesMissing, type FixtureName } from '../support/fixtures.ts'
import { parseRecords } from '../support/records.ts'

const FOLDER = '/t-0'

/** A log of one segment; batches follow each other without gaps unless a base offset is given. */
function logOf(...batches: readonly (Buffer | readonly [bigint, Buffer])[]): { disk: SimulatedDisk; endOffset: bigint } {
  const disk = new SimulatedDisk()
  disk.makeDirectory(FOLDER)
  let next = 0n
  const placed = batches.map((item) => {
    const [base, batch] = Buffer.isBuffer(item) ? [next, item] : item
    next = base + BigInt(batch.readInt32BE(23)) + 1n
    return placedAt(base, batch)
  })
  append(disk, 0n, Buffer.concat(placed))
  return { disk, endOffset: next }
}

function append(disk: SimulatedDisk, base: bigint, bytes: Buffer): void {
  const log = disk.open(segmentPath(FOLDER, base, 'log'), 'create')
  log.write(bytes, 0, bytes.length, log.stat().size)
  log.close()
}

const values = (count: number): string[] => Array.from({ length: count }, (_, index) => `value ${index}`)
const data = (count: number): Buffer => batchOf(values(count))
const part = (producerId: bigint, count: number): Buffer => inTransaction(producerId, data(count))

test('a range may begin and end within batches', () => {
  const { disk } = logOf(data(10), data(5), data(10))
  const unread = (from: bigint, end: bigint): unknown => unreadRecords(disk, FOLDER, from, end)
  expect(unread(0n, 25n)).toEqual({ count: 25n, firstOffset: 0n })
  expect(unread(7n, 25n)).toEqual({ count: 18n, firstOffset: 7n })
  expect(unread(14n, 25n)).toEqual({ count: 11n, firstOffset: 14n })
  expect(unread(25n, 25n)).toEqual({ count: 0n, firstOffset: null })
  expect(unread(30n, 25n)).toEqual({ count: 0n, firstOffset: null })
  expect(unread(3n, 10n)).toEqual({ count: 7n, firstOffset: 3n })
})

test('markers are no work, and aborted records are none; those of open transactions are', () => {
  const { disk, endOffset } = logOf(
    part(1n, 3), // 0
    part(2n, 4), // 3
    markerOf(1n, 'abort'), // 7
    part(1n, 5), // 8
    markerOf(2n, 'commit'), // 13
    markerOf(1n, 'commit'), // 14
    part(3n, 2), // 15
  )
  const unread = (from: bigint): unknown => unreadRecords(disk, FOLDER, from, endOffset)
  expect(unread(0n)).toEqual({ count: 11n, firstOffset: 3n })
  // In the middle of a transaction, and of one that is aborted.
  expect(unread(5n)).toEqual({ count: 9n, firstOffset: 5n })
  expect(unread(1n)).toEqual({ count: 11n, firstOffset: 3n })
  expect(unread(13n)).toEqual({ count: 2n, firstOffset: 15n })
})

test('gaps that compaction leaves are no work', () => {
  const { disk, endOffset } = logOf([5n, data(2)], [40n, data(3)])
  expect(unreadRecords(disk, FOLDER, 0n, endOffset)).toEqual({ count: 5n, firstOffset: 5n })
  expect(unreadRecords(disk, FOLDER, 20n, endOffset)).toEqual({ count: 3n, firstOffset: 40n })
})

test('of large batches only headers are read', () => {
  const batch = (): Buffer => batchOf(Array.from({ length: 20 }, () => 'x'.repeat(5000)))
  const { disk, endOffset } = logOf(...Array.from({ length: 50 }, batch))
  const before = disk.calls
  expect(unreadRecords(disk, FOLDER, 0n, endOffset).count).toBe(1000n)
  const reads = disk.log.journal.slice(before).filter(({ syscall }) => syscall === 'read')
  const bytes = reads.reduce((sum, { detail }) => sum + Number.parseInt(detail), 0)
  expect(bytes).toBeGreaterThan(50 * BATCH_HEADER_SIZE)
  expect(bytes).toBeLessThan(disk.stat(segmentPath(FOLDER, 0n, 'log'))!.size / 50)
})

test('damage costs what it hit: counting goes on behind it', () => {
  const { disk, endOffset } = logOf(data(10), data(10), data(10))
  const size = disk.stat(segmentPath(FOLDER, 0n, 'log'))!.size / 3
  const log = disk.open(segmentPath(FOLDER, 0n, 'log'), 'write')
  log.write(Buffer.alloc(BATCH_HEADER_SIZE, 9), 0, BATCH_HEADER_SIZE, size)
  log.close()
  expect(unreadRecords(disk, FOLDER, 0n, endOffset)).toEqual({ count: 20n, firstOffset: 0n })
  expect(unreadRecords(disk, FOLDER, 15n, endOffset)).toEqual({ count: 10n, firstOffset: 20n })
})

test('a torn batch behind the end is not counted, nor is what is in segments that go meanwhile', () => {
  const { disk } = logOf(data(10))
  append(disk, 0n, placedAt(10n, data(7)).subarray(0, 100))
  append(disk, 10n, placedAt(10n, data(5)))
  expect(unreadRecords(disk, FOLDER, 0n, 10n).count).toBe(10n)
  expect(unreadRecords(disk, FOLDER, 0n, 15n).count).toBe(15n)
  disk.onCall = ({ syscall }) => {
    if (syscall !== 'scandir') return
    disk.onCall = undefined
    disk.remove(segmentPath(FOLDER, 0n, 'log'))
  }
  expect(unreadRecords(disk, FOLDER, 0n, 15n)).toEqual({ count: 5n, firstOffset: 10n })
})

interface KafkaTopic {
  readonly name: string
  readonly partitions: readonly { partition: number; earliest: number; latest: number; lastStable?: number }[]
}

/** Records of a transaction that was aborted while one before it was, and is, open. */
const ABORTED_BEHIND_OPEN: ReadonlyMap<string, readonly bigint[]> = new Map([['pending-0', [17n, 18n]]])

describe.skipIf(fixturesMissing)('directories that Kafka wrote', () => {
  const linesOf = (name: FixtureName, folder: string, kind: string): bigint[] | null => {
    const file = `${expectedOf(name)}/${kind}/${folder}.jsonl`
    return existsSync(file) ? parseRecords(readFileSync(file, 'utf8')).map(({ offset }) => BigInt(offset)) : null
  }

  test.each(['basics', 'compacted', 'transactions', 'groups'] as const)(
    '%s: as many as a read_committed consumer got, from any offset',
    (name) => {
      const topics = JSON.parse(readFileSync(`${expectedOf(name)}/topics.json`, 'utf8')) as KafkaTopic[]
      const partitions = topics.flatMap(({ name: topic, partitions: all }) => all.map((partition) => ({ topic, ...partition })))
      let compared = 0
      for (const { topic, partition, latest, earliest, lastStable } of partitions) {
        const folder = folderName(topic, partition)
        const all = linesOf(name, folder, 'records')
        if (all === null) continue
        // Behind the last stable offset a consumer does not see yet what is open.
        const stable = BigInt(lastStable ?? latest)
        const decided = linesOf(name, folder, 'records-committed') ?? all
        const aborted = ABORTED_BEHIND_OPEN.get(folder) ?? []
        const undecided = all.filter((offset) => offset >= stable && !aborted.includes(offset))
        const work = [...decided.filter((offset) => offset < stable), ...undecided]
        const directory = `${fixture(name)}/${folder}`
        const end = new PartitionView(realFiles, directory, BigInt(earliest)).logEndOffset()
        const step = Math.max(1, Math.floor((latest - earliest) / 25))
        for (let from = earliest; from <= latest; from += step) {
          const left = work.filter((offset) => offset >= BigInt(from))
          compared++
          expect(unreadRecords(realFiles, directory, BigInt(from), end), `${folder} from ${from}`).toEqual({
            count: BigInt(left.length),
            firstOffset: left[0] ?? null,
          })
        }
      }
      expect(compared).toBeGreaterThan(100)
    },
  )
})
