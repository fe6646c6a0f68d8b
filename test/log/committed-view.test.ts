import { expect, test } from 'vitest'
import { CommittedView } from '../../src/log/committed-view.ts'
import { PartitionReader } from '../../src/log/partition-reader.ts'
import { SimulatedDisk } from '../simulation/disk.ts'
import { batchOf, inTransaction, markerOf, placedAt } from '../support/batches.ts'

const FOLDER = '/t-0'

function append(disk: SimulatedDisk, ...batches: readonly Buffer[]): void {
  disk.makeDirectory(FOLDER)
  const bytes = Buffer.concat(batches)
  const log = disk.open(`${FOLDER}/00000000000000000000.log`, 'create')
  log.write(bytes, 0, bytes.length, log.stat().size)
  log.close()
}

test('a partition whose folder is not made yet is empty, and read once it is there', () => {
  const disk = new SimulatedDisk()
  const view = new CommittedView(disk, FOLDER, 0n)
  expect(view.lastStableOffset()).toBe(0n)
  append(disk, placedAt(0n, batchOf(['a'])), placedAt(1n, inTransaction(7n, batchOf(['b']))))
  expect(view.lastStableOffset()).toBe(1n)
})

test('of producers that abort and commit in turn, each batch is told by the transaction it lies in', () => {
  const disk = new SimulatedDisk()
  const outcomes = ['abort', 'abort', 'commit', 'abort', 'commit', 'commit', 'abort'] as const
  let offset = 0n
  const place = (batch: Buffer): Buffer => placedAt(offset++, batch)
  const expected: boolean[] = []
  for (const outcome of outcomes) {
    // Two producers, the second one's transaction within the first one's.
    append(disk, place(inTransaction(7n, batchOf(['a']))), place(inTransaction(8n, batchOf(['b']))), place(batchOf(['c'])))
    append(disk, place(inTransaction(7n, batchOf(['d']))), place(markerOf(8n, 'abort')), place(markerOf(7n, outcome)))
    expected.push(outcome === 'abort', true, false, outcome === 'abort', false, false)
  }
  const view = new CommittedView(disk, FOLDER, 0n)
  expect(view.lastStableOffset()).toBe(offset)
  const reader = new PartitionReader(disk, FOLDER, () => {})
  const told: boolean[] = []
  for (let header = reader.next(); header !== null; header = reader.next()) told.push(view.isAborted(header))
  expect(told).toEqual(expected)
})
