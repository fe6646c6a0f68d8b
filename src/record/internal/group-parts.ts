// What consumer groups (KIP-848), share groups (KIP-932) and streams groups (KIP-1071) write alike.
import { array, int32, int64, nullableArray, nullableString, string, uuid, withDefault } from '../../bytes/field-types.ts'
import { firstVersion, struct, tagged } from '../../bytes/schema.ts'

export const groupKey = { groupId: string }
export const memberKey = { groupId: string, memberId: string }

/** The first fields of a member's metadata, where members may be static. */
export const memberClient = { instanceId: nullableString, rackId: nullableString, clientId: string, clientHost: string }

export const targetAssignmentMetadata = firstVersion({ assignmentEpoch: int32, assignmentTimestamp: tagged(0, 0, int64) })

export const topicPartitions = array(struct({ topicId: uuid, partitions: array(int32) }))

/** Of each partition or task beside it: in which epoch it was assigned. */
export const assignmentEpochs = tagged(0, 0, withDefault(nullableArray(int32), []))
