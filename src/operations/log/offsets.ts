// Where partitions begin and end: offsets, and the times of the records there.
import type { Cluster } from '../../client/cluster.ts'
import { LeatError } from '../../errors/leat-error.ts'
import type { OffsetBound } from '../../grammar/offset.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import { resolveRanges } from '../consume/ranges.ts'

export interface OffsetsOptions {
  readonly topics: readonly string[]
  /** null: all. */
  readonly partitions: readonly number[] | null
  /** Where an offset is wanted in particular; null: none. */
  readonly at: OffsetBound | null
}

export interface PartitionOffsetsRow {
  readonly topic: string
  readonly partition: number
  readonly logStartOffset: bigint
  readonly logEndOffset: bigint
  /** Every transaction before it is decided. */
  readonly lastStableOffset: bigint
  /** Of the first record that is there, ms; null where there is none. */
  readonly firstTimestamp: bigint | null
  /** The newest time of any batch. */
  readonly newestTimestamp: bigint | null
  /** The offset asked for; null where none was, or nothing is as new as the time asked for. */
  readonly offset: bigint | null
}

/** @throws LeatError for topics, partitions and offsets that are not there */
export function listOffsets(cluster: Cluster, { topics, partitions, at }: OffsetsOptions): PartitionOffsetsRow[] {
  if (at?.kind === 'stored')
    throw new LeatError('INVALID_OFFSET', "--time 'stored' needs a consumer group", {
      hint: 'Use a time, earliest or latest.',
      exitCode: 2,
    })
  const ranges = resolveRanges(cluster, {
    topics,
    partitions,
    offsets: { from: at ?? { kind: 'start', plus: 0n }, to: null },
    isFollowing: true,
  })
  return ranges.map(({ topic, partition, from }) => {
    const { startOffset, endOffset } = cluster.partitionOffsets(topic, partition)
    const view = cluster.openTransactionView(topic, partition, endOffset)
    try {
      return {
        topic,
        partition,
        logStartOffset: startOffset,
        logEndOffset: endOffset,
        lastStableOffset: view.lastStableOffset(),
        firstTimestamp: firstTimestampOf(cluster, topic, partition, startOffset),
        newestTimestamp: cluster.newestTimestamp(topic, partition),
        offset: at === null ? null : offsetAt(cluster, topic, partition, at, from),
      }
    } finally {
      view.close()
    }
  })
}

/** A time that no record reaches is no offset, where reading would begin at the end. */
function offsetAt(cluster: Cluster, topic: string, partition: number, at: OffsetBound, resolved: bigint): bigint | null {
  return at.kind === 'time' ? cluster.offsetForTime(topic, partition, at.timestamp) : resolved
}

/** Of the first record that is there; null in an empty log. */
function firstTimestampOf(cluster: Cluster, topic: string, partition: number, startOffset: bigint): bigint | null {
  const reader = cluster.openReader(topic, partition, () => {})
  const cursor = new RecordCursor()
  try {
    reader.seek(startOffset)
    for (let header = reader.next(); header !== null; header = reader.next()) {
      if (header.isControl) continue
      cursor.open(reader.bytes, reader.at, header)
      while (cursor.next()) if (cursor.offset >= startOffset) return cursor.timestamp
    }
    return null
  } finally {
    reader.close()
  }
}
