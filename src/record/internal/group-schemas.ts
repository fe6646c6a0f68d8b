// Records of `__consumer_offsets`: committed offsets, classic groups and KIP-848 consumer groups.
import {
  array,
  bytes,
  int32,
  int64,
  int8,
  message,
  nullableArray,
  nullableString,
  nullableStruct,
  since,
  string,
  struct,
  tagged,
  uuid,
  withDefault,
} from '../../bytes/schema.ts'

export const legacyOffsetCommitKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { group: string, topic: string, partition: int32 },
)
export const legacyOffsetCommitValue = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { offset: int64, metadata: string, commitTimestamp: int64 },
)

export const offsetCommitKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { group: string, topic: string, partition: int32 },
)
export const offsetCommitValue = message(
  { versions: [0, 4], flexibleSince: 4 },
  {
    offset: int64,
    leaderEpoch: since(3, withDefault(int32, -1)),
    metadata: string,
    commitTimestamp: int64,
    expireTimestamp: since(1, withDefault(int64, -1n), 1),
    topicId: tagged(0, 4, uuid),
  },
)

export const groupMetadataKey = message({ versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY }, { group: string })
export const groupMetadataValue = message(
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
)

export const consumerGroupMetadataKey = message({ versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY }, { groupId: string })
export const consumerGroupMetadataValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  { epoch: int32, metadataHash: tagged(0, 0, int64) },
)

export const consumerGroupPartitionMetadataKey = message({ versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY }, { groupId: string })
export const consumerGroupPartitionMetadataValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  {
    topics: array(
      struct({
        topicId: uuid,
        topicName: string,
        numPartitions: int32,
        partitionMetadata: array(struct({ partition: int32, racks: array(string) })),
      }),
    ),
  },
)

export const consumerGroupMemberMetadataKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { groupId: string, memberId: string },
)
export const consumerGroupMemberMetadataValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  {
    instanceId: nullableString,
    rackId: nullableString,
    clientId: string,
    clientHost: string,
    subscribedTopicNames: array(string),
    subscribedTopicRegex: nullableString,
    rebalanceTimeoutMs: withDefault(int32, -1),
    serverAssignor: nullableString,
    classicMemberMetadata: tagged(
      0,
      0,
      nullableStruct({ sessionTimeoutMs: int32, supportedProtocols: array(struct({ name: string, metadata: bytes })) }),
    ),
  },
)

export const consumerGroupTargetAssignmentMetadataKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { groupId: string },
)
export const consumerGroupTargetAssignmentMetadataValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  { assignmentEpoch: int32, assignmentTimestamp: tagged(0, 0, int64) },
)

export const consumerGroupTargetAssignmentMemberKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { groupId: string, memberId: string },
)
export const consumerGroupTargetAssignmentMemberValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  { topicPartitions: array(struct({ topicId: uuid, partitions: array(int32) })) },
)

export const consumerGroupCurrentMemberAssignmentKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { groupId: string, memberId: string },
)
export const consumerGroupCurrentMemberAssignmentValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  {
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    assignedPartitions: array(struct({ topicId: uuid, partitions: array(int32), assignmentEpochs: tagged(0, 0, nullableArray(int32)) })),
    partitionsPendingRevocation: array(
      struct({ topicId: uuid, partitions: array(int32), assignmentEpochs: tagged(0, 0, nullableArray(int32)) }),
    ),
  },
)

export const consumerGroupRegularExpressionKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { groupId: string, regularExpression: string },
)
export const consumerGroupRegularExpressionValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  { topics: array(string), version: int64, timestamp: int64 },
)

/** Kinds by the version in the key, which tells them apart. */
export const GROUP_RECORDS = [
  { keyType: 0, type: 'LEGACY_OFFSET_COMMIT', key: legacyOffsetCommitKey, value: legacyOffsetCommitValue },
  { keyType: 1, type: 'OFFSET_COMMIT', key: offsetCommitKey, value: offsetCommitValue },
  { keyType: 2, type: 'GROUP_METADATA', key: groupMetadataKey, value: groupMetadataValue },
  { keyType: 3, type: 'CONSUMER_GROUP_METADATA', key: consumerGroupMetadataKey, value: consumerGroupMetadataValue },
  {
    keyType: 4,
    type: 'CONSUMER_GROUP_PARTITION_METADATA',
    key: consumerGroupPartitionMetadataKey,
    value: consumerGroupPartitionMetadataValue,
  },
  { keyType: 5, type: 'CONSUMER_GROUP_MEMBER_METADATA', key: consumerGroupMemberMetadataKey, value: consumerGroupMemberMetadataValue },
  {
    keyType: 6,
    type: 'CONSUMER_GROUP_TARGET_ASSIGNMENT_METADATA',
    key: consumerGroupTargetAssignmentMetadataKey,
    value: consumerGroupTargetAssignmentMetadataValue,
  },
  {
    keyType: 7,
    type: 'CONSUMER_GROUP_TARGET_ASSIGNMENT_MEMBER',
    key: consumerGroupTargetAssignmentMemberKey,
    value: consumerGroupTargetAssignmentMemberValue,
  },
  {
    keyType: 8,
    type: 'CONSUMER_GROUP_CURRENT_MEMBER_ASSIGNMENT',
    key: consumerGroupCurrentMemberAssignmentKey,
    value: consumerGroupCurrentMemberAssignmentValue,
  },
  {
    keyType: 16,
    type: 'CONSUMER_GROUP_REGULAR_EXPRESSION',
    key: consumerGroupRegularExpressionKey,
    value: consumerGroupRegularExpressionValue,
  },
] as const
