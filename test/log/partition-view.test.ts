import { expect, test } from 'vitest'
import { crc32c } from '../../src/bytes/crc32c.ts'
import { PartitionView } from '../../src/log/partition-view.ts'
import { planRetention } from '../../src/log/retention.ts'
import { segmentPath } from '../../src/log/segment-files.ts'
import { BatchBuilder } from '../../src/record/batch-builder.ts'
import { ATTRIBUTES_OFFSET, BATCH_HEADER_SIZE, CRC_OFFSET } from '../../src/record/batch-header.ts'
import { SimulatedDisk } from '../simulation/disk.ts'
import { batchOf, placedAt } from '../support/batches.ts'

const FOLDER = '/t-0'
const MAX_TIMESTAMP_OFFSET = 35

function write(disk: SimulatedDisk, base: bigint, ...batches: readonly Buffer[]): void {
  const bytes = Buffer.concat(batches)
  const log = disk.open(segmentPath(FOLDER, base, 'log'), 'create')
  log.write(bytes, 0, bytes.length, 0)
  log.close()
}

/** Right after each listing of the first `times`, retention deletes the last segment and a new one is there. */
function rollAfterListing(disk: SimulatedDisk, times: number): void {
  let base = 0n
  disk.onCall = ({ syscall }) => {
    if (syscall !== 'scandir' || base === BigInt(times)) return
    disk.remove(segmentPath(FOLDER, base++, 'log'))
    write(disk, base, placedAt(base, batchOf(['a'], { timestamp: Number(base) })))
  }
}

test.for<[string, (view: PartitionView) => unknown, unknown]>([
  ['where the log ends', (view) => view.logEndOffset(), 4n],
  ['where a time is', (view) => view.offsetForTime(1n), { offset: 3n, timestamp: 3n }],
  ['the newest time', (view) => view.newestTimestamp(), 3n],
])('%s is told though retention deletes segments that were just listed', ([, ask, answer]) => {
  const disk = new SimulatedDisk()
  disk.makeDirectory(FOLDER)
  write(disk, 0n, placedAt(0n, batchOf(['a'], { timestamp: 0 })))
  rollAfterListing(disk, 3)
  expect(ask(new PartitionView(disk, FOLDER, 0n))).toEqual(answer)
})

test('a time is found past a batch whose records cannot be told apart', () => {
  const disk = new SimulatedDisk()
  disk.makeDirectory(FOLDER)
  const garbled = batchOf(['a'], { timestamp: 5 })
  garbled.fill(0xff, BATCH_HEADER_SIZE)
  garbled.writeUInt32BE(crc32c(garbled, ATTRIBUTES_OFFSET), CRC_OFFSET)
  write(disk, 0n, placedAt(0n, garbled), placedAt(1n, batchOf(['b'], { timestamp: 6 })))
  expect(new PartitionView(disk, FOLDER, 0n).offsetForTime(5n)).toEqual({ offset: 1n, timestamp: 6n })
})

const FAR = 2n ** 62n

test.each([
  ['the first one', -FAR, 0n],
  ['one that is 2^62 ms after the first', 1n, 1n],
  ['one of two that a number cannot tell apart', FAR + 1n, 2n],
  ['one before others that are older', 3n, 1n],
  ['none', FAR + 2n, null],
])('in a batch with times far apart, a time is found exactly: %s', (_title, timestamp, offset) => {
  const disk = new SimulatedDisk()
  disk.makeDirectory(FOLDER)
  const builder = new BatchBuilder({ batchBytes: 1 << 20, codec: 0 })
  const value = Buffer.from('v')
  for (const time of [-FAR, FAR, FAR + 1n, 2n]) builder.append(time, value, -1, -1, value, 0, 1, null)
  write(disk, 0n, placedAt(0n, Buffer.from(builder.build())))
  expect(new PartitionView(disk, FOLDER, 0n).offsetForTime(timestamp)?.offset ?? null).toBe(offset)
})

test('where the time of appending counts, all records of a batch have it', () => {
  const disk = new SimulatedDisk()
  disk.makeDirectory(FOLDER)
  const batch = batchOf(['a', 'b'], { timestamp: 5 })
  batch.writeInt16BE(8, ATTRIBUTES_OFFSET)
  batch.writeBigInt64BE(1000n, MAX_TIMESTAMP_OFFSET)
  batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_OFFSET), CRC_OFFSET)
  write(disk, 0n, placedAt(0n, batch))
  expect(new PartitionView(disk, FOLDER, 0n).offsetForTime(900n)).toEqual({ offset: 0n, timestamp: 1000n })
})

test('a time index that lost its last entry does not make a segment older than it is', () => {
  const disk = new SimulatedDisk()
  disk.makeDirectory(FOLDER)
  const batches = [5, 9, 7].map((timestamp, index) => placedAt(BigInt(index), batchOf([`${timestamp}`], { timestamp })))
  write(disk, 0n, ...batches)
  write(disk, 3n, placedAt(3n, batchOf(['next'], { timestamp: 20 })))
  const entry = Buffer.alloc(12)
  entry.writeBigInt64BE(5n, 0)
  const index = disk.open(segmentPath(FOLDER, 0n, 'timeindex'), 'create')
  index.write(entry, 0, 12, 0)
  expect(new PartitionView(disk, FOLDER, 0n).offsetForTime(9n)).toEqual({ offset: 1n, timestamp: 9n })
  const limits = { retentionMs: 10n, retentionBytes: -1n, logStartOffset: 0n }
  expect(planRetention({ files: disk, directory: FOLDER, endOffset: 4n, limits, nowMs: 17n }).deleted).toEqual([])
})
