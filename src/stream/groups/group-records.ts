// The records that group commands write.
import type { Fields, ValuesOf } from '../../bytes/schema.ts'
import { groupRecords } from '../../record/internal/group-records.ts'
import { type KeyedRecord, encodeKey, encodeValue } from '../../record/internal/keyed-record.ts'
import type { CoordinatorRecord } from '../coordinator.ts'
import { type Assignment, topicPartitionsOf } from './assignment.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerGroupMember, currentAssignmentValue, metadataValue } from './group-member.ts'
import type { OffsetToCommit } from './requests.ts'

/** The first with room for the topic's id, as Kafka has it there since 4.1; read by every Kafka since 3.5. */
const OFFSET_COMMIT_VERSION = 4

export interface GroupEpoch {
  readonly epoch: number
  readonly metadataHash: bigint
}

export function groupEpochRecord(groupId: string, value: GroupEpoch): CoordinatorRecord {
  return record(groupRecords.consumerGroupMetadata, { groupId }, value)
}

export function memberRecord(groupId: string, member: ConsumerGroupMember): CoordinatorRecord {
  return record(groupRecords.consumerGroupMemberMetadata, { groupId, memberId: member.memberId }, metadataValue(member))
}

export function currentAssignmentRecord(groupId: string, member: ConsumerGroupMember): CoordinatorRecord {
  return record(groupRecords.consumerGroupCurrentMemberAssignment, { groupId, memberId: member.memberId }, currentAssignmentValue(member))
}

export function targetAssignmentRecord(groupId: string, memberId: string, target: Assignment): CoordinatorRecord {
  const topicPartitions = topicPartitionsOf(target).map(({ topicId, partitions }) => ({ topicId, partitions: [...partitions] }))
  return record(groupRecords.consumerGroupTargetAssignmentMember, { groupId, memberId }, { topicPartitions })
}

export function assignmentEpochRecord(groupId: string, assignmentEpoch: number, nowMs: bigint): CoordinatorRecord {
  return record(groupRecords.consumerGroupTargetAssignmentMetadata, { groupId }, { assignmentEpoch, assignmentTimestamp: nowMs })
}

/** Version 0 of the metadata: a Kafka that takes over looks at its own topics again. */
export function patternRecord(groupId: string, regularExpression: string, topics: readonly string[], nowMs: bigint): CoordinatorRecord {
  const value = { topics: [...topics], version: 0n, timestamp: nowMs }
  return record(groupRecords.consumerGroupRegularExpression, { groupId, regularExpression }, value)
}

export function patternDeletion(groupId: string, regularExpression: string): CoordinatorRecord {
  return deletion(groupRecords.consumerGroupRegularExpression, { groupId, regularExpression })
}

/** What takes a member out of the group, in the order that Kafka's replay asks for. */
export function memberDeletions(groupId: string, memberId: string): CoordinatorRecord[] {
  const key = { groupId, memberId }
  return [
    deletion(groupRecords.consumerGroupCurrentMemberAssignment, key),
    deletion(groupRecords.consumerGroupTargetAssignmentMember, key),
    deletion(groupRecords.consumerGroupMemberMetadata, key),
  ]
}

/** Of Kafka 4.0's record of the group's topics, where it is still there. */
export function partitionMetadataDeletions({ groupId, hasPartitionMetadataRecord }: ConsumerGroup): CoordinatorRecord[] {
  return hasPartitionMetadataRecord ? [deletion(groupRecords.consumerGroupPartitionMetadata, { groupId })] : []
}

/** Of a group without members. */
export function consumerGroupDeletions(group: ConsumerGroup): CoordinatorRecord[] {
  const { groupId } = group
  return [
    ...[...group.targets.keys()].map((memberId) => deletion(groupRecords.consumerGroupTargetAssignmentMember, { groupId, memberId })),
    deletion(groupRecords.consumerGroupTargetAssignmentMetadata, { groupId }),
    ...[...group.patterns.keys()].map((pattern) => patternDeletion(groupId, pattern)),
    ...partitionMetadataDeletions(group),
    deletion(groupRecords.consumerGroupMetadata, { groupId }),
  ]
}

export function classicGroupDeletion(group: string): CoordinatorRecord {
  return deletion(groupRecords.groupMetadata, { group })
}

export function offsetCommitRecord(group: string, { topic, partition, ...commit }: OffsetToCommit, nowMs: bigint): CoordinatorRecord {
  const value = { ...commit, commitTimestamp: nowMs, expireTimestamp: -1n }
  return record(groupRecords.offsetCommit, { group, topic, partition }, value, OFFSET_COMMIT_VERSION)
}

export function offsetDeletion(group: string, topic: string, partition: number): CoordinatorRecord {
  return deletion(groupRecords.offsetCommit, { group, topic, partition })
}

function record<K extends Fields, V extends Fields>(
  schema: KeyedRecord<string, K, V>,
  key: ValuesOf<K>,
  value: ValuesOf<V>,
  version = 0,
): CoordinatorRecord {
  return { key: encodeKey(schema, key), value: encodeValue(schema, version, value) }
}

function deletion<K extends Fields>(schema: KeyedRecord<string, K, Fields>, key: ValuesOf<K>): CoordinatorRecord {
  return { key: encodeKey(schema, key), value: null }
}
