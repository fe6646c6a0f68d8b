// Moves the committed offsets of a group that has no members: `group reset` and `group seek`.
import type { Cluster, PartitionOffsets } from '../../client/cluster.ts'
import type { OffsetAndMetadata } from '../../client/groups.ts'
import { LeatError } from '../../errors/leat-error.ts'
import type { OffsetBound } from '../../grammar/offset.ts'
import { requireIdle } from './require-idle.ts'
import { type TopicScope, partitionsOf } from './scope.ts'
import { byTopicAndPartition, type TopicPartition } from '../../record/topic-partition.ts'

/** `stored` is where the group is, or the end of the log where it is nowhere; `shift` counts from where it is. */
export type OffsetTarget = OffsetBound | { readonly kind: 'shift'; readonly by: bigint }

export interface MoveOffsetsOptions {
  readonly groupId: string
  /** null: all topics that the group has committed offsets of. */
  readonly scope: readonly TopicScope[] | null
  readonly target: OffsetTarget
  readonly isDryRun: boolean
  readonly note: (text: string) => void
}

export interface MovedOffset {
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** null where nothing was committed. */
  readonly currentOffset: bigint | null
  readonly newOffset: bigint
}

/** @throws LeatError NON_EMPTY_GROUP, UNKNOWN_TOPIC_OR_PARTITION, INVALID_OFFSET; nothing is changed then */
export async function moveOffsets(cluster: Cluster, options: MoveOffsetsOptions): Promise<MovedOffset[]> {
  const { groupId, scope, target, isDryRun, note } = options
  await requireIdle(cluster, groupId)
  const committed = await cluster.groups.fetchOffsets(groupId)
  const partitions = scope === null ? partitionsThere(cluster, committed, note) : scope.flatMap((topic) => partitionsOf(cluster, topic))
  if (partitions.length === 0)
    throw new LeatError('GROUP_ID_NOT_FOUND', `group '${groupId}' has committed nothing, so there is nothing to move`, {
      hint: 'Name the topics with --topic to give it offsets.',
    })
  const moved = partitions.toSorted(byTopicAndPartition).map(({ topic, partition }) => {
    const current = committed.find((offset) => offset.topic === topic && offset.partition === partition)?.offset ?? null
    const newOffset = place(cluster, { topic, partition }, current, target, note)
    return { group: groupId, topic, partition, currentOffset: current, newOffset }
  })
  if (!isDryRun) await commit(cluster, groupId, moved)
  return moved
}

async function commit(cluster: Cluster, groupId: string, moved: readonly MovedOffset[]): Promise<void> {
  const offsets = moved.map(({ topic, partition, newOffset }) => ({ topic, partition, offset: newOffset, leaderEpoch: -1, metadata: '' }))
  await cluster.beginWriting()
  await cluster.groups.commitOffsets({ groupId, member: null, offsets })
  await cluster.sync()
}

function partitionsThere(cluster: Cluster, committed: readonly OffsetAndMetadata[], note: (text: string) => void): TopicPartition[] {
  const gone = new Set(committed.map(({ topic }) => topic).filter((topic) => !cluster.hasTopic(topic)))
  for (const topic of gone) note(`leat: topic '${topic}' is gone; its offsets stay as they are`)
  return committed.filter(({ topic }) => !gone.has(topic))
}

function place(
  cluster: Cluster,
  { topic, partition }: TopicPartition,
  current: bigint | null,
  target: OffsetTarget,
  note: (text: string) => void,
): bigint {
  const ends = cluster.partitionOffsets(topic, partition)
  switch (target.kind) {
    case 'start':
      return inside(ends.startOffset + target.plus, ends, `${topic}-${partition}`, note)
    case 'end':
      return inside(ends.endOffset - target.minus, ends, `${topic}-${partition}`, note)
    case 'offset':
      return inside(target.offset, ends, `${topic}-${partition}`, note)
    case 'time':
      return cluster.offsetForTime(topic, partition, target.timestamp) ?? ends.endOffset
    case 'stored':
      return current ?? ends.endOffset
    case 'shift':
      if (current === null) throw noOffsetToShift(topic, partition)
      return inside(current + target.by, ends, `${topic}-${partition}`, note)
  }
}

/** As Kafka does: the nearest offset that there is, and a word about it. */
function inside(offset: bigint, { startOffset, endOffset }: PartitionOffsets, what: string, note: (text: string) => void): bigint {
  const nearest = offset < startOffset ? startOffset : offset > endOffset ? endOffset : offset
  if (nearest !== offset) note(`leat: ${what} has offsets ${startOffset} to ${endOffset}: takes ${nearest} in place of ${offset}`)
  return nearest
}

function noOffsetToShift(topic: string, partition: number): LeatError {
  return new LeatError('INVALID_OFFSET', `${topic}-${partition} has no committed offset to count from`, {
    hint: 'Give it one first: --to-earliest, --to-latest or --to-offset.',
  })
}
