// Records of `__cluster_metadata`, the log of a KRaft controller (KIP-631), as of metadata.version 30 (Kafka 4.3).
import {
  array,
  boolean,
  bytes,
  float64,
  int16,
  int32,
  int64,
  int8,
  nullableArray,
  nullableString,
  string,
  uint16,
  uuid,
  withDefault,
} from '../../bytes/field-types.ts'
import { firstVersion, type Message, message, since, struct, tagged } from '../../bytes/schema.ts'

export const registerBrokerRecord = message(
  { versions: [0, 4], flexibleSince: 0 },
  {
    brokerId: int32,
    isMigratingZkBroker: since(2, boolean),
    incarnationId: uuid,
    brokerEpoch: int64,
    endPoints: array(struct({ name: string, host: string, port: uint16, securityProtocol: int16 })),
    features: array(struct({ name: string, minSupportedVersion: int16, maxSupportedVersion: int16 })),
    rack: nullableString,
    fenced: withDefault(boolean, true),
    inControlledShutdown: since(1, boolean),
    logDirs: tagged(0, 3, array(uuid)),
    cordonedLogDirs: tagged(1, 4, nullableArray(uuid)),
  },
)

export const unregisterBrokerRecord = firstVersion({ brokerId: int32, brokerEpoch: int64 })

export const topicRecord = firstVersion({ name: string, topicId: uuid })

/** Api key. */
export const PARTITION_RECORD = 3

export const partitionRecord = message(
  { versions: [0, 2], flexibleSince: 0 },
  {
    partitionId: withDefault(int32, -1),
    topicId: uuid,
    replicas: array(int32),
    isr: array(int32),
    removingReplicas: array(int32),
    addingReplicas: array(int32),
    leader: withDefault(int32, -1),
    leaderEpoch: withDefault(int32, -1),
    partitionEpoch: withDefault(int32, -1),
    directories: since(1, array(uuid)),
    leaderRecoveryState: tagged(0, 0, int8),
    eligibleLeaderReplicas: tagged(1, 2, nullableArray(int32)),
    lastKnownElr: tagged(2, 2, nullableArray(int32)),
  },
)

export const configRecord = firstVersion({ resourceType: int8, resourceName: string, name: string, value: nullableString })

export const partitionChangeRecord = message(
  { versions: [0, 2], flexibleSince: 0 },
  {
    partitionId: withDefault(int32, -1),
    topicId: uuid,
    isr: tagged(0, 0, nullableArray(int32)),
    leader: tagged(1, 0, withDefault(int32, -2)),
    replicas: tagged(2, 0, nullableArray(int32)),
    removingReplicas: tagged(3, 0, nullableArray(int32)),
    addingReplicas: tagged(4, 0, nullableArray(int32)),
    leaderRecoveryState: tagged(5, 0, withDefault(int8, -1)),
    directories: tagged(8, 1, nullableArray(uuid)),
    eligibleLeaderReplicas: tagged(6, 2, nullableArray(int32)),
    lastKnownElr: tagged(7, 2, nullableArray(int32)),
  },
)

export const fenceBrokerRecord = firstVersion({ id: int32, epoch: int64 })

const unfenceBrokerRecord = firstVersion({ id: int32, epoch: int64 })

export const removeTopicRecord = firstVersion({ topicId: uuid })

const delegationTokenRecord = firstVersion({
  owner: string,
  requester: string,
  renewers: array(string),
  issueTimestamp: int64,
  maxTimestamp: int64,
  expirationTimestamp: int64,
  tokenId: string,
})

const userScramCredentialRecord = firstVersion({
  name: string,
  mechanism: int8,
  salt: bytes,
  storedKey: bytes,
  serverKey: bytes,
  iterations: int32,
})

export const featureLevelRecord = firstVersion({ name: string, featureLevel: int16 })

const clientQuotaRecord = firstVersion({
  entity: array(struct({ entityType: string, entityName: nullableString })),
  key: string,
  value: float64,
  remove: boolean,
})

export const producerIdsRecord = firstVersion({ brokerId: int32, brokerEpoch: withDefault(int64, -1n), nextProducerId: int64 })

export const brokerRegistrationChangeRecord = message(
  { versions: [0, 3], flexibleSince: 0 },
  {
    brokerId: int32,
    brokerEpoch: int64,
    fenced: tagged(0, 0, int8),
    inControlledShutdown: tagged(1, 1, int8),
    logDirs: tagged(2, 2, array(uuid)),
    cordonedLogDirs: tagged(3, 3, nullableArray(uuid)),
  },
)

