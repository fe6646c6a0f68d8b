import { dryRunFlag } from './base-command.ts'
import { ListingCommand } from './listing-command.ts'
import { type RetainedPartition, runRetention } from '../src/operations/retention.ts'
import type { Column } from '../src/output/table.ts'

const COLUMNS: readonly Column<RetainedPartition>[] = [
  { header: 'TOPIC', text: ({ topic }) => topic },
  { header: 'PARTITION', text: ({ partition }) => partition, align: 'right' },
  { header: 'DELETED-SEGMENTS', text: ({ deletedSegments }) => deletedSegments, align: 'right' },
  { header: 'DELETED-BYTES', text: ({ deletedBytes }) => deletedBytes, align: 'right' },
  { header: 'REASON', text: ({ reasons }) => reasons.join(',') },
  { header: 'LOG-START-OFFSET', text: ({ startOffset }) => startOffset, align: 'right' },
]

export default class Retention extends ListingCommand {
  static override summary = 'delete the segments that retention.ms and retention.bytes let go, now'
  static override usage = 'retention [TOPIC…]'
  static override strict = false
  static override flags = {
    'dry-run': dryRunFlag,
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Retention)
    const retained = await this.withCluster(flags, (cluster) =>
      runRetention(cluster, argv.length > 0 ? (argv as string[]) : cluster.topicNames(), flags['dry-run']),
    )
    await this.printListing(COLUMNS, retained, flags)
  }
}
