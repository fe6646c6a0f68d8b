import type { ByteReader } from '../../bytes/reader.ts'
import { type Fields, type Message, type ValuesOf, decode, hasVersion } from '../../bytes/schema.ts'
import { LeatError } from '../../errors/leat-error.ts'

/** Decodes a metadata record that counts. @throws LeatError UNSUPPORTED_VERSION where a newer Kafka wrote it */
export function decodeKnown<F extends Fields>(schema: Message<F>, version: number, reader: ByteReader): ValuesOf<F> {
  if (hasVersion(schema, version)) return decode(schema, version, reader)
  throw new LeatError('UNSUPPORTED_VERSION', `the metadata log has records that are newer than this leat knows (version ${version})`, {
    hint: 'A newer Kafka wrote them. Look for a newer leat.',
  })
}
