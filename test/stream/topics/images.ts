// Metadata images for tests: made by replaying records, as every image is.
import { ByteReader } from '../../../src/bytes/reader.ts'
import { type Fields, type Message, type ValuesOf, encode } from '../../../src/bytes/schema.ts'
import { ByteWriter } from '../../../src/bytes/writer.ts'
import { MetadataImage } from '../../../src/stream/topics/metadata-image.ts'

export const FIRST_ID = 'SCQijT6iTGKdY6ovBE6ynw'
export const SECOND_ID = 'xKTCTbjMQJiIq_2g8tK67w'

export function replayed(image: MetadataImage, records: readonly Buffer[]): MetadataImage {
  for (const record of records) image.replay(new ByteReader(record))
  return image
}

export function imageOf(...records: readonly Buffer[]): MetadataImage {
  return replayed(new MetadataImage(), records)
}

/** A record of a kind that leat reads and does not write. */
export function metadataRecord<F extends Fields>(apiKey: number, version: number, schema: Message<F>, value: ValuesOf<F>): Buffer {
  const writer = new ByteWriter()
  for (const number of [1, apiKey, version]) writer.unsignedVarint(number)
  encode(schema, version, value, writer)
  return writer.result()
}

/** A record without fields: the start (23), end (24) or abort (25) of a metadata transaction, or any kind at all. */
export function emptyRecord(apiKey: number, version = 0): Buffer {
  return Buffer.from([1, apiKey, version, 0])
}
