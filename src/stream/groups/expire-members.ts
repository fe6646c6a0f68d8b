// Members that are gone without having left, or that keep others waiting, are fenced: all of a group at once.
import type { CoordinatorRecord, CoordinatorResult } from '../coordinator.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { fenceMembers } from './fence-members.ts'
import type { GroupState } from './group-state.ts'
import type { FencedMember, GroupContext, MemberLiveness } from './requests.ts'

/**
 * To be run from time to time, and before anything that depends on who is there.
 * @param groups those to look at
 */
export function expireMembers(
  state: GroupState,
  liveness: MemberLiveness,
  context: GroupContext,
  groups: Iterable<ConsumerGroup> = state.consumerGroups,
): CoordinatorResult<FencedMember[]> {
  const records: CoordinatorRecord[] = []
  const response: FencedMember[] = []
  for (const group of groups) {
    const fenced: FencedMember[] = []
    for (const member of group.members.values()) {
      const reason = liveness.verdict(group.groupId, member)
      if (reason !== null) fenced.push({ groupId: group.groupId, memberId: member.memberId, reason })
    }
    if (fenced.length === 0) continue
    const memberIds = fenced.map(({ memberId }) => memberId)
    records.push(...fenceMembers(group, memberIds, context))
    response.push(...fenced)
  }
  return { records, response }
}
