import { expect, test } from 'vitest'
import { readCheckpoint } from '../../src/log/checkpoint-files.ts'
import { simulatedSystem } from '../simulation/system.ts'
import { batchOf } from '../support/batches.ts'
import { openDirectory } from '../support/records.ts'

// Without a high watermark a broker begins at the log start; where that was trimmed into a batch, it warned of one that goes back.
test('a closed directory says of each log that it is whole and committed up to its end', async () => {
  const system = simulatedSystem()
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  cluster.createTopic('orders', { partitions: 1, configs: new Map() })
  cluster.openAppender('orders').append(0, batchOf(['a', 'b', 'c']))
  await cluster.close()
  for (const kind of ['recoveryPoint', 'highWatermark'] as const)
    expect(readCheckpoint(system.files, '/data', kind).get('orders-0'), kind).toBe(3n)
})
