// OffsetDelete, DeleteGroups, and what goes by itself: offsets that nobody has committed for a long time, groups that nothing is left of.
import type { CoordinatorRecord, CoordinatorResult } from '../coordinator.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { OffsetAndMetadata } from './committed-offsets.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { groupIdNotFound, groupSubscribedToTopic, nonEmptyGroup, notAConsumerGroup } from './group-errors.ts'
import { classicGroupDeletion, consumerGroupDeletions, offsetDeletion } from './group-records.ts'
import type { GroupState } from './group-state.ts'
import type { GroupContext, PartitionResult } from './requests.ts'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** @throws LeatError GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP; a partition's GROUP_SUBSCRIBED_TO_TOPIC is in the response */
export function deleteOffsets(
  state: GroupState,
  { groupId, partitions }: { readonly groupId: string; readonly partitions: readonly TopicPartition[] },
): CoordinatorResult<PartitionResult[]> {
  const group = groupWithOffsets(state, groupId)
  // What members of another protocol than the consumers' have to do with a topic, only they know.
  if (group.type === 'Classic' && group.state !== 'Empty' && !group.usesConsumerProtocol) throw nonEmptyGroup(groupId)
  const records: CoordinatorRecord[] = []
  const response = partitions.map(({ topic, partition }): PartitionResult => {
    if (group.isSubscribedTo(topic)) return { topic, partition, error: groupSubscribedToTopic(groupId, topic) }
    if (isCommitted(state, groupId, topic, partition)) records.push(offsetDeletion(groupId, topic, partition))
    return { topic, partition, error: null }
  })
  return { records, response }
}

/** The group with all its offsets. @throws LeatError GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP */
export function deleteGroup(state: GroupState, groupId: string): CoordinatorResult<null> {
  const group = groupWithOffsets(state, groupId)
  if (group.state !== 'Empty') throw nonEmptyGroup(groupId)
  return { records: [...offsetDeletions(state, groupId), ...groupDeletions(group)], response: null }
}

/**
 * Offsets that were not committed anew for `offsets.retention` go, but for those of topics that the group is subscribed to; so does a
 * group without members that has no offsets left. To be run from time to time.
 */
export function deleteExpiredOffsets(state: GroupState, { nowMs, config }: GroupContext): CoordinatorResult<null> {
  const records: CoordinatorRecord[] = []
  for (const group of state.groups) {
    if (group.type !== 'Consumer' && group.type !== 'Classic') continue
    const { groupId } = group
    const all = [...state.offsets.of(groupId)]
    const expired = all.filter(
      (offset) =>
        !group.isSubscribedTo(offset.topic) &&
        !state.offsets.isPending(groupId, offset.topic, offset.partition) &&
        isExpired(group, offset, nowMs, config.offsetsRetentionMs),
    )
    records.push(...expired.map(({ topic, partition }) => offsetDeletion(groupId, topic, partition)))
    const isOver = expired.length === all.length && !state.offsets.hasOpenTransaction(groupId) && group.state === 'Empty'
    if (isOver) records.push(...groupDeletions(group))
  }
  return { records, response: null }
}

/** For topics that were deleted. */
export function deleteOffsetsOfPartitions(state: GroupState, partitions: readonly TopicPartition[]): CoordinatorResult<null> {
  const records = [...state.offsets.groupIds].flatMap((groupId) =>
    partitions
      .filter(({ topic, partition }) => isCommitted(state, groupId, topic, partition))
      .map(({ topic, partition }) => offsetDeletion(groupId, topic, partition)),
  )
  return { records, response: null }
}

function groupWithOffsets(state: GroupState, groupId: string): ConsumerGroup | ClassicGroup {
  const group = state.group(groupId)
  if (group === undefined) throw groupIdNotFound(groupId)
  if (group.type !== 'Consumer' && group.type !== 'Classic') throw notAConsumerGroup(groupId, group.type)
  return group
}

function groupDeletions(group: ConsumerGroup | ClassicGroup): CoordinatorRecord[] {
  return group.type === 'Consumer' ? consumerGroupDeletions(group) : [classicGroupDeletion(group.groupId)]
}

/** Those of open transactions, too: their markers then have nothing left to make count. */
function offsetDeletions(state: GroupState, groupId: string): CoordinatorRecord[] {
  const pending = [...state.offsets.pendingOf(groupId)].filter(
    ({ topic, partition }) => state.offsets.get(groupId, topic, partition) === undefined,
  )
  const all = new Map([...state.offsets.of(groupId), ...pending].map((offset) => [`${offset.topic}-${offset.partition}`, offset]))
  return [...all.values()].map(({ topic, partition }) => offsetDeletion(groupId, topic, partition))
}

function isCommitted(state: GroupState, groupId: string, topic: string, partition: number): boolean {
  return state.offsets.get(groupId, topic, partition) !== undefined || state.offsets.isPending(groupId, topic, partition)
}

function isExpired(group: ConsumerGroup | ClassicGroup, offset: OffsetAndMetadata, nowMs: bigint, retentionMs: bigint): boolean {
  if (offset.expireTimestamp >= 0n) return nowMs >= offset.expireTimestamp
  if (group.type === 'Consumer' || group.protocolType === '') return nowMs - offset.commitTimestamp >= retentionMs
  // A classic group's offsets live on while it has members; without, the time since they left counts.
  if (group.state !== 'Empty') return group.usesConsumerProtocol && nowMs - offset.commitTimestamp >= retentionMs
  const since = group.currentStateTimestamp < 0n ? offset.commitTimestamp : group.currentStateTimestamp
  return nowMs - since >= retentionMs
}
