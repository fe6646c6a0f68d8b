// Values of control records: KRaft's own (KIP-595, KIP-630, KIP-853), and transaction markers (KIP-98).
import {
  array,
  int16,
  int32,
  int64,
  message,
  nullableBytes,
  nullableString,
  since,
  string,
  struct,
  uint16,
  uuid,
  withDefault,
} from '../../bytes/schema.ts'

export const leaderChangeMessage = message(
  { versions: [0, 1], flexibleSince: 0 },
  {
    version: int16,
    leaderId: int32,
    voters: array(struct({ voterId: int32, voterDirectoryId: since(1, uuid) })),
    grantingVoters: array(struct({ voterId: int32, voterDirectoryId: since(1, uuid) })),
  },
)

export const snapshotHeaderRecord = message({ versions: [0, 0], flexibleSince: 0 }, { version: int16, lastContainedLogTimestamp: int64 })

export const snapshotFooterRecord = message({ versions: [0, 0], flexibleSince: 0 }, { version: int16 })

export const kraftVersionRecord = message({ versions: [0, 0], flexibleSince: 0 }, { version: int16, kraftVersion: int16 })

export const votersRecord = message(
  { versions: [0, 0], flexibleSince: 0 },
  {
    version: int16,
    voters: array(
      struct({
        voterId: int32,
        voterDirectoryId: uuid,
        endpoints: array(struct({ name: string, host: string, port: uint16 })),
        kraftVersionFeature: struct({ minSupportedVersion: int16, maxSupportedVersion: int16 }),
      }),
    ),
  },
)

export const endTxnMarker = message({ versions: [0, 0], flexibleSince: Number.POSITIVE_INFINITY }, { coordinatorEpoch: int32 })

export const consumerProtocolSubscription = message(
  { versions: [0, 3], flexibleSince: Number.POSITIVE_INFINITY },
  {
    topics: array(string),
    userData: nullableBytes,
    ownedPartitions: since(1, array(struct({ topic: since(1, string), partitions: since(1, array(int32)) }))),
    generationId: since(2, withDefault(int32, -1)),
    rackId: since(3, nullableString),
  },
)

export const consumerProtocolAssignment = message(
  { versions: [0, 3], flexibleSince: Number.POSITIVE_INFINITY },
  { assignedPartitions: array(struct({ topic: string, partitions: array(int32) })), userData: nullableBytes },
)
