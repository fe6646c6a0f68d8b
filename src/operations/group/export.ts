// Committed offsets as lines that `group import` takes, here or elsewhere.
import type { Cluster } from '../../client/cluster.ts'
import { byTopicAndPartition } from '../../record/topic-partition.ts'

export interface ExportedOffset {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly leaderEpoch: number
  readonly metadata: string
}

/** @param groupIds null: all groups. @throws LeatError GROUP_ID_NOT_FOUND */
export async function exportOffsets(cluster: Cluster, groupIds: readonly string[] | null): Promise<ExportedOffset[]> {
  for (const groupId of groupIds ?? []) await cluster.groups.describe(groupId)
  const wanted = groupIds ?? (await cluster.groups.ids())
  const exported: ExportedOffset[] = []
  for (const group of wanted) {
    const offsets = (await cluster.groups.fetchOffsets(group)).toSorted(byTopicAndPartition)
    for (const { topic, partition, offset, leaderEpoch, metadata } of offsets)
      exported.push({ group, topic, partition, offset, leaderEpoch, metadata })
  }
  return exported
}
