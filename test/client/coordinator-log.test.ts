import { expect, test } from 'vitest'
import { CoordinatorTopic } from '../../src/client/directory/coordinator-topic.ts'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import type { CoordinatorRecord, CoordinatorResult, CoordinatorState } from '../../src/stream/coordinator.ts'
import { partitionFor } from '../../src/stream/groups/partition-for.ts'
import { simulatedSystem } from '../simulation/system.ts'
import { BatchBuilder } from '../../src/record/batch-builder.ts'
import { batchOf, inTransaction, markerOf, placedAt } from '../support/batches.ts'
import { fixture, fixturesMissing } from '../support/fixtures.ts'
import { openDirectory } from '../support/records.ts'
import { realSystem } from '../../src/system/real.ts'

/** A counter for each key: what a coordinator's state looks like from outside. */
class Counters implements CoordinatorState {
  readonly counts = new Map<string, number>()
  readonly transactional: string[] = []
  readonly markers: string[] = []
  replayed = 0

  replay({ key, value }: CoordinatorRecord, offset: bigint, producerId: bigint): void {
    this.replayed++
    if (producerId >= 0n) this.transactional.push(`${offset} ${producerId}`)
    if (value === null) this.counts.delete(String(key))
    else this.counts.set(String(key), Number(value))
  }

  replayEndTransactionMarker(producerId: bigint, isCommitted: boolean): void {
    this.markers.push(`${producerId} ${isCommitted}`)
  }
}

function topicOf(host: DirectoryCluster, name = '__consumer_offsets'): CoordinatorTopic<Counters> {
  return new CoordinatorTopic({ host, name, configs: new Map(), makeState: () => new Counters(), onDamage: () => {} })
}

function increment(key: string): (state: Counters) => CoordinatorResult<number> {
  return (state) => {
    const next = (state.counts.get(key) ?? 0) + 1
    return { records: [{ key: Buffer.from(key), value: Buffer.from(String(next)) }], response: next }
  }
}

function keyed(key: string, value: string): Buffer {
  const builder = new BatchBuilder({ batchBytes: 1000, codec: 0 })
  const [keyBytes, valueBytes] = [Buffer.from(key), Buffer.from(value)]
  builder.append(0, keyBytes, 0, keyBytes.length, valueBytes, 0, valueBytes.length, null)
  return Buffer.from(builder.build())
}

test('many processes that take turns count without a gap: each decides on what the others wrote', async () => {
  const system = simulatedSystem()
  const processes = [system, system.anotherProcess(), system.anotherProcess()]
  const clusters = processes.map((process) => openDirectory(process, '/data'))
  const topics = clusters.map((cluster) => topicOf(cluster))
  for (const cluster of clusters) await cluster.beginWriting()
  for (let round = 1; round <= 9; round++) expect(topics[round % 3]?.logOf('id').change(increment('id'))).toBe(round)
  expect(topics[0]?.read('id').counts.get('id')).toBe(9)
  expect(clusters[1]?.describeTopic('__consumer_offsets').partitions.length).toBe(4)
  for (const cluster of clusters) await cluster.close()
})

test('without a topic there is nothing, and reading makes none', async () => {
  const cluster = openDirectory(simulatedSystem(), '/data')
  const topic = topicOf(cluster)
  expect([topic.read('id').counts.size, topic.readAll(), topic.folderOf('id')]).toEqual([0, [], null])
  await cluster.beginWriting()
  expect(cluster.hasTopic('__consumer_offsets')).toBe(false)
  await cluster.close()
})

test('what needs no record takes no lock', async () => {
  const system = simulatedSystem()
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  const log = topicOf(cluster).logOf('id')
  log.change(increment('id'))
  const holder = system.anotherProcess().locks.open(`/data/__consumer_offsets-${partitionFor('id', 4)}/.leat.lock`)
  holder.acquire()
  expect(log.changeIfNeeded((state) => ({ records: [], response: state.counts.get('id') }))).toBe(1)
  holder.release()
  expect(log.changeIfNeeded(increment('id'))).toBe(2)
  await cluster.close()
})

test('a reader whose segment was replaced by another file starts over', async () => {
  const system = simulatedSystem()
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  const topic = topicOf(cluster)
  const log = topic.logOf('id')
  for (let count = 0; count < 3; count++) log.change(increment('id'))
  log.change(increment('other'))
  await cluster.close()

  const reader = openDirectory(system.anotherProcess(), '/data')
  const read = topicOf(reader)
  expect([...read.read('id').counts]).toEqual([
    ['id', 3],
    ['other', 1],
  ])
  // As a repair does that could save the first two batches only.
  const path = `/data/__consumer_offsets-${partitionFor('id', 4)}/00000000000000000000.log`
  const bytes = system.files.readWhole(path)
  const size = 12 + bytes.readInt32BE(8)
  const file = system.files.open(`${path}.new`, 'create-new')
  file.write(bytes, 0, 2 * size, 0)
  file.close()
  system.files.rename(`${path}.new`, path)
  expect([...read.read('id').counts]).toEqual([['id', 2]])
  await reader.close()
})

