// Records of `__cluster_metadata`: no key, and a value that says what it is.
//
//   value: frame version unsigned varint (1) · api key unsigned varint · version unsigned varint · fields
import { ByteReader } from '../../bytes/reader.ts'
import { type Fields, type Infer, type Message, type ValuesOf, decode, encode, hasVersion } from '../../bytes/schema.ts'
import { ByteWriter } from '../../bytes/writer.ts'
import {
  METADATA_RECORDS,
  type MetadataKind,
  configRecord,
  featureLevelRecord,
  partitionRecord,
  producerIdsRecord,
  removeTopicRecord,
  topicRecord,
} from './metadata-schemas.ts'

const FRAME_VERSION = 1

export interface MetadataFrame {
  readonly apiKey: number
  readonly version: number
}

/** Reads what kind of record it is, and leaves the reader before the fields. null for a frame that no Kafka 4 writes. */
export function readMetadataFrame(reader: ByteReader): MetadataFrame | null {
  if (reader.unsignedVarint() !== FRAME_VERSION) return null
  return { apiKey: reader.unsignedVarint(), version: reader.unsignedVarint() }
}

export interface DecodedMetadataRecord {
  readonly kind: MetadataKind
  readonly version: number
  readonly data: Readonly<Record<string, unknown>>
}

/** null for kinds and versions that are not known. @throws TruncatedInput, MalformedInput for known ones whose bytes are wrong */
export function decodeMetadataRecord(value: Buffer): DecodedMetadataRecord | null {
  const reader = new ByteReader(value)
  const frame = readMetadataFrame(reader)
  const kind = frame === null ? undefined : METADATA_RECORDS.get(frame.apiKey)
  if (frame === null || kind === undefined || !hasVersion(kind.schema, frame.version)) return null
  return { kind, version: frame.version, data: decode(kind.schema, frame.version, reader) }
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
  producerIds: encoder(15, 0, producerIdsRecord),
} as const

export type PartitionRecord = Infer<typeof partitionRecord>
