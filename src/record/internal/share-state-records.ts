// Records of `__share_group_state`: delivery state of share groups (KIP-932).
import { array, int16, int32, int64, int8, string, uuid, withDefault } from '../../bytes/field-types.ts'
import { firstVersion, struct, tagged } from '../../bytes/schema.ts'
import { keyedDecoder, keyedRecord } from './keyed-record.ts'

const key = { groupId: string, topicId: uuid, partition: int32 }
const stateBatches = array(struct({ firstOffset: int64, lastOffset: int64, deliveryState: int8, deliveryCount: int16 }))
const deliveryCompleteCount = tagged(0, 0, withDefault(int32, -1))

export const shareStateRecords = {
  shareSnapshot: keyedRecord(
    0,
    'SHARE_SNAPSHOT',
    key,
    firstVersion({
      snapshotEpoch: int32,
      stateEpoch: int32,
      leaderEpoch: int32,
      startOffset: int64,
      createTimestamp: int64,
      writeTimestamp: int64,
      stateBatches,
      deliveryCompleteCount,
    }),
  ),
  shareUpdate: keyedRecord(
    1,
    'SHARE_UPDATE',
    key,
    firstVersion({
      snapshotEpoch: int32,
      leaderEpoch: int32,
      startOffset: int64,
      stateBatches,
      deliveryCompleteCount,
    }),
  ),
}

export const decodeShareStateRecord = keyedDecoder(shareStateRecords)
