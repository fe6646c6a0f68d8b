import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../base-command.ts'
import { dryRunFlag, topicsFlag } from '../shared-flags.ts'
import { requireCount } from '../../src/grammar/values.ts'
import { parseConfigs } from '../../src/operations/topic/configs.ts'
import { counted } from '../../src/errors/counted.ts'
import { toJson } from '../../src/output/json.ts'
import { createTopics } from '../../src/operations/topic/create.ts'

export default class TopicCreate extends BaseCommand {
  static override summary = 'make topics'
  static override usage = 'topic create TOPIC…'
  static override strict = false
  static override flags = {
    topic: topicsFlag,
    partitions: Flags.string({ char: 'p', summary: 'number of partitions', default: '1' }),
    'replication-factor': Flags.string({ summary: 'number of replicas', default: '1' }),
    config: Flags.string({ summary: "setting under Kafka's name (retention.ms=7d)", multiple: true, multipleNonGreedy: true }),
    'if-not-exists': Flags.boolean({ summary: 'leave a topic that is there as it is' }),
    'dry-run': dryRunFlag,
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(TopicCreate)
    const names = this.named(argv, flags.topic)
    if (names.length === 0) throw this.usage('a topic is needed', 'For example leat topic create orders --partitions 3.')
    const options = {
      names,
      partitions: requireCount('--partitions', flags.partitions, 1),
      replicationFactor: requireCount('--replication-factor', flags['replication-factor'], 1),
      configs: parseConfigs(flags.config ?? []),
      ifNotExists: flags['if-not-exists'],
      isDryRun: flags['dry-run'],
    }
    const { partitions, isDryRun } = options
    const made = await this.withCluster(flags, (cluster) => createTopics(cluster, options))
    for (const topic of made) {
      if (flags.json) await this.print(`${toJson({ topic, partitions, isDryRun })}\n`)
      this.note(`leat: ${isDryRun ? 'would make' : 'made'} topic '${topic}' with ${counted(partitions, 'partition')}`)
    }
  }
}
