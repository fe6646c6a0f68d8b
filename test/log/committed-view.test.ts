import { expect, test } from 'vitest'
import { CommittedView } from '../../src/log/committed-view.ts'
import { SimulatedDisk } from '../simulation/disk.ts'
import { batchOf, inTransaction, placedAt } from '../support/batches.ts'

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
