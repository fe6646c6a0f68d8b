// Records of `__consumer_offsets` that share groups (KIP-932) write.
import { array, int32, int64, int8, nullableString, string, uuid } from '../../bytes/field-types.ts'
import { firstVersion, struct } from '../../bytes/schema.ts'
import { groupKey, memberKey, targetAssignmentMetadata, topicPartitions } from './group-parts.ts'
import { keyedRecord } from './keyed-record.ts'

const topics = array(struct({ topicId: uuid, topicName: string, partitions: array(int32) }))

export const shareGroupRecords = {
  shareGroupMemberMetadata: keyedRecord(
    10,
    'SHARE_GROUP_MEMBER_METADATA',
    memberKey,
    firstVersion({ rackId: nullableString, clientId: string, clientHost: string, subscribedTopicNames: array(string) }),
  ),
  shareGroupMetadata: keyedRecord(11, 'SHARE_GROUP_METADATA', groupKey, firstVersion({ epoch: int32, metadataHash: int64 })),
  shareGroupTargetAssignmentMetadata: keyedRecord(12, 'SHARE_GROUP_TARGET_ASSIGNMENT_METADATA', groupKey, targetAssignmentMetadata),
  shareGroupTargetAssignmentMember: keyedRecord(13, 'SHARE_GROUP_TARGET_ASSIGNMENT_MEMBER', memberKey, firstVersion({ topicPartitions })),
  shareGroupCurrentMemberAssignment: keyedRecord(
    14,
    'SHARE_GROUP_CURRENT_MEMBER_ASSIGNMENT',
    memberKey,
    firstVersion({
      memberEpoch: int32,
      previousMemberEpoch: int32,
      state: int8,
      assignedPartitions: topicPartitions,
    }),
  ),
  shareGroupStatePartitionMetadata: keyedRecord(
    15,
    'SHARE_GROUP_STATE_PARTITION_METADATA',
    groupKey,
    firstVersion({
      initializingTopics: topics,
      initializedTopics: topics,
      deletingTopics: array(struct({ topicId: uuid, topicName: string })),
    }),
  ),
}
