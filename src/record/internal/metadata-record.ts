// A record of `__cluster_metadata`: its value is a frame version, the kind, the version, and the body.
import { MalformedInput, TruncatedInput } from '../../bytes/errors.ts'
import { ByteReader } from '../../bytes/reader.ts'
import { type Fields, type Infer, type Message, type ValuesOf, decode, encode } from '../../bytes/schema.ts'
import { ByteWriter } from '../../bytes/writer.ts'
import { METADATA_RECORDS, configRecord, featureLevelRecord, partitionRecord, removeTopicRecord, topicRecord } from './metadata-schemas.ts'

const FRAME_VERSION = 1

export interface MetadataFrame {
  readonly apiKey: number
  readonly version: number
}

/** Reads what kind of record it is, and leaves the reader before the body. null for a frame that no Kafka 4 writes. */
export function readMetadataFrame(reader: ByteReader): MetadataFrame | null {
  if (reader.unsignedVarint() !== FRAME_VERSION) return null
  return { apiKey: reader.unsignedVarint(), version: reader.unsignedVarint() }
}

export interface DecodedMetadataRecord {
  /** As kafka-dump-log prints it: `TOPIC_RECORD`. */
  readonly type: string
  readonly version: number
  readonly data: unknown
}

/** null where the bytes are no known metadata record. */
export function decodeMetadataRecord(value: Buffer): DecodedMetadataRecord | null {
  try {
    const reader = new ByteReader(value)
    const frame = readMetadataFrame(reader)
    const kind = frame === null ? undefined : METADATA_RECORDS.get(frame.apiKey as 0)
    if (frame === null || kind === undefined) return null
    return { type: kind.type, version: frame.version, data: decode(kind.schema as Message<Fields>, frame.version, reader) }
  } catch (error) {
    if (error instanceof TruncatedInput || error instanceof MalformedInput) return null
    throw error
  }
}

function encoder<F extends Fields>(apiKey: number, version: number, schema: Message<F>): (value: ValuesOf<F>) => Buffer {
  return (value) => {
    const writer = new ByteWriter()
    writer.unsignedVarint(FRAME_VERSION)
    writer.unsignedVarint(apiKey)
    writer.unsignedVarint(version)
    encode(schema, version, value, writer)
    return writer.result()
  }
}

/** The records that leat writes, in the versions that every Kafka 4 reads. */
export const encodeMetadataRecord = {
  topic: encoder(2, 0, topicRecord),
  partition: encoder(3, 1, partitionRecord),
  config: encoder(4, 0, configRecord),
  removeTopic: encoder(9, 0, removeTopicRecord),
  featureLevel: encoder(12, 0, featureLevelRecord),
} as const

export type TopicRecord = Infer<typeof topicRecord>
export type PartitionRecord = Infer<typeof partitionRecord>
