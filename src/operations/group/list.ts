// The groups of a cluster.
import type { Cluster } from '../../client/cluster.ts'
import type { GroupType } from '../../client/groups.ts'

export interface GroupRow {
  readonly group: string
  readonly type: GroupType
  readonly protocol: string
  readonly state: string
}

export interface ListGroupsOptions {
  /** In lower case; null: all. */
  readonly states: readonly string[] | null
  readonly types: readonly string[] | null
}

export async function listGroups(cluster: Cluster, { states, types }: ListGroupsOptions): Promise<GroupRow[]> {
  const groups = await cluster.groups.list()
  return groups
    .filter(({ state }) => states?.includes(state.toLowerCase()) ?? true)
    .filter(({ type }) => types?.includes(type.toLowerCase()) ?? true)
    .map(({ groupId, type, protocolType, state }) => ({ group: groupId, type, protocol: protocolType, state }))
}
