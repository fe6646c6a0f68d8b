// Dead letters on a simulated disk, taken out by the operations themselves: for tests of power losses and of runs that get in each other's way.
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { failureHeaders } from '../../src/dead-letters/write-headers.ts'
import type { ReplayOptions } from '../../src/operations/dlq/replay.ts'
import { BatchBuilder } from '../../src/record/batch-builder.ts'
import { HeadersWriter } from '../../src/record/headers-writer.ts'
import type { SimulatedSystem } from '../simulation/system.ts'
import { openDirectory, readPartition } from './records.ts'

export const LETTERS = Array.from({ length: 12 }, (_, index) => `letter ${index}`)
/** Records between two commits. */
export const BATCH = 2
const PARTITIONS = [0, 1]

export async function openLetters(system: SimulatedSystem): Promise<DirectoryCluster> {
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

/** Topics `orders` and `orders.dlq`, the latter with all of the letters. */
export async function makeLetters(system: SimulatedSystem): Promise<void> {
  const cluster = await openLetters(system)
  for (const topic of ['orders', 'orders.dlq']) cluster.createTopic(topic, { partitions: 2, configs: new Map() })
  const appender = cluster.openAppender('orders.dlq')
  for (const [index, value] of LETTERS.entries()) appender.append(index % 2, letterBatch(value, index))
  await cluster.close()
}

/** All of it, without a limit; no time passes in pauses. */
export function takeOutOptions(
  cluster: DirectoryCluster,
  system: SimulatedSystem,
  { errorTypes = [], ...more }: Partial<ReplayOptions> & { readonly errorTypes?: readonly string[] },
): ReplayOptions & { readonly reason: string } {
  return {
    cluster,
    system: { ...system, clock: { now: () => system.clock.now(), sleep: async () => {} } },
    topic: 'orders.dlq',
    query: { where: [], sources: [], errorTypes, shapes: [], since: null, until: null, partitions: null },
    max: Number.POSITIVE_INFINITY,
    isExactlyOnce: false,
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
    edited: null,
    to: null,
    samePartition: false,
    keepTimestamp: true,
    maxReplays: null,
    reason: 'bad',
    ...more,
  }
}

/** Of both partitions, as a read_committed reader sees them. */
export async function committedValues(cluster: DirectoryCluster, topic: string): Promise<string[]> {
  const values: string[] = []
  for (const partition of cluster.hasTopic(topic) ? PARTITIONS : [])
    values.push(...(await readPartition(cluster, topic, partition, { isCommittedOnly: true })).records.map(({ value }) => String(value)))
  return values
}
