// A run of a handler on a simulated machine, all in one process.
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { handle, type HandleOptions, type HandleResult } from '../../src/operations/handle/handle.ts'
import type { SimulatedSystem } from '../simulation/system.ts'
import { batchOf } from './batches.ts'
import { openDirectory, readPartition } from './records.ts'

/** A topic `in` with one partition and these values. */
export async function openInputs(system: SimulatedSystem, values: readonly string[]): Promise<DirectoryCluster> {
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  cluster.createTopic('in', { partitions: 1, configs: new Map() })
  const appender = cluster.openAppender('in')
  for (const value of values) appender.append(0, batchOf([value]))
  return cluster
}

/** All of `in`, as it is now, without a group; what fails once goes to `in.dlq`. */
export const HANDLING: Omit<HandleOptions, 'cluster' | 'system' | 'openHandler' | 'signal'> = {
  topics: ['in'],
  member: null,
  commit: 'after',
  partitions: null,
  offsets: { from: { kind: 'start', plus: 0n }, to: null },
  isFollowing: false,
  isCommittedOnly: false,
  isWanted: null,
  maxRecords: Number.POSITIVE_INFINITY,
  order: 'key',
  plan: { retries: 0, backoff: { minMs: 1, maxMs: 1 }, retryDelaysMs: [], deadLetterTopicOf: (topic) => `${topic}.dlq` },
  dedupe: null,
  onTopicCreated: () => {},
  onDamage: () => {},
  note: () => {},
}

/** Handles the records of `in`, those that fail to `in.dlq`, without a group. Time passes until it is over. */
export async function handleInputs(
  system: SimulatedSystem,
  cluster: DirectoryCluster,
  options: Pick<HandleOptions, 'openHandler'> & Partial<HandleOptions>,
): Promise<HandleResult> {
  const over = new AbortController()
  const running = handle({
    cluster,
    system,
    ...HANDLING,
    signal: new AbortController().signal,
    ...options,
  }).finally(() => over.abort())
  running.catch(() => {})
  while (!over.signal.aborted) await system.clock.advance(50)
  return running
}

export async function deadLetters(cluster: DirectoryCluster): Promise<unknown[]> {
  return cluster.hasTopic('in.dlq') ? (await readPartition(cluster, 'in.dlq', 0)).records.map(({ value }) => value) : []
}