const accessControlEntryRecord = firstVersion({
  id: uuid,
  resourceType: int8,
  resourceName: string,
  patternType: int8,
  principal: string,
  host: string,
  operation: int8,
  permissionType: int8,
})

const removeAccessControlEntryRecord = firstVersion({ id: uuid })

const noOpRecord = firstVersion({})

const zkMigrationStateRecord = firstVersion({ zkMigrationState: int8 })

const removeUserScramCredentialRecord = firstVersion({ name: string, mechanism: int8 })

const beginTransactionRecord = firstVersion({ name: tagged(0, 0, nullableString) })

const endTransactionRecord = firstVersion({})

const abortTransactionRecord = firstVersion({ reason: tagged(0, 0, nullableString) })

const removeDelegationTokenRecord = firstVersion({ tokenId: string })

const registerControllerRecord = firstVersion({
  controllerId: int32,
  incarnationId: uuid,
  zkMigrationReady: boolean,
  endPoints: array(struct({ name: string, host: string, port: uint16, securityProtocol: int16 })),
  features: array(struct({ name: string, minSupportedVersion: int16, maxSupportedVersion: int16 })),
})

const clearElrRecord = firstVersion({ topicName: string })

export interface MetadataKind {
  /** As kafka-dump-log prints it. */
  readonly type: string
  // Of any kind: what it holds is known where it is declared.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly schema: Message<any>
}

/** All kinds by api key. */
export const METADATA_RECORDS = new Map<number, MetadataKind>([
  [0, { type: 'REGISTER_BROKER_RECORD', schema: registerBrokerRecord }],
  [1, { type: 'UNREGISTER_BROKER_RECORD', schema: unregisterBrokerRecord }],
  [2, { type: 'TOPIC_RECORD', schema: topicRecord }],
  [PARTITION_RECORD, { type: 'PARTITION_RECORD', schema: partitionRecord }],
  [4, { type: 'CONFIG_RECORD', schema: configRecord }],
  [5, { type: 'PARTITION_CHANGE_RECORD', schema: partitionChangeRecord }],
  [7, { type: 'FENCE_BROKER_RECORD', schema: fenceBrokerRecord }],
  [8, { type: 'UNFENCE_BROKER_RECORD', schema: unfenceBrokerRecord }],
  [9, { type: 'REMOVE_TOPIC_RECORD', schema: removeTopicRecord }],
  [10, { type: 'DELEGATION_TOKEN_RECORD', schema: delegationTokenRecord }],
  [11, { type: 'USER_SCRAM_CREDENTIAL_RECORD', schema: userScramCredentialRecord }],
  [12, { type: 'FEATURE_LEVEL_RECORD', schema: featureLevelRecord }],
  [14, { type: 'CLIENT_QUOTA_RECORD', schema: clientQuotaRecord }],
  [15, { type: 'PRODUCER_IDS_RECORD', schema: producerIdsRecord }],
  [17, { type: 'BROKER_REGISTRATION_CHANGE_RECORD', schema: brokerRegistrationChangeRecord }],
  [18, { type: 'ACCESS_CONTROL_ENTRY_RECORD', schema: accessControlEntryRecord }],
  [19, { type: 'REMOVE_ACCESS_CONTROL_ENTRY_RECORD', schema: removeAccessControlEntryRecord }],
  [20, { type: 'NO_OP_RECORD', schema: noOpRecord }],
  [21, { type: 'ZK_MIGRATION_STATE_RECORD', schema: zkMigrationStateRecord }],
  [22, { type: 'REMOVE_USER_SCRAM_CREDENTIAL_RECORD', schema: removeUserScramCredentialRecord }],
  [23, { type: 'BEGIN_TRANSACTION_RECORD', schema: beginTransactionRecord }],
  [24, { type: 'END_TRANSACTION_RECORD', schema: endTransactionRecord }],
  [25, { type: 'ABORT_TRANSACTION_RECORD', schema: abortTransactionRecord }],
  [26, { type: 'REMOVE_DELEGATION_TOKEN_RECORD', schema: removeDelegationTokenRecord }],
  [27, { type: 'REGISTER_CONTROLLER_RECORD', schema: registerControllerRecord }],
  [28, { type: 'CLEAR_ELR_RECORD', schema: clearElrRecord }],
])