test('a log that is replayed from its start gives what following it gave, and replays no record that another one replaces', async () => {
  const system = simulatedSystem()
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  const log = topicOf(cluster).logOf('id')
  for (let round = 0; round < 50; round++) {
    log.change(increment(`k${round % 3}`))
    if (round % 10 === 9) log.change(() => ({ records: [{ key: Buffer.from('k0'), value: null }], response: null }))
  }
  const producerId = 7n
  log.withLock((_, partition) => {
    partition.appendLocked(inTransaction(producerId, keyed('k1', '100')))
    partition.appendLocked(inTransaction(producerId, keyed('k1', '101')))
    partition.appendLocked(markerOf(producerId, 'commit'))
  })
  log.change(increment('k2'))
  const followed = log.read()
  const loaded = topicOf(cluster).read('id')
  expect(loaded).toMatchObject({ counts: followed.counts, transactional: followed.transactional, markers: followed.markers })
  expect(followed.replayed).toBe(58)
  expect(loaded.replayed).toBe(5)
  await cluster.close()
})

test('records of one change are one batch, all at one time', async () => {
  const system = simulatedSystem()
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  const big = Buffer.alloc(100_000, 'x')
  topicOf(cluster)
    .logOf('id')
    .change(() => ({
      records: [
        { key: Buffer.from('a'), value: big },
        { key: Buffer.from('b'), value: null },
        { key: Buffer.from('c'), value: big },
      ],
      response: null,
    }))
  const reader = cluster.openReader('__consumer_offsets', partitionFor('id', 4), () => {})
  const header = reader.next()
  expect([header?.recordCount, header?.baseTimestamp, header?.producerId]).toEqual([3, header?.maxTimestamp, -1n])
  expect(reader.next()).toBe(null)
  reader.close()
  await cluster.close()
})

test('batches without a key are passed over', async () => {
  const cluster = openDirectory(simulatedSystem(), '/data')
  await cluster.beginWriting()
  const topic = topicOf(cluster)
  topic.logOf('id').withLock((_, log) => log.appendLocked(batchOf(['no key'])))
  expect(topic.logOf('id').change(increment('id'))).toBe(1)
  await cluster.close()
})

test.skipIf(fixturesMissing)(
  'transactional offset commits of a Kafka come with their producers, and the markers that decided them',
  async () => {
    const cluster = openDirectory(realSystem(), fixture('transactions'))
    const states = topicOf(cluster).readAll()
    expect(states.flatMap(({ transactional }) => transactional).length).toBeGreaterThan(0)
    const markers = states.flatMap((state) => state.markers).map((marker) => marker.split(' ')[1])
    expect(new Set(markers)).toEqual(new Set(['true', 'false']))
    await cluster.close()
  },
)

test('a record that is no record of groups is told of, and the others count', async () => {
  const system = simulatedSystem()
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  cluster.createTopic('t', { partitions: 1, configs: new Map() })
  const offset = { topic: 't', partition: 0, offset: 7n, leaderEpoch: -1, metadata: '' }
  const commit = (): Promise<void> => cluster.groups.commitOffsets({ groupId: 'g', member: null, offsets: [offset] })
  await commit()
  const appender = cluster.openAppender('__consumer_offsets')
  // The key of a commit that ends within the group's name, and a commit without a value's fields.
  appender.append(partitionFor('g', appender.partitionCount), keyed('\x00\x01\x00\x09g', 'x'))
  appender.append(partitionFor('g', appender.partitionCount), keyed('\x00\x01\x00\x01g\x00\x01u\x00\x00\x00\x00', '\x00\x03'))
  await cluster.close()
  const told: string[] = []
  const later = openDirectory(system, '/data', (report) => {
    if (report.kind === 'damage') told.push(report.damage.reason)
  })
  expect(await later.groups.fetchOffsets('g')).toMatchObject([{ topic: 't', partition: 0, offset: 7n }])
  expect(told).toHaveLength(2)
  expect(told[0]).toContain("is none of a coordinator's")
  await later.close()
})

test('what a reader saw and the log has no more is not decided on', async () => {
  const system = simulatedSystem()
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  const topic = topicOf(cluster)
  topic.logOf('k').change(increment('k'))
  const log = system.files.open(`${topic.folderOf('k')}/00000000000000000000.log`, 'write')
  const { size } = log.stat()
  const lost = placedAt(1n, keyed('k', '100'))
  log.write(lost, 0, lost.length, size)
  expect(topic.read('k').counts.get('k')).toBe(100)
  log.truncate(size)
  log.close()
  expect(topic.logOf('k').change(increment('k'))).toBe(2)
  expect(topicOf(cluster).read('k').counts.get('k')).toBe(2)
})
