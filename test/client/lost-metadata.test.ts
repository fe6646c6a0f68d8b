import { expect, test } from 'vitest'
import { batchOf } from '../support/batches.ts'
import { openDirectory, readPartition } from '../support/records.ts'
import { simulatedSystem } from '../simulation/system.ts'

test('topics whose records the metadata log has lost are read from their folders, and come back with the next change', async () => {
  const system = simulatedSystem()
  const writer = openDirectory(system, '/data')
  await writer.beginWriting()
  writer.createTopic('orders', { partitions: 2, configs: new Map() })
  writer.openAppender('orders').append(1, batchOf(['kept']))
  await writer.close()
  const path = '/data/__cluster_metadata-0/00000000000000000000.log'
  const log = system.files.open(path, 'write')
  // The bootstrap records are a batch of their own; what follows it is garbled.
  const firstBatch = 12 + system.files.readWhole(path).readInt32BE(8)
  log.write(Buffer.alloc(40), 0, 40, firstBatch + 70)
  log.close()

  const said: string[] = []
  const reader = openDirectory(system, '/data', ({ kind }) => said.push(kind))
  expect(reader.topicNames()).toEqual(['orders'])
  expect((await readPartition(reader, 'orders', 1)).records.map(({ value }) => value)).toEqual(['kept'])
  expect(said).toContain('damage')
  await reader.close()

  const changer = openDirectory(system, '/data')
  await changer.beginWriting()
  changer.createTopic('other', { partitions: 1, configs: new Map() })
  await changer.close()
  const after = openDirectory(system, '/data')
  expect(after.topicNames()).toEqual(['orders', 'other'])
  expect(after.describeTopic('orders').partitions.length).toBe(2)
  expect((await readPartition(after, 'orders', 1)).records.map(({ value }) => value)).toEqual(['kept'])
})

test('a topic has the id that any of its folders still tells', async () => {
  const system = simulatedSystem()
  const writer = openDirectory(system, '/data')
  await writer.beginWriting()
  writer.createTopic('orders', { partitions: 2, configs: new Map() })
  const { id } = writer.describeTopic('orders')
  await writer.close()
  system.files.removeTree('/data/__cluster_metadata-0')
  const torn = system.files.open('/data/orders-0/partition.metadata', 'write')
  torn.truncate(24)
  torn.close()
  expect(openDirectory(system, '/data').describeTopic('orders').id).toBe(id)
})
