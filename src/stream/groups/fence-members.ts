// Members go: because they leave, or because they are fenced.
import type { CoordinatorRecord } from '../coordinator.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { groupEpochRecord, memberDeletions, partitionMetadataDeletions } from './group-records.ts'
import type { GroupContext } from './requests.ts'
import { metadataHash, patternRecords, subscribedTopics, subscriptionsOf } from './subscriptions.ts'

/** What takes the members out of their group. The next heartbeat of one that stays assigns what they had. */
export function fenceMembers(group: ConsumerGroup, memberIds: readonly string[], { nowMs, topics }: GroupContext): CoordinatorRecord[] {
  const members = new Map(group.members)
  for (const memberId of memberIds) members.delete(memberId)
  const subscriptions = subscriptionsOf(members, topics)
  const epoch = { epoch: group.groupEpoch + 1, metadataHash: metadataHash(subscribedTopics(subscriptions, topics)) }
  return [
    ...memberIds.flatMap((memberId) => memberDeletions(group.groupId, memberId)),
    ...patternRecords(group, subscriptions, nowMs),
    ...partitionMetadataDeletions(group),
    groupEpochRecord(group.groupId, epoch),
  ]
}
