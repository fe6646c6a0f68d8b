// The columns of `leat lag`.
import type { Look, PartitionLag } from '../operations/lag/partition-lag.ts'
import { durationText } from './amounts.ts'
import { sparkline } from './sparkline.ts'
import type { Column } from './table.ts'

type LagColumn = Column<Look>

function column(header: string, text: (lag: PartitionLag) => string | number | bigint | null): LagColumn {
  return { header, text: ({ lag }) => text(lag) }
}

function numbers(header: string, text: (lag: PartitionLag) => string | number | bigint | null): LagColumn {
  return { ...column(header, text), align: 'right' }
}

export const LAG_COLUMNS: readonly LagColumn[] = [
  column('GROUP', ({ group }) => group),
  column('TOPIC', ({ topic }) => topic),
  numbers('PARTITION', ({ partition }) => partition),
  numbers('CURRENT-OFFSET', ({ currentOffset }) => currentOffset),
  numbers('LOG-END-OFFSET', ({ logEndOffset }) => logEndOffset),
  numbers('LAG', ({ lag }) => lag),
  numbers('LAG-SECONDS', ({ lagSeconds }) => lagSeconds?.toFixed(1) ?? null),
  numbers('RATE-IN', ({ rateIn }) => rateIn?.toFixed(1) ?? null),
  numbers('RATE-OUT', ({ rateOut }) => rateOut?.toFixed(1) ?? null),
  column('TREND', ({ trend }) => trend),
  numbers('CATCH-UP', ({ catchesUp, catchUpSeconds }) => (catchesUp === false ? 'never' : secondsText(catchUpSeconds))),
  numbers('LOSS-IN', ({ lostOffsets, lossSeconds }) => (lostOffsets > 0n ? 'lost' : secondsText(lossSeconds))),
  column('STATUS', ({ status }) => status),
]

/** What was unread in the last minutes, as a line of bars: for a terminal. */
export const HISTORY_COLUMN: LagColumn = { header: 'HISTORY', text: ({ unread }) => sparkline(unread) }

/** One word, so that each row has its columns where awk looks for them. */
function secondsText(seconds: number | null): string | null {
  if (seconds === null) return null
  return seconds === 0 ? '0s' : durationText(seconds * 1000).replaceAll(' ', '')
}
