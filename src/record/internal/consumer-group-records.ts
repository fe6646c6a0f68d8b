// Records of `__consumer_offsets`: committed offsets, classic groups and KIP-848 consumer groups.
import { array, bytes, int32, int64, int8, nullableString, string, uuid, withDefault } from '../../bytes/field-types.ts'
import { firstVersion, message, NEVER, nullableStruct, since, struct, tagged } from '../../bytes/schema.ts'
import { assignmentEpochs, groupKey, memberClient, memberKey, targetAssignmentMetadata, topicPartitions } from './group-parts.ts'
import { keyedRecord } from './keyed-record.ts'

const ownedPartitions = struct({ topicId: uuid, partitions: array(int32), assignmentEpochs })

export const consumerGroupRecords = {
  legacyOffsetCommit: keyedRecord(
    0,
    'LEGACY_OFFSET_COMMIT',
    { group: string, topic: string, partition: int32 },
    message({ versions: [0, 0], flexibleSince: NEVER }, { offset: int64, metadata: string, commitTimestamp: int64 }),
  ),
  offsetCommit: keyedRecord(
    1,
    'OFFSET_COMMIT',
    { group: string, topic: string, partition: int32 },
    message(
      { versions: [0, 4], flexibleSince: 4 },
      {
        offset: int64,
        leaderEpoch: since(3, withDefault(int32, -1)),
        metadata: string,
        commitTimestamp: int64,
        expireTimestamp: since(1, withDefault(int64, -1n), 1),
        topicId: tagged(0, 4, uuid),
      },
    ),
  ),
  groupMetadata: keyedRecord(
    2,
    'GROUP_METADATA',
    { group: string },
    message(
      { versions: [0, 4], flexibleSince: 4 },
      {
        protocolType: string,
        generation: int32,
        protocol: nullableString,
        leader: nullableString,
        currentStateTimestamp: since(2, withDefault(int64, -1n)),
        members: array(
          struct({
            memberId: string,
            groupInstanceId: since(3, nullableString),
            clientId: string,
            clientHost: string,
            rebalanceTimeout: since(1, int32),
            sessionTimeout: int32,
            subscription: bytes,
            assignment: bytes,
          }),
        ),
      },
    ),
  ),
  consumerGroupMetadata: keyedRecord(
    3,
    'CONSUMER_GROUP_METADATA',
    groupKey,
    firstVersion({ epoch: int32, metadataHash: tagged(0, 0, int64) }),
  ),
  consumerGroupPartitionMetadata: keyedRecord(
    4,
    'CONSUMER_GROUP_PARTITION_METADATA',
    groupKey,
    firstVersion({
      topics: array(
        struct({
          topicId: uuid,
          topicName: string,
          numPartitions: int32,
          partitionMetadata: array(struct({ partition: int32, racks: array(string) })),
        }),
      ),
    }),
  ),
  consumerGroupMemberMetadata: keyedRecord(
    5,
    'CONSUMER_GROUP_MEMBER_METADATA',
    memberKey,
    firstVersion({
      ...memberClient,
      subscribedTopicNames: array(string),
      subscribedTopicRegex: nullableString,
      rebalanceTimeoutMs: withDefault(int32, -1),
      serverAssignor: nullableString,
      classicMemberMetadata: tagged(
        0,
        0,
        withDefault(nullableStruct({ sessionTimeoutMs: int32, supportedProtocols: array(struct({ name: string, metadata: bytes })) }), {
          sessionTimeoutMs: 0,
          supportedProtocols: [],
        }),
      ),
    }),
  ),
  consumerGroupTargetAssignmentMetadata: keyedRecord(6, 'CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA', groupKey, targetAssignmentMetadata),
  consumerGroupTargetAssignmentMember: keyedRecord(
    7,
    'CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER',
    memberKey,
    firstVersion({ topicPartitions }),
  ),
  consumerGroupCurrentMemberAssignment: keyedRecord(
    8,
    'CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT',
    memberKey,
    firstVersion({
      memberEpoch: int32,
      previousMemberEpoch: int32,
      state: int8,
      assignedPartitions: array(ownedPartitions),
      partitionsPendingRevocation: array(ownedPartitions),
    }),
  ),
  consumerGroupRegularExpression: keyedRecord(
    16,
    'CONSUMER_GROUP_REGULAR_EXPRESSION',
    { groupId: string, regularExpression: string },
    firstVersion({ topics: array(string), version: int64, timestamp: int64 }),
  ),
}
