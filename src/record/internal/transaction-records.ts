// Records of `__transaction_state`: one for each transactional id (KIP-98, KIP-890).
import { array, int16, int32, int64, int8, nullableArray, string, withDefault } from '../../bytes/field-types.ts'
import { message, struct, tagged } from '../../bytes/schema.ts'
import { keyedDecoder, keyedRecord } from './keyed-record.ts'

export const transactionRecords = {
  transactionLog: keyedRecord(
    0,
    'TRANSACTION_LOG',
    { transactionalId: string },
    message(
      { versions: [0, 1], flexibleSince: 1 },
      {
        producerId: int64,
        producerEpoch: int16,
        transactionTimeoutMs: int32,
        transactionStatus: int8,
        transactionPartitions: nullableArray(struct({ topic: string, partitionIds: array(int32) })),
        transactionLastUpdateTimestampMs: int64,
        transactionStartTimestampMs: int64,
        previousProducerId: tagged(0, 1, withDefault(int64, -1n)),
        nextProducerId: tagged(1, 1, withDefault(int64, -1n)),
        clientTransactionVersion: tagged(2, 1, int16),
        nextProducerEpoch: tagged(3, 1, withDefault(int16, -1)),
      },
    ),
  ),
}

export const decodeTransactionRecord = keyedDecoder(transactionRecords)
