import { ListingCommand } from '../listing-command.ts'
import { topicsFlag } from '../shared-flags.ts'
import { describeTopics, type PartitionDetails, type TopicDetails } from '../../src/operations/topic/describe.ts'
import { toJson } from '../../src/output/json.ts'
import { type Column, renderTable } from '../../src/output/table.ts'

type Row = PartitionDetails & { readonly topic: string }

const COLUMNS: readonly Column<Row>[] = [
  { header: 'TOPIC', text: ({ topic }) => topic },
  { header: 'PARTITION', text: ({ partition }) => partition, align: 'right' },
  { header: 'LEADER', text: ({ leader }) => leader, align: 'right' },
  { header: 'REPLICAS', text: ({ replicas }) => replicas.join(',') },
  { header: 'ISR', text: ({ isr }) => isr.join(',') },
  { header: 'LOG-START-OFFSET', text: ({ logStartOffset }) => logStartOffset, align: 'right' },
  { header: 'LOG-END-OFFSET', text: ({ logEndOffset }) => logEndOffset, align: 'right' },
  { header: 'SIZE', text: ({ sizeInBytes }) => sizeInBytes, align: 'right' },
  { header: 'SEGMENTS', text: ({ segments }) => segments, align: 'right' },
]

export default class TopicDescribe extends ListingCommand {
  static override summary = 'show partitions, offsets, sizes and configuration of topics'
  static override usage = 'topic describe [TOPIC…]'
  static override strict = false
  static override flags = { topic: topicsFlag }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(TopicDescribe)
    const names = this.named(argv, flags.topic)
    const topics = await this.withCluster(flags, (cluster) => describeTopics(cluster, names.length > 0 ? names : cluster.topicNames()))
    if (flags.json) return this.print(topics.map((topic) => `${toJson(topic)}\n`).join(''))
    const rows = topics.flatMap(({ topic, partitions }) => partitions.map((partition): Row => ({ topic, ...partition })))
    const table = renderTable(COLUMNS, rows, { withHeaders: flags.headers, columns: flags.columns?.split(',') ?? null })
    await this.print((flags.headers ? topics.map(configLine).join('') : '') + table)
  }
}

/** The settings that a topic has of its own, above its partitions. */
function configLine({ topic, topicId, configs }: TopicDetails): string {
  const settings = Object.entries(configs).map(([name, value]) => `${name}=${value}`)
  return `# ${topic}  id ${topicId ?? 'unknown'}${settings.length === 0 ? '' : `  ${settings.join(' ')}`}\n`
}
