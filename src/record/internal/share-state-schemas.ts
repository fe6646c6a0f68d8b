// Records of `__share_group_state`: delivery state of share groups (KIP-932).
import { array, int16, int32, int64, int8, message, string, struct, tagged, uuid, withDefault } from '../../bytes/schema.ts'

export const shareSnapshotKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { groupId: string, topicId: uuid, partition: int32 },
)
export const shareSnapshotValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  {
    snapshotEpoch: int32,
    stateEpoch: int32,
    leaderEpoch: int32,
    startOffset: int64,
    createTimestamp: int64,
    writeTimestamp: int64,
    stateBatches: array(struct({ firstOffset: int64, lastOffset: int64, deliveryState: int8, deliveryCount: int16 })),
    deliveryCompleteCount: tagged(0, 0, withDefault(int32, -1)),
  },
)

export const shareUpdateKey = message(
  { versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY },
  { groupId: string, topicId: uuid, partition: int32 },
)
export const shareUpdateValue = message(
  { versions: [0, 0], flexibleSince: 0 },
  {
    snapshotEpoch: int32,
    leaderEpoch: int32,
    startOffset: int64,
    stateBatches: array(struct({ firstOffset: int64, lastOffset: int64, deliveryState: int8, deliveryCount: int16 })),
    deliveryCompleteCount: tagged(0, 0, withDefault(int32, -1)),
  },
)

/** Kinds by the version in the key, which tells them apart. */
export const SHARE_STATE_RECORDS = [
  { keyType: 0, type: 'SHARE_SNAPSHOT', key: shareSnapshotKey, value: shareSnapshotValue },
  { keyType: 1, type: 'SHARE_UPDATE', key: shareUpdateKey, value: shareUpdateValue },
] as const
