import * as Flags from '@oclif/core/flags'
import { ListingCommand } from '../listing-command.ts'
import { topicsFlag } from '../shared-flags.ts'
import { parseOffsetBound, type OffsetBound } from '../../src/grammar/offset.ts'
import { requirePartitions } from '../../src/grammar/values.ts'
import { listOffsets, type PartitionOffsetsRow } from '../../src/operations/log/offsets.ts'
import { listTopics } from '../../src/operations/topic/list.ts'
import type { Column } from '../../src/output/table.ts'

const COLUMNS: readonly Column<PartitionOffsetsRow>[] = [
  { header: 'TOPIC', text: ({ topic }) => topic },
  { header: 'PARTITION', text: ({ partition }) => partition, align: 'right' },
  { header: 'LOG-START-OFFSET', text: ({ logStartOffset }) => logStartOffset, align: 'right' },
  { header: 'LOG-END-OFFSET', text: ({ logEndOffset }) => logEndOffset, align: 'right' },
  { header: 'LAST-STABLE-OFFSET', text: ({ lastStableOffset }) => lastStableOffset, align: 'right' },
  { header: 'FIRST-TIMESTAMP', text: ({ firstTimestamp }) => firstTimestamp, align: 'right' },
  { header: 'NEWEST-TIMESTAMP', text: ({ newestTimestamp }) => newestTimestamp, align: 'right' },
  { header: 'OFFSET', text: ({ offset }) => offset, align: 'right' },
]

export default class LogOffsets extends ListingCommand {
  static override summary = 'where partitions begin and end, and the offset at a time'
  static override usage = 'log offsets [TOPIC…]'
  static override strict = false
  static override flags = {
    topic: topicsFlag,
    time: Flags.string({ summary: 'fills OFFSET: 2026-11-21, -1h, earliest, latest, or as Kafka has it: ms, -1 (latest), -2 (earliest)' }),
    partition: Flags.string({ char: 'p', summary: 'partitions (0,2,5-7)' }),
    internal: Flags.boolean({ summary: 'topics of Kafka itself too' }),
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(LogOffsets)
    const partitions = flags.partition === undefined ? null : requirePartitions('--partition', flags.partition)
    const at = flags.time === undefined ? null : timeOf(flags.time, this.system.clock.now())
    const names = this.named(argv, flags.topic)
    const rows = await this.withCluster(flags, (cluster) => {
      const topics = names.length > 0 ? names : listTopics(cluster, { withInternal: flags.internal }).map(({ topic }) => topic)
      return listOffsets(cluster, { topics, partitions, at })
    })
    await this.printListing(at === null ? COLUMNS.filter(({ header }) => header !== 'OFFSET') : COLUMNS, rows, flags)
  }
}

/** kafka-get-offsets means times where the grammar of offsets means places: plain numbers are ms, -1 and -2 the ends. */
function timeOf(text: string, now: bigint): OffsetBound {
  if (text === '-1') return { kind: 'end', minus: 0n }
  if (text === '-2') return { kind: 'start', plus: 0n }
  if (/^\d{1,18}$/.test(text)) return { kind: 'time', timestamp: BigInt(text) }
  const isTime = /^(-\d+\D|\d{4}-|now$)/.test(text)
  return parseOffsetBound(isTime ? `@${text}` : text, now, '--time')
}
