import { expect, test } from 'vitest'
import { batchAt, findBatch } from '../../src/log/find-batch.ts'
import type { OpenFile } from '../../src/system/files.ts'
import { SimulatedDisk } from '../simulation/disk.ts'
import { batchOf, placedAt } from '../support/batches.ts'

function fileOf(...parts: readonly Buffer[]): OpenFile {
  const bytes = Buffer.concat(parts)
  const file = new SimulatedDisk().open('/segment.log', 'create')
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
