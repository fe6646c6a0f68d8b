// Kafka's messages as values. One value describes all versions of a message; it reads and writes every one of them, and its
// TypeScript type is inferred from it.
//
//   const OffsetCommit = message({ versions: [0, 4], flexibleSince: 4 }, { offset: int64, leaderEpoch: since(3, int32), topicId: tagged(0, 4, uuid) })
//   type OffsetCommit = Infer<typeof OffsetCommit>
//
// In flexible versions (KIP-482) lengths are unsigned varints, and each struct ends in tagged fields:
//
//   count unsigned varint · (tag unsigned varint · size unsigned varint · content)*      tags ascending
//
// A field that a version does not have is read as its default, and not written. Tagged fields that are not known are passed
// over, and so are gone when the value is written again.
import { MalformedInput } from './errors.ts'
import type { Context, Json, Type } from './field-types.ts'
import { ByteReader } from './reader.ts'
import { ByteWriter } from './writer.ts'

/** A field that only some versions have, or that is tagged. */
export interface Field<T> {
  readonly type: Type<T>
  readonly since: number
  readonly until: number
  readonly tag: number | null
}

// A field of any type: what it holds is known where it is declared.
// oxlint-disable-next-line typescript/no-explicit-any
type AnyField = Type<any> | Field<any>
export type Fields = Readonly<Record<string, AnyField>>
type ValueOf<F> = F extends Field<infer T> ? T : F extends Type<infer T> ? T : never
export type ValuesOf<F extends Fields> = { [K in keyof F]: ValueOf<F[K]> }
export type Infer<S> = S extends Message<infer F> ? ValuesOf<F> : S extends Type<infer T> ? T : never

/** A field of versions from `version` on (to `until`, inclusive). */
export function since<T>(version: number, type: Type<T>, until: number = Number.POSITIVE_INFINITY): Field<T> {
  return { type, since: version, until, tag: null }
}

/** A tagged field of versions from `version` on: written where it is not its default. */
export function tagged<T>(tag: number, version: number, type: Type<T>): Field<T> {
  return { type: type.inTag ?? type, since: version, until: Number.POSITIVE_INFINITY, tag }
}

interface NamedField extends Field<unknown> {
  readonly name: string
}

function named(name: string, field: AnyField): NamedField {
  if ('type' in field) return { ...field, name }
  return { type: field, since: 0, until: Number.POSITIVE_INFINITY, tag: null, name }
}

type Values = Record<string, unknown>

/** A struct; in flexible versions its tagged fields follow the others. */
export function struct<F extends Fields>(fields: F): Type<ValuesOf<F>> {
  const all: NamedField[] = Object.entries(fields).map(([name, field]) => named(name, field))
  const plain = all.filter((field) => field.tag === null)
  const tags = all.filter((field) => field.tag !== null).toSorted((a, b) => Number(a.tag) - Number(b.tag))
  const absent = Object.freeze(Object.fromEntries(all.map((field) => [field.name, field.type.absent])))
  // What goes through `Values` here has the fields of F: their types are kept by name only.
  return {
    absent: absent as ValuesOf<F>,
    read(reader, context) {
      const values: Values = {}
      for (const field of plain) values[field.name] = isIn(field, context) ? field.type.read(reader, context) : field.type.absent
      for (const field of tags) values[field.name] = field.type.absent
      if (context.isFlexible) readTags(reader, context, tags, values)
      return values as ValuesOf<F>
    },
    write(writer, value, context) {
      const values: Values = value
      for (const field of plain) if (isIn(field, context)) field.type.write(writer, values[field.name], context)
      if (!context.isFlexible) return
      const written = tags.filter((field) => isShown(field, values, context))
      writer.unsignedVarint(written.length)
      for (const field of written) writeTag(writer, context, field, values[field.name])
    },
    json(value, context) {
      const values: Values = value
      const shown = all.filter((field) => isShown(field, values, context))
      return Object.fromEntries(shown.map((field) => [field.name, field.type.json(values[field.name], context)]))
    },
  }
}

