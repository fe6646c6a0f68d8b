// What `leat compact` tells of a partition: a row, and what kept it from more.
import { counted } from '../src/errors/counted.ts'
import type { CompactedPartition } from '../src/operations/compact.ts'
import type { Column } from '../src/output/table.ts'

const right = (header: string, text: (row: CompactedPartition) => string | number | bigint): Column<CompactedPartition> => ({
  header,
  text,
  align: 'right',
})

export const COMPACTION_COLUMNS: readonly Column<CompactedPartition>[] = [
  { header: 'TOPIC', text: ({ topic }) => topic },
  right('PARTITION', ({ partition }) => partition),
  right('SEGMENTS-BEFORE', ({ segmentsBefore }) => segmentsBefore),
  right('SEGMENTS', ({ segmentsAfter }) => segmentsAfter),
  right('RECORDS-BEFORE', ({ recordsBefore }) => recordsBefore),
  right('RECORDS', ({ recordsAfter }) => recordsAfter),
  right('BYTES-BEFORE', ({ bytesBefore }) => bytesBefore),
  right('BYTES', ({ bytesAfter }) => bytesAfter),
  right('DIRTY-RATIO', ({ dirtyRatio }) => dirtyRatio.toFixed(2)),
  right('CLEANED-OFFSET', ({ cleanedOffset }) => cleanedOffset),
]

const REASONS = {
  'open transaction': 'a transaction that is still open',
  'min.compaction.lag.ms': 'records younger than min.compaction.lag.ms',
  damage: 'damage',
} as const

/** @param isRolled the active segment was closed first */
export function compactionNotes(
  { topic, partition, segmentsBefore, keylessRecords, stoppedBy, damage }: CompactedPartition,
  isRolled: boolean,
): string[] {
  const name = `${topic}-${partition}`
  const notes: string[] = []
  if (damage !== null)
    notes.push(`damage in ${damage}. ${name} is compacted up to that segment; \`leat log verify\` tells more, \`leat log repair\` mends it`)
  else if (stoppedBy !== null) notes.push(`${name} is compacted up to ${REASONS[stoppedBy]}`)
  else if (segmentsBefore === 0 && !isRolled)
    notes.push(`all of ${name} is in its active segment, which is left alone; --roll closes it first`)
  if (keylessRecords > 0)
    notes.push(
      `${counted(keylessRecords, 'record')} of ${name} without a key: compaction takes ${keylessRecords === 1 ? 'it' : 'them'} out`,
    )
  return notes
}
