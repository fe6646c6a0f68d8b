import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../base-command.ts'
import { dryRunFlag, topicFlag } from '../shared-flags.ts'
import { requireCount } from '../../src/grammar/values.ts'
import { alterTopic } from '../../src/operations/topic/alter.ts'
import { toJson } from '../../src/output/json.ts'
import { parseConfigChanges } from '../../src/operations/topic/configs.ts'

export default class TopicAlter extends BaseCommand {
  static override summary = 'change settings or the number of partitions of a topic'
  static override usage = 'topic alter TOPIC'
  static override args = { topic: Args.string({ ignoreStdin: true, description: 'topic' }) }
  static override flags = {
    topic: topicFlag,
    partitions: Flags.string({ char: 'p', summary: 'new number of partitions' }),
    config: Flags.string({ summary: "setting under Kafka's name (retention.ms=7d)", multiple: true, multipleNonGreedy: true }),
    'delete-config': Flags.string({ summary: 'setting that goes back to its default', multiple: true, multipleNonGreedy: true }),
    'dry-run': dryRunFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TopicAlter)
    const request = {
      topic: this.oneTopic(args.topic, flags.topic),
      partitions: flags.partitions === undefined ? null : requireCount('--partitions', flags.partitions, 1),
      configs: parseConfigChanges(flags.config ?? [], flags['delete-config'] ?? []),
      isDryRun: flags['dry-run'],
    }
    await this.withCluster(flags, (cluster) => alterTopic(cluster, request))
    if (flags.json) await this.print(`${toJson({ topic: request.topic, isDryRun: request.isDryRun })}\n`)
    this.note(`leat: ${request.isDryRun ? 'would change' : 'changed'} topic '${request.topic}'`)
  }
}
