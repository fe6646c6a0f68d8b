import * as Flags from '@oclif/core/flags'
import { ListingCommand } from '../listing-command.ts'
import { listTopics, type TopicListing } from '../../src/operations/topic/list.ts'
import type { Column } from '../../src/output/table.ts'

const COLUMNS: readonly Column<TopicListing>[] = [
  { header: 'TOPIC', text: ({ topic }) => topic },
  { header: 'PARTITIONS', text: ({ partitions }) => partitions, align: 'right' },
  { header: 'TOPIC-ID', text: ({ topicId }) => topicId },
]

export default class TopicList extends ListingCommand {
  static override summary = 'list the topics'
  static override flags = {
    internal: Flags.boolean({ summary: 'topics of Kafka itself too' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(TopicList)
    const topics = await this.withCluster(flags, (cluster) => listTopics(cluster, { withInternal: flags.internal }))
    await this.printListing(COLUMNS, topics, flags)
  }
}
