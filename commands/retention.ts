import { ListingCommand } from './listing-command.ts'
import { dryRunFlag, topicsFlag } from './shared-flags.ts'
import { type RetainedPartition, runRetention } from '../src/operations/retention.ts'
import type { Column } from '../src/output/table.ts'

const COLUMNS: readonly Column<RetainedPartition>[] = [
  { header: 'TOPIC', text: ({ topic }) => topic },
  { header: 'PARTITION', text: ({ partition }) => partition, align: 'right' },
  { header: 'DELETED-SEGMENTS', text: ({ deletedSegments }) => deletedSegments, align: 'right' },
  { header: 'DELETED-BYTES', text: ({ deletedBytes }) => deletedBytes, align: 'right' },
  { header: 'REASON', text: ({ reasons }) => reasons.join(',') },
  { header: 'LOG-START-OFFSET', text: ({ logStartOffset }) => logStartOffset, align: 'right' },
]

export default class Retention extends ListingCommand {
  static override summary = 'delete the segments that retention.ms and retention.bytes let go, now'
  static override usage = 'retention [TOPIC…]'
  static override strict = false
  static override flags = {
    topic: topicsFlag,
    'dry-run': dryRunFlag,
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Retention)
    const names = this.named(argv, flags.topic)
    const retained = await this.withCluster(flags, (cluster) =>
      runRetention(cluster, names.length > 0 ? names : cluster.topicNames(), flags['dry-run']),
    )
    await this.printListing(COLUMNS, retained, flags)
  }
}
