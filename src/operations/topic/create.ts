// Makes topics.
import type { Cluster } from '../../client/cluster.ts'
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import { checkTopicConfigs } from '../../log/topic-config.ts'
import { collision } from '../../stream/topics/topic-commands.ts'
import { collidesWith } from '../../stream/topics/topic-name.ts'

export interface CreateTopicsOptions {
  readonly names: readonly string[]
  readonly partitions: number
  readonly replicationFactor: number
  readonly configs: ReadonlyMap<string, string>
  /** Topics that are there already are left as they are. */
  readonly ifNotExists: boolean
  readonly isDryRun: boolean
}

/** @returns the names of the topics made @throws LeatError before anything is made where one cannot be */
export async function createTopics(cluster: Cluster, options: CreateTopicsOptions): Promise<string[]> {
  const { names, partitions, replicationFactor, configs, ifNotExists, isDryRun } = options
  if (replicationFactor !== 1)
    throw new LeatError(
      'INVALID_REPLICATION_FACTOR',
      `a directory is one replica, so the replication factor is 1, not ${replicationFactor}`,
      {
        exitCode: exitCodes.usage,
      },
    )
  checkTopicConfigs(configs)
  const missing = [...new Set(names)].filter((name) => !ifNotExists || !cluster.hasTopic(name))
  for (const name of missing) for (const other of missing) if (collidesWith(name, other)) throw collision(name, other)
  const present = missing.find((name) => cluster.hasTopic(name))
  if (present !== undefined)
    throw new LeatError('TOPIC_ALREADY_EXISTS', `topic '${present}' exists already`, { hint: 'Use --if-not-exists to leave it as it is.' })
  if (isDryRun) {
    for (const name of missing) cluster.checkNewTopic(name, partitions)
    return missing
  }
  await cluster.beginWriting()
  for (const name of missing) cluster.checkNewTopic(name, partitions)
  for (const name of missing) cluster.createTopic(name, { partitions, configs })
  await cluster.sync()
  return missing
}
