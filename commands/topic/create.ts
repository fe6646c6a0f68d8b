import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../base-command.ts'
import { LeatError, exitCodes } from '../../src/errors/leat-error.ts'
import { requireCount } from '../../src/grammar/values.ts'
import { parseConfigs } from '../../src/operations/topic/configs.ts'
import { toJson } from '../../src/output/json.ts'
import { createTopics } from '../../src/operations/topic/create.ts'

export default class TopicCreate extends BaseCommand {
  static override summary = 'make topics'
  static override usage = 'topic create TOPIC…'
  static override strict = false
  static override flags = {
    partitions: Flags.string({ char: 'p', summary: 'number of partitions', default: '1' }),
    'replication-factor': Flags.string({ summary: 'number of replicas', default: '1' }),
    config: Flags.string({ summary: "setting under Kafka's name (retention.ms=7d)", multiple: true, multipleNonGreedy: true }),
    'if-not-exists': Flags.boolean({ summary: 'leave a topic that is there as it is' }),
    'dry-run': Flags.boolean({ summary: 'only say what would be done' }),
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(TopicCreate)
    if (argv.length === 0)
      throw new LeatError('USAGE', 'a topic is needed', { hint: 'leat topic create orders --partitions 3', exitCode: exitCodes.usage })
    const cluster = this.openCluster(flags)
    try {
      const made = await createTopics(cluster, {
        names: argv as string[],
        partitions: requireCount('--partitions', flags.partitions, 1),
        replicationFactor: requireCount('--replication-factor', flags['replication-factor'], 1),
        configs: parseConfigs(flags.config ?? []),
        ifNotExists: flags['if-not-exists'],
        isDryRun: flags['dry-run'],
      })
      const partitions = flags.partitions === '1' ? '1 partition' : `${flags.partitions} partitions`
      for (const topic of made) {
        if (flags.json)
          await this.print(`${toJson({ topic, partitions: Number(flags.partitions), isDryRun: Boolean(flags['dry-run']) })}\n`)
        this.note(`leat: ${flags['dry-run'] ? 'would make' : 'made'} topic '${topic}' with ${partitions}`)
      }
    } finally {
      await cluster.close()
    }
  }
}
