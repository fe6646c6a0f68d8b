// Records of `__consumer_offsets` that share groups (KIP-932) write.
import { array, int32, int64, int8, message, nullableString, string, struct, tagged, uuid } from '../../bytes/schema.ts'

export const shareGroupMemberMetadataKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { groupId: string, memberId: string },
)
export const shareGroupMemberMetadataValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  { rackId: nullableString, clientId: string, clientHost: string, subscribedTopicNames: array(string) },
)

export const shareGroupMetadataKey = message({ versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY }, { groupId: string })
export const shareGroupMetadataValue = message({ versions: [0, 0], flexibleSince: 0 }, { epoch: int32, metadataHash: int64 })

export const shareGroupTargetAssignmentMetadataKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { groupId: string },
)
export const shareGroupTargetAssignmentMetadataValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  { assignmentEpoch: int32, assignmentTimestamp: tagged(0, 0, int64) },
)

export const shareGroupTargetAssignmentMemberKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { groupId: string, memberId: string },
)
export const shareGroupTargetAssignmentMemberValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  { topicPartitions: array(struct({ topicId: uuid, partitions: array(int32) })) },
)

export const shareGroupCurrentMemberAssignmentKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { groupId: string, memberId: string },
)
export const shareGroupCurrentMemberAssignmentValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  {
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    assignedPartitions: array(struct({ topicId: uuid, partitions: array(int32) })),
  },
)

export const shareGroupStatePartitionMetadataKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { groupId: string },
)
export const shareGroupStatePartitionMetadataValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  {
    initializingTopics: array(struct({ topicId: uuid, topicName: string, partitions: array(int32) })),
    initializedTopics: array(struct({ topicId: uuid, topicName: string, partitions: array(int32) })),
    deletingTopics: array(struct({ topicId: uuid, topicName: string })),
  },
)

/** Kinds by the version in the key, which tells them apart. */
export const SHARE_GROUP_RECORDS = [
  { keyType: 10, type: 'SHARE_GROUP_MEMBER_METADATA', key: shareGroupMemberMetadataKey, value: shareGroupMemberMetadataValue },
  { keyType: 11, type: 'SHARE_GROUP_METADATA', key: shareGroupMetadataKey, value: shareGroupMetadataValue },
  {
    keyType: 12,
    type: 'SHARE_GROUP_TARGET_ASSIGNMENT_METADATA',
    key: shareGroupTargetAssignmentMetadataKey,
    value: shareGroupTargetAssignmentMetadataValue,
  },
  {
    keyType: 13,
    type: 'SHARE_GROUP_TARGET_ASSIGNMENT_MEMBER',
    key: shareGroupTargetAssignmentMemberKey,
    value: shareGroupTargetAssignmentMemberValue,
  },
  {
    keyType: 14,
    type: 'SHARE_GROUP_CURRENT_MEMBER_ASSIGNMENT',
    key: shareGroupCurrentMemberAssignmentKey,
    value: shareGroupCurrentMemberAssignmentValue,
  },
  {
    keyType: 15,
    type: 'SHARE_GROUP_STATE_PARTITION_METADATA',
    key: shareGroupStatePartitionMetadataKey,
    value: shareGroupStatePartitionMetadataValue,
  },
] as const
