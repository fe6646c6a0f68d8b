// OffsetDelete, DeleteGroups, and what goes by itself: offsets that nobody has committed for a long time, groups that nothing is left of.
import { type Uuid, ZERO_UUID } from '../../bytes/uuid.ts'
import type { CoordinatorRecord, CoordinatorResult } from '../coordinator.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { CommittedOffset, OffsetAndMetadata } from './committed-offsets.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { groupIdNotFound, groupSubscribedToTopic, nonEmptyGroup, notAConsumerGroup } from './group-errors.ts'
import { classicGroupDeletion, consumerGroupDeletions, offsetDeletion } from './group-records.ts'
import type { GroupState } from './group-state.ts'
import type { GroupContext, GroupTopics, PartitionResult } from './requests.ts'
import type { TopicPartition } from '../../record/topic-partition.ts'

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
 *
 * Two things are not as in Kafka, whose clients commit again and again where they are, moved or not. The time counts from when the last
 * member left, as in classic groups, and offsets without a group go together, by the newest.
 */
export function deleteExpiredOffsets(state: GroupState, { nowMs, config }: GroupContext): CoordinatorResult<null> {
  const records: CoordinatorRecord[] = []
  for (const group of state.groups) {
    if ((group.type !== 'Consumer' && group.type !== 'Classic') || config.isKept(group.groupId)) continue
    const { groupId } = group
    const all = [...state.offsets.of(groupId)]
    const aliveMs = lastAliveMs(group, all)
    const expired = all.filter(
      (offset) =>
        !group.isSubscribedTo(offset.topic) &&
        !state.offsets.isPending(groupId, offset.topic, offset.partition) &&
        isExpired(offset, aliveMs, nowMs, config.offsetsRetentionMs),
    )
    records.push(...expired.map(({ topic, partition }) => offsetDeletion(groupId, topic, partition)))
    const isOver = expired.length === all.length && !state.offsets.hasOpenTransaction(groupId) && group.state === 'Empty'
    if (isOver) records.push(...groupDeletions(group))
  }
  return { records, response: null }
}

/**
 * What groups committed of a topic that was deleted. A topic that has its name by now keeps what is its own.
 * @param id null: only what does not say its topic's id
 */
export function deleteOffsetsOfTopic(state: GroupState, topic: string, id: Uuid | null): CoordinatorResult<null> {
  return deleteOffsetsWhere(state, (offset) => offset.topic === topic && (offset.topicId === ZERO_UUID || offset.topicId === id))
}

/** What is left where a deletion was cut short, or a commit came after it. @param topics all that there are */
export function deleteOffsetsOfGoneTopics(state: GroupState, topics: GroupTopics): CoordinatorResult<null> {
  return deleteOffsetsWhere(state, ({ topicId }) => topicId !== ZERO_UUID && topics.topicById(topicId) === undefined)
}

function deleteOffsetsWhere(state: GroupState, isGone: (offset: CommittedOffset) => boolean): CoordinatorResult<null> {
  const records = [...state.offsets.groupIds].flatMap((groupId) => {
    // One deletion is of all that is known of a partition, so what is open and what is committed go together.
    const byPartition = Map.groupBy(allOffsets(state, groupId), ({ topic, partition }) => `${topic}-${partition}`)
    const gone = [...byPartition.values()].filter((offsets) => offsets.every(isGone)).flatMap(([offset]) => offset ?? [])
    return gone.map(({ topic, partition }) => offsetDeletion(groupId, topic, partition))
  })
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
  const all = new Map(allOffsets(state, groupId).map((offset) => [`${offset.topic}-${offset.partition}`, offset]))
  return [...all.values()].map(({ topic, partition }) => offsetDeletion(groupId, topic, partition))
}

function allOffsets({ offsets }: GroupState, groupId: string): CommittedOffset[] {
  return [...offsets.of(groupId), ...offsets.pendingOf(groupId)]
}

function isCommitted(state: GroupState, groupId: string, topic: string, partition: number): boolean {
  return state.offsets.get(groupId, topic, partition) !== undefined || state.offsets.isPending(groupId, topic, partition)
}

/** Up to when the group was in use, whatever it committed; null: offsets that it is not subscribed to stay as long as it lives. */
function lastAliveMs(group: ConsumerGroup | ClassicGroup, offsets: readonly CommittedOffset[]): bigint | null {
  if (group.type === 'Consumer') return group.state === 'Empty' ? group.changedMs : -1n
  if (group.protocolType === '')
    return offsets.reduce((newest, { commitTimestamp }) => (commitTimestamp > newest ? commitTimestamp : newest), -1n)
  if (group.state !== 'Empty') return group.usesConsumerProtocol ? -1n : null
  return group.currentStateTimestamp
}

function isExpired(
  { commitTimestamp, expireTimestamp }: OffsetAndMetadata,
  aliveMs: bigint | null,
  nowMs: bigint,
  retentionMs: bigint,
): boolean {
  if (expireTimestamp >= 0n) return nowMs >= expireTimestamp
  if (aliveMs === null) return false
  return nowMs - (aliveMs > commitTimestamp ? aliveMs : commitTimestamp) >= retentionMs
}
