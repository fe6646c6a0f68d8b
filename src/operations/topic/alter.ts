// Changes a topic's settings or raises its number of partitions.
import type { Cluster } from '../../client/cluster.ts'
import { counted } from '../../errors/counted.ts'
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import { checkTopicConfigs } from '../../log/topic-config.ts'

export interface AlterTopicRequest {
  readonly topic: string
  /** null leaves it. */
  readonly partitions: number | null
  /** null deletes a setting. */
  readonly configs: ReadonlyMap<string, string | null>
  readonly isDryRun: boolean
}

/** @throws LeatError UNKNOWN_TOPIC_OR_PARTITION, INVALID_PARTITIONS */
export async function alterTopic(cluster: Cluster, { topic, partitions, configs, isDryRun }: AlterTopicRequest): Promise<void> {
  const description = cluster.describeTopic(topic)
  if (partitions === null && configs.size === 0)
    throw new LeatError('USAGE', 'nothing to change', {
      hint: 'Give --config, --delete-config or --partitions.',
      exitCode: exitCodes.usage,
    })
  if (partitions !== null && partitions <= description.partitions.length)
    throw new LeatError(
      'INVALID_PARTITIONS',
      `'${topic}' has ${counted(description.partitions.length, 'partition')}; their number can only grow`,
      {
        hint: 'Keys already written would be looked for elsewhere. Create another topic and copy.',
      },
    )
  const settings = new Map(description.configs)
  for (const [name, value] of configs) {
    if (value === null) settings.delete(name)
    else settings.set(name, value)
  }
  checkTopicConfigs(settings)
  if (isDryRun) return
  await cluster.beginWriting()
  cluster.alterTopic(topic, { partitions, configs })
  await cluster.sync()
}
