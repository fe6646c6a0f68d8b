import fs from 'node:fs'
import { expect, test } from 'vitest'
import { ActiveSegment } from '../../src/log/active-segment.ts'
import { batchAt, findBatch } from '../../src/log/find-batch.ts'
import { PartitionReader } from '../../src/log/partition-reader.ts'
import { PartitionView } from '../../src/log/partition-view.ts'
import { segmentPath } from '../../src/log/segment-files.ts'
import type { OpenFile } from '../../src/system/files.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { batchOf, placedAt } from '../support/batches.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

function fileOf(...parts: readonly Buffer[]): OpenFile {
  const bytes = Buffer.concat(parts)
  const file = realFiles.open(`${temporaryDirectory()}/segment.log`, 'create')
  file.write(bytes, 0, bytes.length, 0)
  return file
}

/** What begins as a whole message of format v0 does, and is long enough to be one. */
function oldMessage(sizeInBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeInBytes)
  bytes.writeInt32BE(sizeInBytes - 12, 8)
  return bytes
}

test('where bytes look like a message of an old format no batch is, which is no reason to fail', () => {
  const file = fileOf(oldMessage(100), placedAt(0n, batchOf(['a'])))
  expect(batchAt(file, 0, file.stat().size)).toBeNull()
})

test('the search for a batch goes on past what cannot be one', () => {
  const batch = placedAt(7n, batchOf(['a', 'b']))
  const file = fileOf(oldMessage(200), Buffer.alloc(50, 2), batch)
  expect(findBatch(file, 1, file.stat().size, 0n)).toMatchObject({ position: 250, header: { baseOffset: 7n } })
})

test.for([-1, -1_874_828_095, -(2 ** 31), 1, 69, 70, 2 ** 31 - 1])('at position %i of an index that is garbage no batch is', (position) => {
  const file = fileOf(placedAt(0n, batchOf(['a'])))
  expect(batchAt(file, position, file.stat().size)).toBeNull()
})

test.for([-1, -(2 ** 31), 3, 2 ** 31 - 1])(
  'an index entry that points to %i misleads nobody: not a look-up, not an append, not a rebuild',
  (position) => {
    const folder = temporaryDirectory()
    const write = (kind: 'log' | 'index' | 'timeindex', bytes: Buffer): void => fs.writeFileSync(segmentPath(folder, 0n, kind), bytes)
    const batches = [0n, 1n, 2n].map((offset) => placedAt(offset, batchOf(['a'], { timestamp: 1000 + Number(offset) })))
    write('log', Buffer.concat(batches))
    const entries = Buffer.alloc(16)
    entries.writeInt32BE(1, 0)
    entries.writeInt32BE(69, 4)
    entries.writeInt32BE(2, 8)
    entries.writeInt32BE(position, 12)
    write('index', entries)
    const times = Buffer.alloc(12)
    times.writeBigInt64BE(1001n, 0)
    times.writeInt32BE(2, 8)
    write('timeindex', times)

    const reader = new PartitionReader(realFiles, folder, () => {})
    reader.seek(2n)
    expect(reader.next()?.baseOffset).toBe(2n)
    const view = new PartitionView(realFiles, folder, 0n)
    expect([view.logEndOffset(), view.offsetForTime(1002n)?.offset]).toEqual([3n, 2n])
    const segment = new ActiveSegment(realFiles, folder, 0n, { indexIntervalBytes: 0, maxIndexBytes: 80 })
    segment.rewindTo(3n)
    expect([0, 69]).toContain(segment.size)
    segment.close()
  },
)
