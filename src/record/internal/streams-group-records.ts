// Records of `__consumer_offsets` that streams groups (KIP-1071) write.
import { array, int16, int32, int64, int8, nullableArray, string, uint16, withDefault } from '../../bytes/field-types.ts'
import { firstVersion, nullableStruct, struct, tagged } from '../../bytes/schema.ts'
import { assignmentEpochs, groupKey, memberClient, memberKey, targetAssignmentMetadata } from './group-parts.ts'
import { keyedRecord } from './keyed-record.ts'

const keyValue = struct({ key: string, value: string })
const tasks = struct({ subtopologyId: string, partitions: array(int32) })
const ownedTasks = struct({ subtopologyId: string, partitions: array(int32), assignmentEpochs })
const topicInfo = struct({ name: string, partitions: int32, replicationFactor: int16, topicConfigs: array(keyValue) })

export const streamsGroupRecords = {
  streamsGroupMetadata: keyedRecord(
    17,
    'STREAMS_GROUP_METADATA',
    groupKey,
    firstVersion({
      epoch: int32,
      metadataHash: int64,
      validatedTopologyEpoch: tagged(0, 0, withDefault(int32, -1)),
      lastAssignmentConfigs: tagged(1, 0, withDefault(nullableArray(keyValue), [])),
    }),
  ),
  streamsGroupMemberMetadata: keyedRecord(
    19,
    'STREAMS_GROUP_MEMBER_METADATA',
    memberKey,
    firstVersion({
      ...memberClient,
      rebalanceTimeoutMs: withDefault(int32, -1),
      topologyEpoch: int32,
      processId: string,
      userEndpoint: nullableStruct({ host: string, port: uint16 }),
      clientTags: array(keyValue),
    }),
  ),
  streamsGroupTargetAssignmentMetadata: keyedRecord(20, 'STREAMS_GROUP_TARGET_ASSIGNMENT_METADATA', groupKey, targetAssignmentMetadata),
  streamsGroupTargetAssignmentMember: keyedRecord(
    21,
    'STREAMS_GROUP_TARGET_ASSIGNMENT_MEMBER',
    memberKey,
    firstVersion({
      activeTasks: array(tasks),
      standbyTasks: array(tasks),
      warmupTasks: array(tasks),
    }),
  ),
  streamsGroupCurrentMemberAssignment: keyedRecord(
    22,
    'STREAMS_GROUP_CURRENT_MEMBER_ASSIGNMENT',
    memberKey,
    firstVersion({
      memberEpoch: int32,
      previousMemberEpoch: int32,
      state: int8,
      activeTasks: array(ownedTasks),
      standbyTasks: array(ownedTasks),
      warmupTasks: array(ownedTasks),
      activeTasksPendingRevocation: array(ownedTasks),
      standbyTasksPendingRevocation: array(ownedTasks),
      warmupTasksPendingRevocation: array(ownedTasks),
    }),
  ),
  streamsGroupTopology: keyedRecord(
    23,
    'STREAMS_GROUP_TOPOLOGY',
    groupKey,
    firstVersion({
      epoch: int32,
      subtopologies: array(
        struct({
          subtopologyId: string,
          sourceTopics: array(string),
          sourceTopicRegex: array(string),
          stateChangelogTopics: array(topicInfo),
          repartitionSinkTopics: array(string),
          repartitionSourceTopics: array(topicInfo),
          copartitionGroups: array(
            struct({ sourceTopics: array(int16), sourceTopicRegex: array(int16), repartitionSourceTopics: array(int16) }),
          ),
        }),
      ),
    }),
  ),
}
