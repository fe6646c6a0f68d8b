import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { confirmOnTerminal, notConfirmed } from '../confirm.ts'
import { ListingCommand } from '../listing-command.ts'
import { dryRunFlag, topicFlag, yesFlag } from '../shared-flags.ts'
import { parseOffsetBound } from '../../src/grammar/offset.ts'
import { requirePartitions } from '../../src/grammar/values.ts'
import { type TrimmedPartition, trimTopic } from '../../src/operations/topic/trim.ts'
import type { Column } from '../../src/output/table.ts'

const COLUMNS: readonly Column<TrimmedPartition>[] = [
  { header: 'TOPIC', text: ({ topic }) => topic },
  { header: 'PARTITION', text: ({ partition }) => partition, align: 'right' },
  { header: 'PREVIOUS-START-OFFSET', text: ({ previousStartOffset }) => previousStartOffset, align: 'right' },
  { header: 'LOG-START-OFFSET', text: ({ logStartOffset }) => logStartOffset, align: 'right' },
  { header: 'DELETED-SEGMENTS', text: ({ deletedSegments }) => deletedSegments, align: 'right' },
]

export default class TopicTrim extends ListingCommand {
  static override summary = 'delete the oldest records of a topic'
  static override usage = 'topic trim TOPIC --before OFFSET'
  static override args = { topic: Args.string({ ignoreStdin: true, description: 'topic' }) }
  static override flags = {
    topic: topicFlag,
    before: Flags.string({ summary: 'the first record that stays (an offset, end, @TIME)', required: true }),
    partition: Flags.string({ char: 'p', summary: 'partitions (0,2,5-7)' }),
    yes: yesFlag,
    'dry-run': dryRunFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(TopicTrim)
    const options = {
      topic: this.oneTopic(args.topic, flags.topic),
      partitions: flags.partition === undefined ? null : requirePartitions('--partition', flags.partition),
      before: parseOffsetBound(flags.before, this.system.clock.now(), '--before'),
      isDryRun: flags['dry-run'],
    }
    const trimmed = await this.withCluster(flags, async (cluster) => {
      const planned = await trimTopic(cluster, { ...options, isDryRun: true })
      if (options.isDryRun) return planned
      if (!flags.yes && !(await confirmOnTerminal(`delete the records of ${options.topic} before ${flags.before}?`)))
        throw notConfirmed('nothing was deleted')
      return trimTopic(cluster, options)
    })
    await this.printListing(COLUMNS, trimmed, flags)
  }
}
