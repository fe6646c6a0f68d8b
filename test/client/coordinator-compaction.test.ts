// Logs of coordinators stay small by themselves: where there is no broker, nothing else compacts them.
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { readCheckpoint } from '../../src/log/checkpoint-files.ts'
import { listSegments, segmentPath } from '../../src/log/segment-files.ts'
import type { SimulatedSystem } from '../simulation/system.ts'
import { openBusyDirectory, openDirectory } from '../support/records.ts'
import { machine, Member, settle } from './member.ts'
import type { TopicPartition } from '../../src/record/topic-partition.ts'

const MiB = 1024 * 1024
const WEEK_MS = 7 * 24 * 3_600_000
/** As long as the coordinator takes: a commit is a 4 KiB record. */
const metadata = 'm'.repeat(4_000)

async function writer(system: SimulatedSystem): Promise<DirectoryCluster> {
  const cluster = openDirectory(system.anotherProcess(), '/data')
  await cluster.beginWriting()
  return cluster
}

async function commit(cluster: DirectoryCluster, groupId: string, offset: number): Promise<void> {
  const at = { topic: 'events', partition: 0, offset: BigInt(offset), leaderEpoch: 0, metadata }
  await cluster.groups.commitOffsets({ groupId, member: null, offsets: [at] })
}

/** Of the partitions of a topic, in all their segments. */
function sizeOf({ files }: SimulatedSystem, topic: string): number {
  const folders = files.list('/data').flatMap(({ name }) => (name.startsWith(`${topic}-`) ? [`/data/${name}`] : []))
  const paths = folders.flatMap((folder) => listSegments(files, folder).map((base) => segmentPath(folder, base, 'log')))
  return paths.reduce((sum, path) => sum + (files.stat(path)?.size ?? 0), 0)
}

test('a log of commits is compacted by who commits, however many there are, and says the same afterwards', async () => {
  const system = await machine()
  const [cluster, other] = [await writer(system), await writer(system)]
  let largest = 0
  await commit(other, 'g', 0)
  for (let offset = 1; offset <= 6_000; offset++) {
    await commit(cluster, 'g', offset)
    if (offset % 100 === 0) largest = Math.max(largest, sizeOf(system, '__consumer_offsets'))
  }
  // 24 MB were written. It is looked at every 4,096 records.
  expect(largest).toBeGreaterThan(4 * MiB)
  expect(largest).toBeLessThan(18 * MiB)
  const offsets = await Promise.all([cluster, other].map((one) => one.groups.fetchOffsets('g')))
  expect(offsets.map(([offset]) => offset?.offset)).toEqual([6_000n, 6_000n])
  // Whoever comes next finds it long, and leaves it short.
  const a = await Member.start(system, 'a')
  await a.cluster.groups.heartbeat({ ...a.options, groupId: 'g' }, 0, [])
  expect(sizeOf(system, '__consumer_offsets')).toBeLessThan(MiB)
  expect((await a.cluster.groups.fetchOffsets('g')).map(({ offset }) => offset)).toEqual([6_000n])
})

test('a log of transactions is, too', async () => {
  const system = await machine()
  const cluster = await writer(system)
  const partitions: TopicPartition[] = Array.from({ length: 4 }, (_, partition) => ({ topic: 'events', partition }))
  let producer = await cluster.transactions.initProducerId('x'.repeat(1_000), 60_000)
  for (let round = 0; round < 1_500; round++) {
    await cluster.transactions.addPartitions(producer, partitions, null)
    producer = await cluster.transactions.endTransaction(producer, false)
  }
  expect(sizeOf(system, '__transaction_state')).toBeLessThan(4 * MiB)
  const next = await writer(system)
  const again = await next.transactions.initProducerId('x'.repeat(1_000), 60_000)
  expect(again.producerId).toBe(producer.producerId)
})

test('members of one process, as retry topics have them, commit and end transactions while one of them has the log compacted', async () => {
  const system = await machine()
  const cluster = openBusyDirectory(system.anotherProcess(), '/data')
  await cluster.beginWriting()
  cluster.createTopic('wide', { partitions: 6, configs: new Map() })
  const members = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => new Member(system, name, null, cluster, 'wide'))
  await settle(...members)
  await settle(...members)
  await Promise.all(
    members.map(async (member) => {
      let producer = await cluster.transactions.initProducerId(member.options.memberId, 60_000)
      for (let round = 1n; round <= 20n; round++) {
        await member.beat()
        await member.commit(round)
        await cluster.transactions.addPartitions(producer, member.owned, null)
        producer = await cluster.transactions.endTransaction(producer, false)
      }
    }),
  )
  const cleaned = [...readCheckpoint(system.files, '/data', 'cleaner').keys()].map((folder) => folder.replace(/-[0-9]+$/, ''))
  expect(new Set(cleaned)).toEqual(new Set(['__consumer_offsets', '__transaction_state']))
  expect((await cluster.groups.fetchOffsets('g')).map(({ offset }) => offset)).toEqual(members.map(() => 20n))
})

test('retention takes out what Kafka takes out: offsets that are old, and members that died', async () => {
  const system = await machine()
  const a = await Member.start(system, 'a')
  await settle(a)
  await a.commit(5n)
  a.system.kill()
  const cluster = await writer(system)
  await commit(cluster, 'idle', 5)
  const retain = async (): Promise<string[]> => {
    for (const { partition } of cluster.describeTopic('__consumer_offsets').partitions)
      await cluster.applyRetention('__consumer_offsets', partition, { startOffset: null, withLimits: true })
    return (await cluster.groups.list()).map(({ groupId, state }) => `${groupId} ${state}`)
  }
  // A week after the last commit, but only now it is known to have no members.
  await system.clock.advance(WEEK_MS)
  expect(await retain()).toEqual(['g Empty'])
  await system.clock.advance(WEEK_MS)
  expect(await retain()).toEqual([])
})
