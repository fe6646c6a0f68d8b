// Lag in Prometheus' text format, one family of metrics after the other.
import type { PartitionLag } from '../operations/lag/partition-lag.ts'
import { LAG_STATUSES } from '../operations/lag/status.ts'

interface Metric {
  readonly name: string
  readonly help: string
  readonly value: (lag: PartitionLag) => number | bigint | null
}

const METRICS: readonly Metric[] = [
  { name: 'leat_group_current_offset', help: 'Offset that the group has committed.', value: ({ currentOffset }) => currentOffset },
  { name: 'leat_partition_end_offset', help: 'Offset that the next record gets.', value: ({ logEndOffset }) => logEndOffset },
  { name: 'leat_group_lag_records', help: 'Records that the group has not read.', value: ({ lag }) => lag },
  { name: 'leat_group_lag_seconds', help: 'Age of the oldest unread record.', value: ({ lagSeconds }) => lagSeconds },
  { name: 'leat_group_rate_in', help: 'Offsets appended a second.', value: ({ rateIn }) => rateIn },
  { name: 'leat_group_rate_out', help: 'Offsets committed a second.', value: ({ rateOut }) => rateOut },
  {
    name: 'leat_group_catch_up_seconds',
    help: 'Time until nothing is unread at these rates.',
    value: ({ catchesUp, catchUpSeconds }) => (catchesUp === false ? Number.POSITIVE_INFINITY : catchUpSeconds),
  },
  { name: 'leat_group_loss_seconds', help: 'Time until retention deletes unread records.', value: ({ lossSeconds }) => lossSeconds },
  { name: 'leat_group_lost_offsets', help: 'Offsets deleted before they were read.', value: ({ lostOffsets }) => lostOffsets },
  {
    name: 'leat_group_status',
    help: `Verdict: ${LAG_STATUSES.map((status, index) => `${index} ${status}`).join(', ')}.`,
    value: ({ status }) => (status === null ? null : LAG_STATUSES.indexOf(status)),
  },
]

/** What is not known has no line. */
export function prometheusText(lags: readonly PartitionLag[]): string {
  return METRICS.map(({ name, help, value }) => {
    const lines = lags.flatMap((lag) => {
      const known = value(lag)
      return known === null ? [] : [`${name}{${labels(lag)}} ${known === Number.POSITIVE_INFINITY ? '+Inf' : known}\n`]
    })
    return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`
  }).join('')
}

function labels({ group, topic, partition }: PartitionLag): string {
  return `group="${escaped(group)}",topic="${escaped(topic)}",partition="${partition}"`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
