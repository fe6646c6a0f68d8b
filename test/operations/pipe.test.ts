// Pipes in processes of one simulated machine.
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { pipe, type PipeOptions } from '../../src/operations/pipe/pipe.ts'
import type { Transform } from '../../src/operations/pipe/transform.ts'
import { realClock } from '../../src/system/real-clock.ts'
import { batchOf } from '../support/batches.ts'
import { openDirectory, readPartition } from '../support/records.ts'
import { simulatedSystem, type SimulatedSystem } from '../simulation/system.ts'

async function open(system: SimulatedSystem): Promise<DirectoryCluster> {
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  for (const topic of ['in', 'out']) if (!cluster.hasTopic(topic)) cluster.createTopic(topic, { partitions: 1, configs: new Map() })
  return cluster
}

/** Its time passes for nobody who waits. */
function run(cluster: DirectoryCluster, system: SimulatedSystem, options: Partial<PipeOptions> = {}): ReturnType<typeof pipe> {
  const clock = { now: () => system.clock.now(), sleep: realClock.sleep }
  return pipe({
    cluster,
    system: { ...system, clock },
    from: 'in',
    to: 'out',
    partitions: null,
    groupId: 'g',
    offsets: { from: { kind: 'stored' }, to: null },
    isFollowing: false,
    isWanted: null,
    keyField: null,
    openTransform: null,
    codec: 0,
    batchBytes: 1,
    recordsPerTransaction: 1000,
    createPartitions: 1,
    signal: new AbortController().signal,
    onTopicCreated: () => {},
    onDamage: () => {},
    note: () => {},
    ...options,
  })
}

async function committed(cluster: DirectoryCluster): Promise<unknown[]> {
  const { records } = await readPartition(cluster, 'out', 0, { isCommittedOnly: true })
  return records.map(({ value }) => value)
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Takes one batch. */
function brokenTransform(close: () => Promise<void>): () => Transform {
  let batches = 0
  return () => ({
    window: 1,
    beginBatch() {
      if (++batches === 2) throw new Error('broken')
    },
    prepare: (cursor) => {
      const value = Buffer.from(cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd))
      return async () => {
        await turns(5)
        return value
      }
    },
    close,
  })
}

test('a pipe that fails leaves no transaction open, though its command cannot be ended', async () => {
  const system = simulatedSystem()
  const cluster = await open(system)
  for (const value of ['a', 'b']) cluster.openAppender('in').append(0, batchOf([value]))
  const openTransform = brokenTransform(() => Promise.reject(new Error('not ended')))
  await expect(run(cluster, system, { openTransform })).rejects.toThrow('broken')
  cluster.openAppender('out').append(0, batchOf(['plain']))
  expect(await committed(cluster)).toEqual(['plain'])
})

test('a pipe that fails is over only when its look at what others left is over', async () => {
  const system = simulatedSystem()
  const cluster = await open(system)
  for (const value of ['a', 'b']) cluster.openAppender('in').append(0, batchOf([value]))
  let [begun, ended] = [0, 0]
  const clock = { now: () => system.clock.now(), sleep: () => turns(1) }
  const endUnfinished = cluster.transactions.endUnfinished.bind(cluster.transactions)
  cluster.transactions.endUnfinished = async () => {
    begun++
    await endUnfinished()
    await turns(50)
    ended++
  }
  const options = { isFollowing: true, openTransform: brokenTransform(() => Promise.resolve()) }
  await expect(run(cluster, system, { ...options, system: { ...system, clock } })).rejects.toThrow('broken')
  // Once at the start.
  expect(begun).toBeGreaterThan(1)
  expect(ended).toBe(begun)
})
