// Offsets of a group are its members' as long as it has some.
import type { Cluster } from '../../client/cluster.ts'
import { LeatError } from '../../errors/leat-error.ts'

/** @throws LeatError NON_EMPTY_GROUP for a group with members; one that is not known is idle */
export async function requireIdle(cluster: Cluster, groupId: string): Promise<void> {
  if (!(await cluster.groups.hasMembers(groupId))) return
  throw new LeatError('NON_EMPTY_GROUP', `offsets can only be changed while the group has no members; '${groupId}' has some`, {
    hint: `Stop its members first; \`leat group members ${groupId}\` names them.`,
  })
}
