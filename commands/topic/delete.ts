import { BaseCommand } from '../base-command.ts'
import { confirm, notConfirmed } from '../confirm.ts'
import { dryRunFlag, topicsFlag, yesFlag } from '../shared-flags.ts'
import { toJson } from '../../src/output/json.ts'
import { deleteTopics } from '../../src/operations/topic/delete.ts'

export default class TopicDelete extends BaseCommand {
  static override summary = 'delete topics with all their records'
  static override usage = 'topic delete TOPIC…'
  static override strict = false
  static override flags = {
    topic: topicsFlag,
    yes: yesFlag,
    'dry-run': dryRunFlag,
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(TopicDelete)
    const names = this.named(argv, flags.topic)
    if (names.length === 0) throw this.usage('a topic is needed', 'For example leat topic delete orders -y.')
    const isDryRun = flags['dry-run']
    await this.withCluster(flags, async (cluster) => {
      for (const name of names) cluster.describeTopic(name)
      if (isDryRun) return
      if (!flags.yes && !(await confirm(`delete ${names.join(', ')} with all records?`))) throw notConfirmed('nothing was deleted')
      await deleteTopics(cluster, names)
    })
    if (flags.json) for (const topic of names) await this.print(`${toJson({ topic, isDryRun })}\n`)
    this.note(`leat: ${isDryRun ? 'would delete' : 'deleted'} ${names.map((name) => `'${name}'`).join(', ')}`)
  }
}
