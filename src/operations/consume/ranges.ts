// From offsets as they were asked for to offsets in each partition.
import type { Cluster, PartitionOffsets } from '../../client/cluster.ts'
import { LeatError } from '../../errors/leat-error.ts'
import type { OffsetBound, OffsetRange } from '../../grammar/offset.ts'
import { unknownPartition } from '../../stream/topics/unknown-partition.ts'

export interface PartitionRange {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  /** The offset before which reading stops; null goes on at the end. */
  readonly to: bigint | null
}

export interface RangeRequest {
  readonly topics: readonly string[]
  /** null: all. */
  readonly partitions: readonly number[] | null
  readonly offsets: OffsetRange
  readonly isFollowing: boolean
}

/** @throws LeatError for topics and partitions that are not there, and for offsets outside the log */
export function resolveRanges(cluster: Cluster, request: RangeRequest): PartitionRange[] {
  return request.topics.flatMap((topic) => {
    const known = cluster.describeTopic(topic).partitions.map(({ partition }) => partition)
    const unknown = request.partitions?.find((partition) => !known.includes(partition))
    if (unknown !== undefined) throw unknownPartition(topic, unknown, known)
    const wanted = request.partitions ?? known
    if (request.offsets.from.kind === 'offset') checkInside(request.offsets.from.offset, cluster, topic, wanted)
    return wanted.map((partition) => resolve(cluster, topic, partition, request))
  })
}

function resolve(cluster: Cluster, topic: string, partition: number, { offsets, isFollowing }: RangeRequest): PartitionRange {
  const ends = cluster.partitionOffsets(topic, partition)
  const { from, to } = offsets
  const place = (bound: OffsetBound): bigint => {
    switch (bound.kind) {
      case 'start':
        return clamp(ends.startOffset + bound.plus, ends)
      case 'end':
        return clamp(ends.endOffset - bound.minus, ends)
      case 'offset':
        return bound === from ? clamp(bound.offset, ends) : bound.offset
      case 'time':
        return cluster.offsetForTime(topic, partition, bound.timestamp) ?? ends.endOffset
      case 'stored':
        throw new LeatError('INVALID_OFFSET', "'stored' is where a consumer group left off, and no group was named", {
          hint: 'Use beginning, end, an offset or a time.',
          exitCode: 2,
        })
    }
  }
  const end = to === null ? (isFollowing ? null : ends.endOffset) : place(to)
  return { topic, partition, from: place(from), to: end }
}

function clamp(offset: bigint, { startOffset, endOffset }: PartitionOffsets): bigint {
  if (offset < startOffset) return startOffset
  return offset > endOffset ? endOffset : offset
}

/** One offset for several partitions means as near to it as each of them goes; one of them has to go that far. */
function checkInside(offset: bigint, cluster: Cluster, topic: string, partitions: readonly number[]): void {
  const ranges = partitions.map((partition) => cluster.partitionOffsets(topic, partition))
  const isInside = ({ startOffset, endOffset }: PartitionOffsets): boolean => offset >= startOffset && offset <= endOffset
  const [first] = ranges
  if (first === undefined || ranges.some(isInside)) return
  if (ranges.length > 1)
    throw new LeatError('OFFSET_OUT_OF_RANGE', `no partition of '${topic}' has an offset ${offset}`, {
      hint: `See \`leat topic describe ${topic}\`.`,
    })
  const { startOffset, endOffset } = first
  throw new LeatError('OFFSET_OUT_OF_RANGE', `${topic}-${partitions[0]} has offsets ${startOffset} to ${endOffset}; ${offset} is outside`, {
    hint: 'Use beginning, end, -N (N before the end) or an offset in that range.',
  })
}
