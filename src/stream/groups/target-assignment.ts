// The target assignment of a whole group: what an assignor makes of its members' subscriptions.
import type { CoordinatorRecord } from '../coordinator.ts'
import { type Assignment, NO_ASSIGNMENT, isSameAssignment } from './assignment.ts'
import { type AssignorName, DEFAULT_ASSIGNOR, assignorNamed, isAssignorName } from './assignors/index.ts'
import { compareText } from './compare-text.ts'
import { topicNamesOf } from './consumer-group.ts'
import type { ConsumerGroupMember } from './group-member.ts'
import { targetAssignmentRecord } from './group-records.ts'
import type { GroupTopic } from './requests.ts'
import type { Subscriptions } from './subscriptions.ts'

/** The assignor that most of the members that name one ask for. A name from a Kafka with assignors of its own counts for none. */
export function preferredAssignor(members: Iterable<ConsumerGroupMember>): AssignorName {
  const votes = new Map<AssignorName, number>()
  for (const { serverAssignor } of members)
    if (serverAssignor !== null && isAssignorName(serverAssignor)) votes.set(serverAssignor, (votes.get(serverAssignor) ?? 0) + 1)
  const [first] = [...votes].toSorted(([a, votesOfA], [b, votesOfB]) => votesOfB - votesOfA || compareText(a, b))
  return first?.[0] ?? DEFAULT_ASSIGNOR
}

/** @param targets until now, by member id */
export function computeTargets(
  { members, patterns }: Subscriptions,
  topics: readonly GroupTopic[],
  targets: ReadonlyMap<string, Assignment>,
): Map<string, Assignment> {
  const idByName = new Map(topics.map(({ name, id }) => [name, id]))
  const assign = assignorNamed(preferredAssignor(members.values()))
  return assign({
    members: [...members.values()].map((member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      topicIds: new Set([...topicNamesOf(member, patterns)].flatMap((name) => idByName.get(name) ?? [])),
      target: targets.get(member.memberId) ?? NO_ASSIGNMENT,
    })),
    topics: topics.map(({ id, name, partitions }) => ({ id, name, partitionCount: partitions.size })),
  })
}

/** Of the members whose target is another one now. */
export function targetRecords(
  groupId: string,
  before: ReadonlyMap<string, Assignment>,
  after: ReadonlyMap<string, Assignment>,
): CoordinatorRecord[] {
  return [...after].flatMap(([memberId, target]) => {
    const present = before.get(memberId)
    return present !== undefined && isSameAssignment(present, target) ? [] : [targetAssignmentRecord(groupId, memberId, target)]
  })
}
