// What a member of a group says of itself.
import type { MemberOptions } from '../../src/client/groups.ts'

/** A member of the group `g`. */
export function memberOptions(memberId: string, topics: readonly string[], instanceId: string | null = null): MemberOptions {
  return {
    groupId: 'g',
    memberId,
    instanceId,
    clientId: 'test',
    topics,
    topicPattern: null,
    assignor: null,
    rebalanceTimeoutMs: 5_000,
    sessionTimeoutMs: 10_000,
  }
}
