// Records of `__consumer_offsets` that streams groups (KIP-1071) write.
import {
  array,
  int16,
  int32,
  int64,
  int8,
  message,
  nullableArray,
  nullableString,
  nullableStruct,
  string,
  struct,
  tagged,
  uint16,
  withDefault,
} from '../../bytes/schema.ts'

export const streamsGroupMetadataKey = message({ versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY }, { groupId: string })
export const streamsGroupMetadataValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  {
    epoch: int32,
    metadataHash: int64,
    validatedTopologyEpoch: tagged(0, 0, withDefault(int32, -1)),
    lastAssignmentConfigs: tagged(1, 0, nullableArray(struct({ key: string, value: string }))),
  },
)

export const streamsGroupMemberMetadataKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { groupId: string, memberId: string },
)
export const streamsGroupMemberMetadataValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  {
    instanceId: nullableString,
    rackId: nullableString,
    clientId: string,
    clientHost: string,
    rebalanceTimeoutMs: withDefault(int32, -1),
    topologyEpoch: int32,
    processId: string,
    userEndpoint: nullableStruct({ host: string, port: uint16 }),
    clientTags: array(struct({ key: string, value: string })),
  },
)

export const streamsGroupTargetAssignmentMetadataKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { groupId: string },
)
export const streamsGroupTargetAssignmentMetadataValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  { assignmentEpoch: int32, assignmentTimestamp: tagged(0, 0, int64) },
)

export const streamsGroupTargetAssignmentMemberKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { groupId: string, memberId: string },
)
export const streamsGroupTargetAssignmentMemberValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  {
    activeTasks: array(struct({ subtopologyId: string, partitions: array(int32) })),
    standbyTasks: array(struct({ subtopologyId: string, partitions: array(int32) })),
    warmupTasks: array(struct({ subtopologyId: string, partitions: array(int32) })),
  },
)

export const streamsGroupCurrentMemberAssignmentKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { groupId: string, memberId: string },
)
export const streamsGroupCurrentMemberAssignmentValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  {
    memberEpoch: int32,
    previousMemberEpoch: int32,
    state: int8,
    activeTasks: array(struct({ subtopologyId: string, partitions: array(int32), assignmentEpochs: tagged(0, 0, nullableArray(int32)) })),
    standbyTasks: array(struct({ subtopologyId: string, partitions: array(int32), assignmentEpochs: tagged(0, 0, nullableArray(int32)) })),
    warmupTasks: array(struct({ subtopologyId: string, partitions: array(int32), assignmentEpochs: tagged(0, 0, nullableArray(int32)) })),
    activeTasksPendingRevocation: array(
      struct({ subtopologyId: string, partitions: array(int32), assignmentEpochs: tagged(0, 0, nullableArray(int32)) }),
    ),
    standbyTasksPendingRevocation: array(
      struct({ subtopologyId: string, partitions: array(int32), assignmentEpochs: tagged(0, 0, nullableArray(int32)) }),
    ),
    warmupTasksPendingRevocation: array(
      struct({ subtopologyId: string, partitions: array(int32), assignmentEpochs: tagged(0, 0, nullableArray(int32)) }),
    ),
  },
)

export const streamsGroupTopologyKey = message({ versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY }, { groupId: string })
export const streamsGroupTopologyValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  {
    epoch: int32,
    subtopologies: array(
      struct({
        subtopologyId: string,
        sourceTopics: array(string),
        sourceTopicRegex: array(string),
        stateChangelogTopics: array(
          struct({
            name: string,
            partitions: int32,
            replicationFactor: int16,
            topicConfigs: array(struct({ key: string, value: string })),
          }),
        ),
        repartitionSinkTopics: array(string),
        repartitionSourceTopics: array(
          struct({
            name: string,
            partitions: int32,
            replicationFactor: int16,
            topicConfigs: array(struct({ key: string, value: string })),
          }),
        ),
        copartitionGroups: array(
          struct({ sourceTopics: array(int16), sourceTopicRegex: array(int16), repartitionSourceTopics: array(int16) }),
        ),
      }),
    ),
  },
)

/** Kinds by the version in the key, which tells them apart. */
export const STREAMS_GROUP_RECORDS = [
  { keyType: 17, type: 'STREAMS_GROUP_METADATA', key: streamsGroupMetadataKey, value: streamsGroupMetadataValue },
  { keyType: 19, type: 'STREAMS_GROUP_MEMBER_METADATA', key: streamsGroupMemberMetadataKey, value: streamsGroupMemberMetadataValue },
  {
    keyType: 20,
    type: 'STREAMS_GROUP_TARGET_ASSIGNMENT_METADATA',
    key: streamsGroupTargetAssignmentMetadataKey,
    value: streamsGroupTargetAssignmentMetadataValue,
  },
  {
    keyType: 21,
    type: 'STREAMS_GROUP_TARGET_ASSIGNMENT_MEMBER',
    key: streamsGroupTargetAssignmentMemberKey,
    value: streamsGroupTargetAssignmentMemberValue,
  },
  {
    keyType: 22,
    type: 'STREAMS_GROUP_CURRENT_MEMBER_ASSIGNMENT',
    key: streamsGroupCurrentMemberAssignmentKey,
    value: streamsGroupCurrentMemberAssignmentValue,
  },
  { keyType: 23, type: 'STREAMS_GROUP_TOPOLOGY', key: streamsGroupTopologyKey, value: streamsGroupTopologyValue },
] as const
