// Pipes in processes of one simulated machine.
import { describe, expect, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { pipe, type PipeOptions } from '../../src/operations/pipe/pipe.ts'
import type { Transform } from '../../src/operations/pipe/transform.ts'
import { ChildFailed } from '../../src/system/child-processes.ts'
import { realClock } from '../../src/system/real-clock.ts'
import { batchOf, withoutRecords } from '../support/batches.ts'
import { openDirectory, readPartition } from '../support/records.ts'
import { simulatedSystem, type SimulatedSystem } from '../simulation/system.ts'

async function open(system: SimulatedSystem, partitions = 1): Promise<DirectoryCluster> {
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  for (const topic of ['in', 'out']) if (!cluster.hasTopic(topic)) cluster.createTopic(topic, { partitions, configs: new Map() })
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
    settle: () => Promise.resolve(),
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

test('input that its producer had not synced is there after a power loss when its output is', async () => {
  const before = simulatedSystem()
  const producer = await open(before.anotherProcess())
  const appender = producer.openAppender('in')
  appender.append(0, batchOf(['a', 'b']))
  await producer.sync()
  appender.append(0, batchOf(['c', 'd']))
  const piper = await open(before.anotherProcess())
  await run(piper, before)
  await piper.close()

  const after = before.afterPowerLoss({ mode: 'drop' })
  const cluster = await open(after)
  expect(cluster.partitionOffsets('in', 0).endOffset).toBe(4n)
  cluster.openAppender('in').append(0, batchOf(['e']))
  await run(cluster, after)
  expect(await committed(cluster)).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('an input that ends before the committed offset is refused', async () => {
  const system = simulatedSystem()
  const cluster = await open(system)
  cluster.openAppender('in').append(0, batchOf(['a', 'b']))
  await run(cluster, system)
  // As after a power loss that took the end of the input.
  const offset = { topic: 'in', partition: 0, offset: 9n, leaderEpoch: -1, metadata: '' }
  await cluster.groups.commitOffsets({ groupId: 'g', member: null, offsets: [offset] })
  await expect(run(cluster, system)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
  expect(await committed(cluster)).toEqual(['a', 'b'])
})

test.each<{ first: number[] | null; second: number[] }>([
  { first: null, second: [0] },
  { first: [0, 1], second: [1] },
])('of two runs at a time that share a partition, $first and $second, one fails: each record once', async ({ first, second }) => {
  const system = simulatedSystem()
  const [one, other] = [system.anotherProcess(), system.anotherProcess()]
  const maker = await open(system)
  maker.alterTopic('in', { partitions: 2, configs: new Map() })
  for (const partition of [0, 1]) maker.openAppender('in').append(partition, batchOf([`a${partition}`, `b${partition}`]))
  await maker.sync()
  const runs = [run(await open(one), one, { partitions: first }), run(await open(other), other, { partitions: second })]
  const outcomes = await Promise.allSettled(runs)
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
  expect(failures).toHaveLength(1)
  expect(failures[0]).toMatch(/^(OFFSETS_MOVED|UNSTABLE_OFFSET_COMMIT)$/)
  await run(maker, system)
  expect(new Set(await committed(maker))).toEqual(new Set(['a0', 'a1', 'b0', 'b1']))
  expect(await committed(maker)).toHaveLength(4)
})

test('a group that is moved while a pipe reads stops the pipe: the next run goes on from there', async () => {
  const system = simulatedSystem()
  const cluster = await open(system)
  cluster.openAppender('in').append(0, batchOf(['a', 'b']))
  await run(cluster, system)
  cluster.openAppender('in').append(0, batchOf(['c']))
  const moved = { topic: 'in', partition: 0, offset: 1n, leaderEpoch: -1, metadata: '' }
  const openTransform = (): Transform => ({
    window: 1,
    beginBatch() {},
    prepare: () => async () => {
      await cluster.groups.commitOffsets({ groupId: 'g', member: null, offsets: [moved] })
      return Buffer.from('lost')
    },
    settle: () => Promise.resolve(),
    close: () => Promise.resolve(),
  })
  await expect(run(cluster, system, { openTransform })).rejects.toMatchObject({ code: 'OFFSETS_MOVED' })
  await run(cluster, system)
  expect(await committed(cluster)).toEqual(['a', 'b', 'b', 'c'])
})

test('a batch without records, as compaction leaves it, moves no offset to where another partition is', async () => {
  const system = simulatedSystem()
  const cluster = await open(system, 2)
  const append = (partition: number, timestamp: number, batch: (timestamp: number) => Buffer): void => {
    cluster.openAppender('in').append(partition, batch(timestamp))
  }
  const letters = (text: string) => (timestamp: number) => batchOf([...text], { timestamp })
  append(1, 1, letters('abcdefgh'))
  append(0, 2, (timestamp) => withoutRecords(batchOf(['compacted'], { timestamp })))
  append(0, 3, letters('kl'))
  await run(cluster, system)
  const offsets = await cluster.groups.fetchOffsets('g')
  expect(new Map(offsets.map(({ partition, offset }) => [partition, offset]))).toEqual(
    new Map([
      [0, 3n],
      [1, 8n],
    ]),
  )
  append(0, 4, letters('mnopqrst'))
  await expect(run(cluster, system)).resolves.toMatchObject({ read: 8, stored: 8 })
})

test('a pipe that commits just after another run has aborted what it had open is told of that run', async () => {
  const system = simulatedSystem()
  const [cluster, other] = [await open(system.anotherProcess()), await open(system.anotherProcess())]
  cluster.openAppender('in').append(0, batchOf(['a']))
  const end = cluster.transactions.endTransaction.bind(cluster.transactions)
  cluster.transactions.endTransaction = async (producer, isCommitted) => {
    if (isCommitted) await other.transactions.endTransaction(producer, false)
    return end(producer, isCommitted)
  }
  await expect(run(cluster, system)).rejects.toThrow("another run of this pipe (group 'g') has taken over")
  expect(await committed(other)).toEqual([])
})

describe('of a batch with more records than are held', () => {
  const values = Array.from({ length: 2000 }, (_, index) => `${index}`)
  const WINDOW = 4

  /** Gives values back. @param onHandle begins to handle the record with that value */
  const transformOf =
    (onHandle: (value: string) => void, held = { now: 0, most: 0 }): (() => Transform) =>
    () => ({
      window: WINDOW,
      beginBatch() {},
      prepare: (cursor) => {
        const value = Buffer.from(cursor.bytes.subarray(cursor.valueStart, cursor.valueEnd))
        held.most = Math.max(held.most, ++held.now)
        return async () => {
          onHandle(value.toString())
          await turns(1)
          held.now--
          return value
        }
      },
      settle: () => Promise.resolve(),
      close: () => Promise.resolve(),
    })

  async function openBatch(system: SimulatedSystem): Promise<DirectoryCluster> {
    const cluster = await open(system)
    cluster.openAppender('in').append(0, batchOf(values))
    return cluster
  }

  test('a few hundred are read ahead of those that are handled', async () => {
    const system = simulatedSystem()
    const cluster = await openBatch(system)
    const held = { now: 0, most: 0 }
    await run(cluster, system, { openTransform: transformOf(() => {}, held) })
    expect(held.most).toBeLessThanOrEqual(WINDOW + 256)
    expect(await committed(cluster)).toEqual(values)
  })

  test('one in the middle fails: all before it are stored, the next run begins with it', async () => {
    const system = simulatedSystem()
    const cluster = await openBatch(system)
    const fail = (value: string): void => {
      if (value === '700') throw new ChildFailed({ kind: 'exit', code: 9 }, '')
    }
    await expect(run(cluster, system, { openTransform: transformOf(fail) })).rejects.toThrow('in-0 offset 700: the command ended with')
    expect(await committed(cluster)).toEqual(values.slice(0, 700))
    await expect(run(cluster, system, { openTransform: transformOf(() => {}) })).resolves.toMatchObject({ read: 1300 })
    expect(await committed(cluster)).toEqual(values)
  })

  test('a signal lets those that were begun finish: none is handled twice', async () => {
    const system = simulatedSystem()
    const cluster = await openBatch(system)
    const handled: string[] = []
    const stop = new AbortController()
    const note = (value: string): void => {
      handled.push(value)
      if (value === '700') stop.abort()
    }
    await run(cluster, system, { openTransform: transformOf(note), signal: stop.signal })
    expect(handled.length).toBeLessThanOrEqual(700 + WINDOW)
    expect(await committed(cluster)).toEqual(handled)
    await run(cluster, system, { openTransform: transformOf(note) })
    expect(handled).toEqual(values)
    expect(await committed(cluster)).toEqual(values)
  })
})
