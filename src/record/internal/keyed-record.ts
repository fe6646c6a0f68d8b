// Records of the coordinators' topics. The key says what kind of record it is and what it is about; a null value deletes
// that, as everywhere in a compacted topic.
//
//   key:   kind int16 · fields
//   value: version int16 · fields
import { type Message, NEVER, type Fields, type ValuesOf, decode, encode, hasVersion, message } from '../../bytes/schema.ts'
import { ByteReader } from '../../bytes/reader.ts'
import { ByteWriter } from '../../bytes/writer.ts'

/** One kind of record: its number in the key, its name in Kafka, and the fields of key and value. */
export interface KeyedRecord<N extends string, K extends Fields, V extends Fields> {
  readonly kind: number
  readonly type: N
  readonly key: Message<K>
  readonly value: Message<V>
}

export function keyedRecord<const N extends string, K extends Fields, V extends Fields>(
  kind: number,
  type: N,
  key: K,
  value: Message<V>,
): KeyedRecord<N, K, V> {
  return { kind, type, key: message({ versions: [0, 0], flexibleSince: NEVER }, key), value }
}

// A record of any kind: what it holds is known where it is declared.
// oxlint-disable-next-line typescript/no-explicit-any
type AnyRecord = KeyedRecord<string, any, any>
export type KeyedRecords = Readonly<Record<string, AnyRecord>>

/** Of each kind in a table, what decoding gives; `type` tells them apart. `version` and `value` are null for a deletion. */
export type Decoded<T extends KeyedRecords> = { [K in keyof T]: DecodedAs<T[K]> }[keyof T]
type DecodedAs<R> =
  R extends KeyedRecord<infer N, infer K, infer V>
    ? { readonly type: N; readonly key: ValuesOf<K> } & (
        | { readonly version: number; readonly value: ValuesOf<V> }
        | { readonly version: null; readonly value: null }
      )
    : never

/**
 * Makes the decoder of a topic. It gives null for kinds and versions that are not known: a newer Kafka wrote them, and Kafka
 * passes over them too. @throws TruncatedInput, MalformedInput for known ones whose bytes are wrong
 */
export function keyedDecoder<T extends KeyedRecords>(records: T): (key: Buffer, value: Buffer | null) => Decoded<T> | null {
  const byKind = new Map(Object.values(records).map((record) => [record.kind, record]))
  return (key, value) => {
    const keyReader = new ByteReader(key)
    const record = byKind.get(keyReader.int16())
    if (record === undefined) return null
    // Which kind it is, and so what key and value hold, the checker cannot follow through the map.
    const decoded = { type: record.type, key: decode(record.key, 0, keyReader) }
    if (value === null) return { ...decoded, version: null, value: null } as Decoded<T>
    const valueReader = new ByteReader(value)
    const version = valueReader.int16()
    if (!hasVersion(record.value, version)) return null
    return { ...decoded, version, value: decode(record.value, version, valueReader) } as Decoded<T>
  }
}

export function encodeKey<K extends Fields>(record: KeyedRecord<string, K, Fields>, key: ValuesOf<K>): Buffer {
  return encoded(record.kind, record.key, 0, key)
}

export function encodeValue<V extends Fields>(record: KeyedRecord<string, Fields, V>, version: number, value: ValuesOf<V>): Buffer {
  return encoded(version, record.value, version, value)
}

function encoded<F extends Fields>(prefix: number, schema: Message<F>, version: number, values: ValuesOf<F>): Buffer {
  const writer = new ByteWriter()
  writer.int16(prefix)
  encode(schema, version, values, writer)
  return writer.result()
}
