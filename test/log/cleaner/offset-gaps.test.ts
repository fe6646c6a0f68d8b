// Offsets that no record has, as compaction leaves them by the million: they take no rounds.
import { expect, test } from 'vitest'
import { crc32c } from '../../../src/bytes/crc32c.ts'
import { ATTRIBUTES_OFFSET, CRC_OFFSET } from '../../../src/record/batch-header.ts'
import { simulatedSystem } from '../../simulation/system.ts'
import { keyedBatch } from '../../support/keyed-batches.ts'
import { openDirectory, readPartition } from '../../support/records.ts'

/** The batch with as many offsets after its last record. */
function spreadOver(lastOffsetDelta: number, batch: Buffer): Buffer {
  batch.writeInt32BE(lastOffsetDelta, 23)
  batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_OFFSET), CRC_OFFSET)
  return batch
}

test('a log of a few records over thousands of millions of offsets is compacted in a few rounds', async () => {
  const cluster = openDirectory(simulatedSystem(), '/data')
  await cluster.beginWriting()
  cluster.createTopic('t', { partitions: 1, configs: new Map([['cleanup.policy', 'compact']]) })
  const appender = cluster.openAppender('t')
  for (const value of ['1', '2', '3']) {
    const batch = keyedBatch([
      { key: 'a', value },
      { key: value, value },
    ])
    appender.append(0, spreadOver(2 ** 31 - 1, batch))
  }
  const { rounds, recordsAfter } = await cluster.compact('t', 0, { rolls: true, mapBytes: 1 << 16, turn: async () => {} })
  expect([rounds <= 6, recordsAfter]).toEqual([true, 4])
  const { records } = await readPartition(cluster, 't', 0)
  expect(records.map(({ key, value }) => `${String(key)}=${String(value)}`)).toEqual(['1=1', '2=2', 'a=3', '3=3'])
  await cluster.close()
})
