// Where a group is in each of its partitions: those it has committed an offset of, and those a member has.
import type { Cluster } from '../../client/cluster.ts'
import type { GroupDescription, MemberDescription, OffsetAndMetadata } from '../../client/groups.ts'
import { byTopicAndPartition, keyOf, type TopicPartition } from '../../record/topic-partition.ts'

export interface GroupPartition {
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** null where nothing was committed. */
  readonly currentOffset: bigint | null
  /** null where the topic is gone. */
  readonly logEndOffset: bigint | null
  readonly lag: bigint | null
  readonly consumerId: string | null
  readonly host: string | null
  readonly clientId: string | null
}

export interface DescribedGroup {
  readonly group: GroupDescription
  readonly partitions: readonly GroupPartition[]
}

/** @throws LeatError GROUP_ID_NOT_FOUND */
export async function describeGroup(cluster: Cluster, groupId: string): Promise<DescribedGroup> {
  const group = await cluster.groups.describe(groupId)
  const committed = byPartition(await cluster.groups.fetchOffsets(groupId), (offset) => offset)
  const owners = new Map(group.members.flatMap((member) => [...byPartition(member.assigned, () => member)]))
  const partitions = [...new Map([...byPartition(committed.values(), asPartition), ...ownedPartitions(group.members)]).values()]
  return {
    group,
    partitions: partitions
      .toSorted(byTopicAndPartition)
      .map((at) => describePartition(cluster, groupId, at, committed.get(keyOf(at)), owners.get(keyOf(at)))),
  }
}

function describePartition(
  cluster: Cluster,
  group: string,
  { topic, partition }: TopicPartition,
  committed: OffsetAndMetadata | undefined,
  owner: MemberDescription | undefined,
): GroupPartition {
  const currentOffset = committed?.offset ?? null
  const logEndOffset = endOffsetOf(cluster, { topic, partition })
  const lag = currentOffset === null || logEndOffset === null ? null : logEndOffset - currentOffset
  const { memberId = null, host = null, clientId = null } = owner ?? {}
  return { group, topic, partition, currentOffset, logEndOffset, lag, consumerId: memberId, host, clientId }
}

/** null where there is no such partition (any more). */
function endOffsetOf(cluster: Cluster, { topic, partition }: TopicPartition): bigint | null {
  if (!cluster.hasTopic(topic)) return null
  const isThere = cluster.describeTopic(topic).partitions.some((known) => known.partition === partition)
  return isThere ? cluster.partitionOffsets(topic, partition).endOffset : null
}

function ownedPartitions(members: readonly MemberDescription[]): Map<string, TopicPartition> {
  return byPartition(
    members.flatMap(({ assigned }) => assigned),
    asPartition,
  )
}

function asPartition({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition }
}

function byPartition<P extends TopicPartition, T>(partitions: Iterable<P>, value: (partition: P) => T): Map<string, T> {
  return new Map([...partitions].map((partition) => [keyOf(partition), value(partition)]))
}
