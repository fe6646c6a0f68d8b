// The members of a group, and what each has.
import type { Cluster } from '../../client/cluster.ts'
import type { TopicPartition } from '../../record/topic-partition.ts'

export interface MemberRow {
  readonly group: string
  readonly consumerId: string
  readonly groupInstanceId: string | null
  readonly host: string
  readonly clientId: string
  readonly partitions: number
  readonly assignment: readonly TopicPartition[]
  /** null in a classic group, as is the target. */
  readonly currentEpoch: number | null
  readonly targetAssignment: readonly TopicPartition[] | null
}

/** @throws LeatError GROUP_ID_NOT_FOUND */
export async function listMembers(cluster: Cluster, groupId: string): Promise<MemberRow[]> {
  const { members } = await cluster.groups.describe(groupId)
  return members.map(({ memberId, instanceId, clientId, host, memberEpoch, assigned, target }) => ({
    group: groupId,
    consumerId: memberId,
    groupInstanceId: instanceId,
    host,
    clientId,
    partitions: assigned.length,
    assignment: assigned,
    currentEpoch: memberEpoch,
    targetAssignment: target,
  }))
}

/** As Kafka prints it: `clicks:0,1;jobs:0`. */
export function assignmentText(partitions: readonly TopicPartition[] | null): string {
  const byTopic = Map.groupBy(partitions ?? [], ({ topic }) => topic)
  return [...byTopic].map(([topic, some]) => `${topic}:${some.map(({ partition }) => partition).join(',')}`).join(';')
}
