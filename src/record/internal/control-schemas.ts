// Control records: those of KRaft's own log (KIP-595, KIP-630, KIP-853), and transaction markers (KIP-98).
//
//   key:   version int16 · type int16
//   value: version int16 · fields                   the version of KRaft's is a field of its own, too
import { array, int16, int32, int64, string, uint16, uuid } from '../../bytes/field-types.ts'
import { firstVersion, NEVER, message, since, struct } from '../../bytes/schema.ts'

const voter = struct({ voterId: int32, voterDirectoryId: since(1, uuid) })

export const leaderChangeMessage = message(
  { versions: [0, 1], flexibleSince: 0 },
  {
    version: int16,
    leaderId: int32,
    voters: array(voter),
    grantingVoters: array(voter),
  },
)

const snapshotHeaderRecord = firstVersion({ version: int16, lastContainedLogTimestamp: int64 })

const snapshotFooterRecord = firstVersion({ version: int16 })

const kraftVersionRecord = firstVersion({ version: int16, kRaftVersion: int16 })

const votersRecord = firstVersion({
  version: int16,
  voters: array(
    struct({
      voterId: int32,
      voterDirectoryId: uuid,
      endpoints: array(struct({ name: string, host: string, port: uint16 })),
      kRaftVersionFeature: struct({ minSupportedVersion: int16, maxSupportedVersion: int16 }),
    }),
  ),
})

/** Newer versions only add to it: Kafka reads them as the first. */
const endTxnMarker = message({ versions: [0, 0x7fff], flexibleSince: NEVER }, { version: int16, coordinatorEpoch: int32 })

/** By the type in the key; named as kafka-dump-log prints them. */
export const CONTROL_RECORDS = new Map([
  [0, { type: 'ABORT', schema: endTxnMarker }],
  [1, { type: 'COMMIT', schema: endTxnMarker }],
  [2, { type: 'LeaderChange', schema: leaderChangeMessage }],
  [3, { type: 'SnapshotHeader', schema: snapshotHeaderRecord }],
  [4, { type: 'SnapshotFooter', schema: snapshotFooterRecord }],
  [5, { type: 'KRaftVersion', schema: kraftVersionRecord }],
  [6, { type: 'KRaftVoters', schema: votersRecord }],
])
