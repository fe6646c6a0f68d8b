// Columns of `leat dlq list` and `leat dlq watch`.
import type { TopicDepth, TopReason } from '../operations/dlq/depth.ts'
import type { DeadLetterTopic } from '../operations/dlq/list.ts'
import { durationText } from './amounts.ts'
import { legible } from './legible.ts'
import type { Column } from './table.ts'

export const DEPTH_COLUMNS: readonly Column<TopicDepth>[] = [
  { header: 'TOPIC', text: ({ topic }) => topic },
  { header: 'DEPTH', text: ({ depth }) => depth, align: 'right' },
  { header: 'LAST-HOUR', text: ({ arrivalsLastHour }) => arrivalsLastHour, align: 'right' },
  { header: 'OLDEST', text: ({ oldestAgeMs }) => (oldestAgeMs === null ? null : durationText(oldestAgeMs)), align: 'right' },
]

export const LIST_COLUMNS: readonly Column<DeadLetterTopic>[] = [
  ...DEPTH_COLUMNS,
  { header: 'KIND', text: ({ kind }) => kind },
  { header: 'SOURCES', text: ({ sources }) => sources.join(',') },
  { header: 'TOP-REASON', text: ({ topReason }) => (topReason === null ? null : reasonText(topReason)) },
]

function reasonText({ errorType, shape, count }: TopReason): string {
  const reason = [errorType, shape].flatMap((text) => (text === null ? [] : [legible(text)])).join(': ')
  return `${reason === '' ? 'not said' : reason} (${count})`
}
