// Records of `__transaction_state`: one for each transactional id (KIP-98, KIP-890).
import { array, int16, int32, int64, int8, message, nullableArray, string, struct, tagged, withDefault } from '../../bytes/schema.ts'

export const transactionLogKey = message({ versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY }, { transactionalId: string })
export const transactionLogValue = message(
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
)

/** Kinds by the version in the key, which tells them apart. */
export const TRANSACTION_RECORDS = [{ keyType: 0, type: 'TRANSACTION_LOG', key: transactionLogKey, value: transactionLogValue }] as const
