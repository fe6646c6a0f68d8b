// OffsetFetch: where a group is. Members ask with their epoch, so that one that was fenced does not go on from what it reads.
import { ZERO_UUID } from '../../bytes/uuid.ts'
import { staleMemberEpoch, illegalGeneration, unknownMemberId, unstableOffsetCommit } from './group-errors.ts'
import { usesClassicProtocol } from './group-member.ts'
import type { GroupState } from './group-state.ts'
import type { FetchedOffset, GroupTopics, OffsetFetchRequest } from './requests.ts'

const NOTHING = { offset: -1n, leaderEpoch: -1, metadata: '', topicId: ZERO_UUID, commitTimestamp: -1n }

/**
 * A group that is not there has committed nothing. What was committed of a topic that had the name before counts for nothing, as in Kafka
 * since 4.1.
 *
 * @throws LeatError UNKNOWN_MEMBER_ID, STALE_MEMBER_EPOCH; a partition's UNSTABLE_OFFSET_COMMIT is in the response
 */
export function fetchOffsets(state: GroupState, request: OffsetFetchRequest, topics: GroupTopics): FetchedOffset[] {
  const { groupId, partitions, requireStable } = request
  checkMember(state, request)
  return [...(partitions ?? state.offsets.present(groupId, topics))].map(({ topic, partition }) => {
    if (requireStable && state.offsets.isPending(groupId, topic, partition))
      return { topic, partition, ...NOTHING, error: unstableOffsetCommit(topic, partition) }
    const { offset, leaderEpoch, metadata, topicId, commitTimestamp } =
      state.offsets.presentAt(groupId, topic, partition, topics) ?? NOTHING
    return { topic, partition, offset, leaderEpoch, metadata, topicId, commitTimestamp, error: null }
  })
}

function checkMember(state: GroupState, { groupId, memberId, memberEpoch }: OffsetFetchRequest): void {
  const group = state.group(groupId)
  if (group?.type !== 'Consumer' || (memberId === null && memberEpoch < 0)) return
  const member = memberId === null ? undefined : group.members.get(memberId)
  if (member === undefined) throw unknownMemberId(groupId, memberId ?? 'who does not say its member id')
  if (memberEpoch === member.memberEpoch) return
  throw (usesClassicProtocol(member) ? illegalGeneration : staleMemberEpoch)(groupId, member.memberId, memberEpoch, member.memberEpoch)
}
