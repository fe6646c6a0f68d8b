// The power fails after every file call of replays and a park: every dead letter is where it was to go or still there for the next run, and with
// transactions none is anywhere twice.
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { failureHeaders } from '../../src/dead-letters/write-headers.ts'
import { park } from '../../src/operations/dlq/park.ts'
import { replay } from '../../src/operations/dlq/replay.ts'
import type { TakeOutOptions } from '../../src/operations/dlq/take-out.ts'
import { BatchBuilder } from '../../src/record/batch-builder.ts'
import { HeadersWriter } from '../../src/record/headers-writer.ts'
import type { CrashMode } from '../simulation/file-node.ts'
import type { SimulatedSystem } from '../simulation/system.ts'
import { simulatedSystem } from '../simulation/system.ts'
import { openDirectory, readPartition } from '../support/records.ts'

const MODES: readonly CrashMode[] = ['drop', 'random', 'keep', 'zeros']
const LETTERS = Array.from({ length: 12 }, (_, index) => `letter ${index}`)
const PARTITIONS = [0, 1]
const BATCH = 2

async function open(system: SimulatedSystem): Promise<DirectoryCluster> {
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  return cluster
}

function letterBatch(value: string, index: number): Buffer {
  const writer = new HeadersWriter()
  const error = { type: index % 3 === 0 ? 'Bad' : 'Slow', message: 'm', stack: null }
  const at = { timestamp: 1n, group: null, attempts: 1, firstFailedAt: 1n, lastFailedAt: 1n }
  for (const { key, value: said } of failureHeaders({ topic: 'orders', partition: index % 2, offset: BigInt(index), error, ...at })) {
    const name = Buffer.from(key)
    writer.add(name, 0, name.length, said as Buffer, 0, (said as Buffer).length)
  }
  const builder = new BatchBuilder({ batchBytes: 1 << 16, codec: 0 })
  const bytes = Buffer.from(value)
  builder.append(1_700_000_000_000 + index, bytes, 0, bytes.length, bytes, 0, bytes.length, writer.section())
  return Buffer.from(builder.build())
}

async function makeLetters(system: SimulatedSystem): Promise<void> {
  const cluster = await open(system)
  for (const topic of ['orders', 'orders.dlq']) cluster.createTopic(topic, { partitions: 2, configs: new Map() })
  const appender = cluster.openAppender('orders.dlq')
  for (const [index, value] of LETTERS.entries()) appender.append(index % 2, letterBatch(value, index))
  await cluster.close()
}

type Picked = Pick<TakeOutOptions, 'max' | 'isExactlyOnce'> & { readonly errorTypes: readonly string[] }

function optionsOf(cluster: DirectoryCluster, system: SimulatedSystem, { max, isExactlyOnce, errorTypes }: Picked) {
  return {
    cluster,
    system: { ...system, clock: { now: () => system.clock.now(), sleep: async () => {} } },
    topic: 'orders.dlq',
    query: { where: [], sources: [], errorTypes, shapes: [], since: null, until: null },
    max,
    isExactlyOnce,
    isDryRun: false,
    ratePerSecond: Number.POSITIVE_INFINITY,
    // Each pause is a commit.
    batchRecords: BATCH,
    pauseMs: 1,
    stopOnFailure: 1000,
    signal: new AbortController().signal,
    onDamage: () => {},
    note: () => {},
    onProgress: () => {},
    onTopicCreated: () => {},
    to: null,
    samePartition: false,
    keepTimestamp: true,
    maxReplays: null,
    reason: 'bad',
  }
}

/** Parks the bad ones, replays some, then the rest. */
async function runs(system: SimulatedSystem, isExactlyOnce: boolean): Promise<void> {
  const cluster = await open(system)
  await park(optionsOf(cluster, system, { max: 3, isExactlyOnce, errorTypes: ['Bad'] }))
  await replay(optionsOf(cluster, system, { max: 4, isExactlyOnce, errorTypes: ['Slow'] }))
  await cluster.close()
  const next = await open(system)
  await replay(optionsOf(next, system, { max: Number.POSITIVE_INFINITY, isExactlyOnce, errorTypes: [] }))
  await next.close()
}

async function valuesIn(cluster: DirectoryCluster, topic: string): Promise<string[]> {
  const values: string[] = []
  for (const partition of cluster.hasTopic(topic) ? PARTITIONS : [])
    values.push(...(await readPartition(cluster, topic, partition, { isCommittedOnly: true })).records.map(({ value }) => String(value)))
  return values
}

/** Before the next run nothing is there that is not a letter; after it all are somewhere. */
async function check(system: SimulatedSystem, isExactlyOnce: boolean): Promise<void> {
  const cluster = await open(system)
  await replay(optionsOf(cluster, system, { max: Number.POSITIVE_INFINITY, isExactlyOnce, errorTypes: [] }))
  const out = [...(await valuesIn(cluster, 'orders')), ...(await valuesIn(cluster, 'orders.dlq.parked'))]
  expect([...new Set(out)].toSorted()).toEqual(LETTERS.toSorted())
  if (isExactlyOnce) expect(out).toHaveLength(LETTERS.length)
  // Without: what was under way, and, as the power failed and nobody was killed, what the last commit had said.
  else expect(out.length).toBeLessThanOrEqual(LETTERS.length + 2 * BATCH)
  expect(await valuesIn(cluster, 'orders.dlq')).toHaveLength(LETTERS.length)
  const again = await replay(optionsOf(cluster, system, { max: Number.POSITIVE_INFINITY, isExactlyOnce, errorTypes: [] }))
  expect(again.records).toBe(0)
  await cluster.close()
}

test.each([
  ['at least once', false],
  ['exactly once', true],
])(
  '%s: whatever file call is the last, no dead letter is lost',
  async (_, isExactlyOnce) => {
    const whole = simulatedSystem({ seed: 4 })
    await makeLetters(whole)
    const before = whole.files.journal.length
    await runs(whole, isExactlyOnce)
    const points = whole.files.journal.filter((call) => call.changes && call.number > before).map((call) => call.number + 1)
    expect(points.length).toBeGreaterThan(50)
    await check(whole.afterPowerLoss({ mode: 'drop', seed: 1 }), isExactlyOnce)
    for (const [index, point] of points.entries()) {
      const system = simulatedSystem({ seed: 4 })
      await makeLetters(system)
      system.files.cutPowerAt(point)
      await runs(system, isExactlyOnce).catch(() => {})
      await check(system.afterPowerLoss({ mode: MODES[index % MODES.length] as CrashMode, seed: point }), isExactlyOnce)
    }
  },
  180_000,
)
