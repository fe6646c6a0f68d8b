// A process decides a transaction and is killed before that is on the disk; another one, which had the log open, finishes it; then the power
// goes. Whatever is left, the transaction counts in all its partitions or in none.
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { partitionFor } from '../../src/stream/groups/partition-for.ts'
import { simulatedSystem, type SimulatedSystem } from '../simulation/system.ts'
import { batchOf } from '../support/batches.ts'
import { openDirectory, readPartition } from '../support/records.ts'

const MINUTE = 60_000
const PARTITIONS = ['a', 'b'].map((topic) => ({ topic, partition: 0 }))

async function open(system: SimulatedSystem): Promise<DirectoryCluster> {
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  return cluster
}

/** An id whose transactions are in the same partition as those of `other`. */
function idBeside(other: string): string {
  for (let number = 0; ; number++) if (partitionFor(`id${number}`, 4) === partitionFor(other, 4)) return `id${number}`
}

test('a transaction that one process decided and another one finished is whole after a power loss', async () => {
  const system = simulatedSystem()
  const sweeper = await open(system.anotherProcess())
  for (const { topic } of PARTITIONS) sweeper.createTopic(topic, { partitions: 1, configs: new Map() })
  await sweeper.transactions.initProducerId('sweeper', MINUTE)
  await sweeper.transactions.endUnfinished()
  for (const { topic, partition } of PARTITIONS) sweeper.openLog(topic, partition)
  await sweeper.sync()

  const id = idBeside('sweeper')
  const dying = system.anotherProcess()
  const cluster = await open(dying)
  const producer = await cluster.transactions.initProducerId(id, MINUTE)
  await cluster.transactions.addPartitions(producer, PARTITIONS, null)
  for (const partition of PARTITIONS) cluster.transactions.append(producer, partition, batchOf(['x']), 0)
  // The first sync is of the records; it is killed as it begins to sync the decision.
  const sync = cluster.sync.bind(cluster)
  let syncs = 0
  cluster.sync = async () => {
    if (++syncs === 2) throw new Error('killed')
    await sync()
  }
  await expect(cluster.transactions.endTransaction(producer, true)).rejects.toThrow('killed')
  dying.kill()

  const crashed: SimulatedSystem[] = []
  let calls = 0
  system.files.onCall = () => {
    if (++calls % 4 === 0) for (let seed = 1; seed <= 16; seed++) crashed.push(system.afterPowerLoss({ mode: 'random', seed }))
  }
  await sweeper.transactions.endUnfinished()
  system.files.onCall = undefined
  expect(crashed.length).toBeGreaterThan(20)

  for (const after of crashed) {
    const later = await open(after)
    // Ends what is not.
    await later.transactions.initProducerId(id, MINUTE)
    const counts = []
    for (const { topic, partition } of PARTITIONS)
      counts.push((await readPartition(later, topic, partition, { isCommittedOnly: true })).records.length)
    expect(counts[0]).toBe(counts[1])
    await later.close(false)
  }
})
