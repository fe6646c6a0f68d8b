// Where a member begins in a partition that it is given: where the group left off, else where the reset policy says.
import type { Cluster } from '../../../client/cluster.ts'
import type { OffsetAndMetadata } from '../../../client/groups.ts'
import type { OffsetBound, OffsetRange } from '../../../grammar/offset.ts'
import type { PartitionRange } from '../ranges.ts'
import { resolveRanges } from '../ranges.ts'
import { keyOf, type TopicPartition } from '../../../record/topic-partition.ts'

const BEGINNING: OffsetBound = { kind: 'start', plus: 0n }

export interface StartingRange {
  readonly range: PartitionRange
  /** null where the group has committed nothing that still counts. */
  readonly committed: bigint | null
}

export interface StartingRangesOptions {
  readonly cluster: Cluster
  /** `from` is for partitions without a committed offset, `to` for all. */
  readonly offsets: OffsetRange
  readonly isFollowing: boolean
  readonly note: (text: string) => void
}

export class StartingRanges {
  readonly #options: StartingRangesOptions
  /** As they stood at the start. */
  readonly #ends: ReadonlyMap<string, bigint>

  /** @param topics those that are known now; reading ends where they end now */
  constructor(options: StartingRangesOptions, topics: readonly string[]) {
    const { from, to } = options.offsets
    this.#options = { ...options, offsets: { from: from.kind === 'stored' ? BEGINNING : from, to } }
    const { cluster } = options
    const partitions = topics.flatMap((topic) => cluster.describeTopic(topic).partitions.map(({ partition }) => ({ topic, partition })))
    this.#ends = new Map(
      partitions.map(({ topic, partition }) => [keyOf({ topic, partition }), cluster.partitionOffsets(topic, partition).endOffset]),
    )
  }

  of(partition: TopicPartition, committed: OffsetAndMetadata | undefined): StartingRange {
    const { cluster, note } = this.#options
    const { startOffset, endOffset } = cluster.partitionOffsets(partition.topic, partition.partition)
    const isInside = committed !== undefined && committed.offset >= startOffset && committed.offset <= endOffset
    const range = this.#range(partition, isInside ? { kind: 'offset', offset: committed.offset } : this.#reset(partition))
    if (committed !== undefined && !isInside)
      note(
        `leat: the committed offset ${committed.offset} of ${keyOf(partition)} is outside its log (${startOffset} to ${endOffset}): goes on at ${range.from}`,
      )
    return { range, committed: isInside ? committed.offset : null }
  }

  /** Of partitions that came since, all is new, also from where the end was when somebody looked. */
  #reset(partition: TopicPartition): OffsetBound {
    const { from } = this.#options.offsets
    return from.kind === 'end' && !this.#ends.has(keyOf(partition)) ? BEGINNING : from
  }

  #range({ topic, partition }: TopicPartition, from: OffsetBound): PartitionRange {
    const { cluster, offsets } = this.#options
    const request = { topics: [topic], partitions: [partition], offsets: { from, to: offsets.to }, isFollowing: true }
    const [range] = resolveRanges(cluster, request)
    if (range === undefined) throw new Error('a partition has a range')
    return { ...range, to: range.to ?? this.#end({ topic, partition }, range.from) }
  }

  /** null where it goes on. What was not there at the start has nothing that was to be read. */
  #end(partition: TopicPartition, from: bigint): bigint | null {
    return this.#options.isFollowing ? null : (this.#ends.get(keyOf(partition)) ?? from)
  }
}
