// Changes a topic's settings or raises its number of partitions.
import type { Cluster } from '../../client/cluster.ts'
import { counted } from '../../errors/counted.ts'
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import { checkTopicConfigs, logConfig } from '../../log/topic-config.ts'
import { refuseInternal } from '../../stream/topics/topic-commands.ts'

export interface AlterTopicRequest {
  readonly topic: string
  /** null leaves it. */
  readonly partitions: number | null
  /** null deletes a setting. */
  readonly configs: ReadonlyMap<string, string | null>
  readonly isDryRun: boolean
}

/** @throws LeatError UNKNOWN_TOPIC_OR_PARTITION, INVALID_PARTITIONS, INVALID_REQUEST for what an internal topic does not stand */
export async function alterTopic(cluster: Cluster, { topic, partitions, configs, isDryRun }: AlterTopicRequest): Promise<void> {
  const description = cluster.describeTopic(topic)
  if (partitions === null && configs.size === 0)
    throw new LeatError('USAGE', 'nothing to change', {
      hint: 'Give --config, --delete-config or --partitions.',
      exitCode: exitCodes.usage,
    })
  if (partitions !== null) refuseInternal(topic, 'keeps its number of partitions: what is in it would be looked for elsewhere')
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
  if (configs.has('cleanup.policy') && !logConfig(settings).cleanupPolicy.has('compact'))
    refuseInternal(topic, 'needs compact in its cleanup.policy: state that is old and still counts would be deleted')
  if (isDryRun) return
  await cluster.beginWriting()
  cluster.alterTopic(topic, { partitions, configs })
  await cluster.sync()
}
