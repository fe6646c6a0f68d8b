// Deletes groups, or what they have committed of some topics.
import type { Cluster } from '../../client/cluster.ts'
import { requireIdle } from './require-idle.ts'
import { partitionsOf, type TopicScope } from './scope.ts'
import type { TopicPartition } from '../../record/topic-partition.ts'

/** @throws LeatError GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP before anything is deleted */
export async function deleteGroups(cluster: Cluster, groupIds: readonly string[], isDryRun: boolean): Promise<void> {
  for (const groupId of groupIds) {
    await cluster.groups.describe(groupId)
    await requireIdle(cluster, groupId)
  }
  if (isDryRun) return
  await cluster.beginWriting()
  for (const groupId of groupIds) await cluster.groups.delete(groupId)
  await cluster.sync()
}

/** @returns the partitions whose offsets are gone. @throws LeatError GROUP_ID_NOT_FOUND, GROUP_SUBSCRIBED_TO_TOPIC, UNKNOWN_TOPIC_OR_PARTITION */
export async function deleteGroupOffsets(
  cluster: Cluster,
  groupId: string,
  scope: readonly TopicScope[],
  isDryRun: boolean,
): Promise<TopicPartition[]> {
  await cluster.groups.describe(groupId)
  const committed = await cluster.groups.fetchOffsets(groupId)
  // Topics may be gone; what was committed of them is still there.
  const chosen = scope.flatMap((wanted) => {
    const some = committed.filter(({ topic, partition }) => wanted.topic === topic && (wanted.partitions?.includes(partition) ?? true))
    if (some.length === 0) partitionsOf(cluster, wanted)
    return some.map(({ topic, partition }) => ({ topic, partition }))
  })
  if (isDryRun || chosen.length === 0) return chosen
  await cluster.beginWriting()
  await cluster.groups.deleteOffsets(groupId, chosen)
  await cluster.sync()
  return chosen
}
