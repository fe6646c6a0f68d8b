// Records of Kafka's own topics as JSON, with the names and values that kafka-dump-log prints. 64-bit integers are bigint.
import type { Json } from '../../bytes/field-types.ts'
import { ByteReader } from '../../bytes/reader.ts'
import { type Fields, type Message, decode, hasVersion, toJson } from '../../bytes/schema.ts'
import { consumerProtocolAssignment, consumerProtocolJson, consumerProtocolSubscription } from './consumer-protocol.ts'
import { CONTROL_RECORDS } from './control-schemas.ts'
import { type Decoded, type KeyedRecords } from './keyed-record.ts'
import { decodeGroupRecord, groupRecords } from './group-records.ts'
import { METADATA_TOPIC, OFFSETS_TOPIC, SHARE_STATE_TOPIC, TRANSACTION_TOPIC } from './internal-topics.ts'
import { decodeMetadataRecord } from './metadata-record.ts'
import { decodeShareStateRecord, shareStateRecords } from './share-state-records.ts'
import { decodeTransactionRecord, transactionRecords } from './transaction-records.ts'

export interface InternalRecord {
  /** Kafka's name of the kind: `OFFSET_COMMIT`, `TOPIC_RECORD`, `LeaderChange`. */
  readonly type: string
  /** Version of the value; null for a deletion. */
  readonly version: number | null
  readonly key: Json
  readonly value: Json
}

type ToJson = (key: Buffer | null, value: Buffer | null) => InternalRecord | null

const BY_TOPIC: ReadonlyMap<string, ToJson> = new Map([
  [OFFSETS_TOPIC, keyedJson(groupRecords, decodeGroupRecord, withProtocolJson)],
  [TRANSACTION_TOPIC, keyedJson(transactionRecords, decodeTransactionRecord)],
  [SHARE_STATE_TOPIC, keyedJson(shareStateRecords, decodeShareStateRecord)],
  [METADATA_TOPIC, metadataJson],
])

/**
 * null for records that are not known, and for those of other topics.
 * @throws TruncatedInput, MalformedInput for known ones whose bytes are wrong
 */
export function internalRecordJson(topic: string, key: Buffer | null, value: Buffer | null): InternalRecord | null {
  return BY_TOPIC.get(topic)?.(key, value) ?? null
}

/** A record of a control batch, of any topic; null for one that is not known. @throws TruncatedInput, MalformedInput */
export function controlRecordJson(key: Buffer | null, value: Buffer | null): InternalRecord | null {
  if (key === null || value === null) return null
  const keyReader = new ByteReader(key)
  keyReader.int16()
  const kind = CONTROL_RECORDS.get(keyReader.int16())
  // The version is a field of the value, too.
  const version = new ByteReader(value).int16()
  if (kind === undefined || !hasVersion(kind.schema, version)) return null
  const { type, schema } = kind
  return { type, version, key: null, value: jsonOf(schema, version, new ByteReader(value)) }
}

function jsonOf<F extends Fields>(schema: Message<F>, version: number, reader: ByteReader): Json {
  return toJson(schema, version, decode(schema, version, reader))
}

function metadataJson(_: Buffer | null, value: Buffer | null): InternalRecord | null {
  const record = value === null ? null : decodeMetadataRecord(value)
  if (record === null) return null
  const { kind, version, data } = record
  return { type: kind.type, version, key: null, value: toJson(kind.schema, version, data) }
}

function keyedJson<T extends KeyedRecords>(
  records: T,
  decodeRecord: (key: Buffer, value: Buffer | null) => Decoded<T> | null,
  refine: (decoded: Decoded<T>, value: Json) => Json = (_, value) => value,
): ToJson {
  const byType = new Map(Object.values(records).map((record) => [record.type, record]))
  return (key, value) => {
    const decoded = key === null ? null : decodeRecord(key, value)
    const schemas = decoded === null ? undefined : byType.get(decoded.type)
    if (decoded === null || schemas === undefined) return null
    const { type, version } = decoded
    const keyJson = toJson(schemas.key, 0, decoded.key)
    if (version === null) return { type, version, key: keyJson, value: null }
    return { type, version, key: keyJson, value: refine(decoded, toJson(schemas.value, version, decoded.value)) }
  }
}

/** Members of classic consumer groups with what is in their subscription and assignment. */
function withProtocolJson({ type, value }: Decoded<typeof groupRecords>, json: Json): Json {
  if (type !== 'GROUP_METADATA' || value === null || value.protocolType !== 'consumer') return json
  // Made of the value by its schema.
  const group = json as { readonly members: readonly Record<string, Json>[] }
  return {
    ...group,
    members: value.members.map(({ subscription, assignment }, index) => ({
      ...group.members[index],
      subscription: consumerProtocolJson(consumerProtocolSubscription, subscription),
      assignment: consumerProtocolJson(consumerProtocolAssignment, assignment),
    })),
  }
}
