// Records of `__consumer_offsets` that share groups (KIP-932) write.
import { array, int32, int64, int8, nullableString, string, uuid } from '../../bytes/field-types.ts'
import { message, struct, tagged } from '../../bytes/schema.ts'
import { keyedRecord } from './keyed-record.ts'

export const shareGroupRecords = {
  shareGroupMemberMetadata: keyedRecord(
    10,
    'SHARE_GROUP_MEMBER_METADATA',
    { groupId: string, memberId: string },
    message(
      { versions: [0, 0], flexibleSince: 0 },
      { rackId: nullableString, clientId: string, clientHost: string, subscribedTopicNames: array(string) },
    ),
  ),
  shareGroupMetadata: keyedRecord(
    11,
    'SHARE_GROUP_METADATA',
    { groupId: string },
    message({ versions: [0, 0], flexibleSince: 0 }, { epoch: int32, metadataHash: int64 }),
  ),
  shareGroupTargetAssignmentMetadata: keyedRecord(
    12,
    'SHARE_GROUP_TARGET_ASSIGNMENT_METADATA',
    { groupId: string },
    message({ versions: [0, 0], flexibleSince: 0 }, { assignmentEpoch: int32, assignmentTimestamp: tagged(0, 0, int64) }),
  ),
  shareGroupTargetAssignmentMember: keyedRecord(
    13,
    'SHARE_GROUP_TARGET_ASSIGNMENT_MEMBER',
    { groupId: string, memberId: string },
    message({ versions: [0, 0], flexibleSince: 0 }, { topicPartitions: array(struct({ topicId: uuid, partitions: array(int32) })) }),
  ),
  shareGroupCurrentMemberAssignment: keyedRecord(
    14,
    'SHARE_GROUP_CURRENT_MEMBER_ASSIGNMENT',
    { groupId: string, memberId: string },
    message(
      { versions: [0, 0], flexibleSince: 0 },
      {
        memberEpoch: int32,
        previousMemberEpoch: int32,
        state: int8,
        assignedPartitions: array(struct({ topicId: uuid, partitions: array(int32) })),
      },
    ),
  ),
  shareGroupStatePartitionMetadata: keyedRecord(
    15,
    'SHARE_GROUP_STATE_PARTITION_METADATA',
    { groupId: string },
    message(
      { versions: [0, 0], flexibleSince: 0 },
      {
        initializingTopics: array(struct({ topicId: uuid, topicName: string, partitions: array(int32) })),
        initializedTopics: array(struct({ topicId: uuid, topicName: string, partitions: array(int32) })),
        deletingTopics: array(struct({ topicId: uuid, topicName: string })),
      },
    ),
  ),
}
