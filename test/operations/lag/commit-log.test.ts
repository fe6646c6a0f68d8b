// The history of commits, as `__consumer_offsets` has it.
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../../src/client/directory/directory-cluster.ts'
import { CommitLog } from '../../../src/operations/lag/commit-log.ts'
import { BatchBuilder } from '../../../src/record/batch-builder.ts'
import { groupRecords } from '../../../src/record/internal/group-records.ts'
import { encodeKey, encodeValue } from '../../../src/record/internal/keyed-record.ts'
import type { SimulatedDisk } from '../../simulation/disk.ts'
import { simulatedSystem } from '../../simulation/system.ts'
import { inTransaction, markerOf, placedAt } from '../../support/batches.ts'
import { openDirectory } from '../../support/records.ts'

const FOLDER = '/data/__consumer_offsets-0'

class OffsetsPartition {
  readonly #disk: SimulatedDisk
  readonly cluster: DirectoryCluster
  #next = 0n

  constructor() {
    const system = simulatedSystem()
    this.#disk = system.files
    this.#disk.makeDirectory('/data')
    this.#disk.makeDirectory(FOLDER)
    this.cluster = openDirectory(system, '/data')
  }

  append(batch: Buffer): void {
    const file = this.#disk.open(`${FOLDER}/00000000000000000000.log`, 'create')
    file.write(placedAt(this.#next, batch), 0, batch.length, file.stat().size)
    file.close()
    this.#next += BigInt(batch.readInt32BE(23)) + 1n
  }
}

/** A batch with one record: an offset of partition 0 of `orders`, committed by `billing`; null takes it back. */
function commit(second: number, offset: number | null): Buffer {
  const { offsetCommit } = groupRecords
  const fields = { leaderEpoch: -1, metadata: '', commitTimestamp: BigInt(second) * 1000n, expireTimestamp: -1n, topicId: '' }
  const value = offset === null ? null : encodeValue(offsetCommit, 3, { ...fields, offset: BigInt(offset) })
  return recordOf(encodeKey(offsetCommit, { group: 'billing', topic: 'orders', partition: 0 }), value)
}

function recordOf(key: Buffer, value: Buffer | null): Buffer {
  const builder = new BatchBuilder({ batchBytes: 1 << 16, codec: 0 })
  builder.append(0, key, 0, key.length, value ?? key, value === null ? -1 : 0, value?.length ?? -1, null)
  return Buffer.from(builder.build())
}

const historyOf = (log: CommitLog): string =>
  log
    .commitsOf('billing', 'orders', 0)
    .map(({ offset, timestampMs }) => `${timestampMs / 1000n}:${offset}`)
    .join(' ')

test('commits come as they are made, and go when the offset is taken back', () => {
  const partition = new OffsetsPartition()
  const log = new CommitLog(partition.cluster, 0)
  const after = (...batches: readonly Buffer[]): string => {
    for (const batch of batches) partition.append(batch)
    log.refresh()
    return historyOf(log)
  }
  expect(after()).toBe('')
  expect(after(commit(10, 1), commit(20, 2))).toBe('10:1 20:2')
  expect(after(commit(30, 3))).toBe('10:1 20:2 30:3')
  expect(after(commit(40, null))).toBe('')
  expect(after(commit(50, 5))).toBe('50:5')
  log.close()
})

test('what a transaction commits counts when it ends, if it does not abort', () => {
  const partition = new OffsetsPartition()
  const log = new CommitLog(partition.cluster, 0)
  partition.append(commit(10, 1))
  partition.append(inTransaction(7n, commit(20, 2)))
  partition.append(inTransaction(8n, commit(30, 99)))
  log.refresh()
  expect(historyOf(log)).toBe('10:1')
  partition.append(markerOf(8n, 'abort'))
  partition.append(markerOf(7n, 'commit'))
  log.refresh()
  expect(historyOf(log)).toBe('10:1 20:2')
  log.close()
})

test('records that are no commits, or cannot be understood, are passed over', () => {
  const partition = new OffsetsPartition()
  const { offsetCommit } = groupRecords
  const key = encodeKey(offsetCommit, { group: 'billing', topic: 'orders', partition: 0 })
  const odd: readonly (readonly [Buffer, Buffer])[] = [
    [Buffer.from([0, 99, 1, 2, 3]), Buffer.from([0, 0])],
    [Buffer.from([0]), Buffer.from([0, 0])],
    [key.subarray(0, 6), Buffer.from([0, 3, 1])],
    [key, Buffer.from([0, 3, 1])],
    [key, Buffer.from([0, 77, 1])],
  ]
  for (const [oddKey, value] of odd) partition.append(recordOf(oddKey, value))
  partition.append(commit(10, 1))
  const log = new CommitLog(partition.cluster, 0)
  log.refresh()
  expect(historyOf(log)).toBe('10:1')
  log.close()
})