function isIn(field: NamedField, { version }: Context): boolean {
  return version >= field.since && version <= field.until
}

/** Whether a version says what the field holds: a tagged field that has its default is left out. */
function isShown(field: NamedField, values: Values, context: Context): boolean {
  return isIn(field, context) && (field.tag === null || !isEqual(values[field.name], field.type.absent))
}

function readTags(reader: ByteReader, context: Context, tags: readonly NamedField[], values: Values): void {
  for (let count = reader.unsignedVarint(); count > 0; count--) {
    const tag = reader.unsignedVarint()
    const content = reader.slice(reader.unsignedVarint())
    const field = tags.find((candidate) => candidate.tag === tag && isIn(candidate, context))
    if (field !== undefined) values[field.name] = field.type.read(new ByteReader(content), context)
  }
}

function writeTag(writer: ByteWriter, context: Context, field: NamedField, value: unknown): void {
  const content = new ByteWriter()
  field.type.write(content, value, context)
  writer.unsignedVarint(Number(field.tag))
  writer.unsignedVarint(content.length)
  writer.raw(content.result())
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) return a.equals(b)
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => isEqual((a as Values)[key], (b as Values)[key]))
}

/** A struct that may be null. A byte before it says whether it is there: 1, or -1 for null; in a tagged field 0 for null. */
export function nullableStruct<F extends Fields>(fields: F): Type<ValuesOf<F> | null> {
  const inner = struct(fields)
  const withNullAs = (nullByte: number): Type<ValuesOf<F> | null> => ({
    absent: null,
    read: (reader, context) => (reader.int8() <= nullByte ? null : inner.read(reader, context)),
    write(writer, value, context) {
      writer.int8(value === null ? nullByte : 1)
      if (value !== null) inner.write(writer, value, context)
    },
    json: (value, context) => (value === null ? null : inner.json(value, context)),
  })
  return { ...withNullAs(-1), inTag: withNullAs(0) }
}

/** For `flexibleSince`: a message that no version writes compactly. */
export const NEVER = Number.POSITIVE_INFINITY

export interface MessageVersions {
  readonly versions: readonly [min: number, max: number]
  readonly flexibleSince: number
}

export interface Message<F extends Fields> extends MessageVersions {
  readonly body: Type<ValuesOf<F>>
}

export function message<F extends Fields>(versions: MessageVersions, fields: F): Message<F> {
  return { ...versions, body: struct(fields) }
}

/** A message that has had one version so far, 0, which is flexible. */
export function firstVersion<F extends Fields>(fields: F): Message<F> {
  return message({ versions: [0, 0], flexibleSince: 0 }, fields)
}

function contextOf({ flexibleSince }: MessageVersions, version: number): Context {
  return { version, isFlexible: version >= flexibleSince }
}

export function hasVersion({ versions: [min, max] }: MessageVersions, version: number): boolean {
  return version >= min && version <= max
}

/** @throws MalformedInput, also for a version that the message does not have; TruncatedInput */
export function decode<F extends Fields>(schema: Message<F>, version: number, reader: ByteReader): ValuesOf<F> {
  const [min, max] = schema.versions
  if (!hasVersion(schema, version)) throw new MalformedInput(`version ${version} is not one of ${min} to ${max}`)
  return schema.body.read(reader, contextOf(schema, version))
}

/** @param value with every field; what the version does not have is left out */
export function encode<F extends Fields>(schema: Message<F>, version: number, value: ValuesOf<F>, writer: ByteWriter): void {
  schema.body.write(writer, value, contextOf(schema, version))
}

/** The value as Kafka's tools print it: the fields of the version, tagged ones where they are not their default. */
export function toJson<F extends Fields>(schema: Message<F>, version: number, value: ValuesOf<F>): Json {
  return schema.body.json(value, contextOf(schema, version))
}
