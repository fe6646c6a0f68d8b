// Kafka's messages as values. One value describes all versions of a message; it reads and writes every one of them, and its
// TypeScript type is inferred from it.
//
//   const TopicRecord = message({ versions: [0, 0], flexibleSince: 0 }, { name: string, topicId: uuid })
//   type TopicRecord = Infer<typeof TopicRecord>
//
// In flexible versions (KIP-482) lengths are unsigned varints, less one for null, and each struct ends in tagged fields.
// A field that a version does not have is read as its default, and not written. Unknown tagged fields are passed over.
import { MalformedInput } from './errors.ts'
import { ByteReader } from './reader.ts'
import { type Uuid, ZERO_UUID } from './uuid.ts'
import { ByteWriter } from './writer.ts'

export interface Context {
  readonly version: number
  readonly isFlexible: boolean
}

export interface Type<T> {
  read(reader: ByteReader, context: Context): T
  write(writer: ByteWriter, value: T, context: Context): void
  /** What a version without the field has. */
  readonly absent: T
}

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

function simple<T>(absent: T, read: (reader: ByteReader) => T, write: (writer: ByteWriter, value: T) => void): Type<T> {
  return { absent, read, write }
}

export const int8 = simple(
  0,
  (reader) => reader.int8(),
  (writer, value) => writer.int8(value),
)
export const int16 = simple(
  0,
  (reader) => reader.int16(),
  (writer, value) => writer.int16(value),
)
export const uint16 = simple(
  0,
  (reader) => reader.uint16(),
  (writer, value) => writer.uint16(value),
)
export const int32 = simple(
  0,
  (reader) => reader.int32(),
  (writer, value) => writer.int32(value),
)
export const uint32 = simple(
  0,
  (reader) => reader.uint32(),
  (writer, value) => writer.uint32(value),
)
export const int64 = simple(
  0n,
  (reader) => reader.int64(),
  (writer, value) => writer.int64(value),
)
export const float64 = simple(
  0,
  (reader) => reader.float64(),
  (writer, value) => writer.float64(value),
)
export const boolean = simple(
  false,
  (reader) => reader.boolean(),
  (writer, value) => writer.boolean(value),
)
export const uuid = simple<Uuid>(
  ZERO_UUID,
  (reader) => reader.uuid(),
  (writer, value) => writer.uuid(value),
)

/** Length of a string (2 bytes where not flexible), of bytes or of an array (4 bytes); -1 is null. */
function readLength(reader: ByteReader, context: Context, isShort: boolean): number {
  if (context.isFlexible) return reader.unsignedVarint() - 1
  return isShort ? reader.int16() : reader.int32()
}

function writeLength(writer: ByteWriter, length: number, context: Context, isShort: boolean): void {
  if (context.isFlexible) writer.unsignedVarint(length + 1)
  else if (isShort) writer.int16(length)
  else writer.int32(length)
}

function sized<T>(
  isShort: boolean,
  absent: T,
  read: (reader: ByteReader, length: number, context: Context) => T,
  write: (writer: ByteWriter, value: T, context: Context) => void,
): Type<T> {
  return {
    absent,
    read(reader, context) {
      const length = readLength(reader, context, isShort)
      if (length < 0) throw new MalformedInput('null where a value is needed')
      return read(reader, length, context)
    },
    write,
  }
}

function orNull<T>(
  isShort: boolean,
  read: (reader: ByteReader, length: number, context: Context) => T,
  write: (writer: ByteWriter, value: T, context: Context) => void,
): Type<T | null> {
  return {
    absent: null,
    read(reader, context) {
      const length = readLength(reader, context, isShort)
      return length < 0 ? null : read(reader, length, context)
    },
    write(writer, value, context) {
      if (value === null) writeLength(writer, -1, context, isShort)
      else write(writer, value, context)
    },
  }
}

function readText(reader: ByteReader, length: number): string {
  return reader.text(length)
}

function writeText(writer: ByteWriter, value: string, context: Context): void {
  const bytes = Buffer.from(value)
  writeLength(writer, bytes.length, context, true)
  writer.raw(bytes)
}

function readBytes(reader: ByteReader, length: number): Buffer {
  return reader.slice(length)
}

function writeBytes(writer: ByteWriter, value: Buffer, context: Context): void {
  writeLength(writer, value.length, context, false)
  writer.raw(value)
}

export const string = sized(true, '', readText, writeText)
export const nullableString = orNull(true, readText, writeText)
export const bytes = sized(false, Buffer.alloc(0), readBytes, writeBytes)
export const nullableBytes = orNull(false, readBytes, writeBytes)

function readItems<T>(item: Type<T>): (reader: ByteReader, length: number, context: Context) => T[] {
  return (reader, length, context) => {
    // An item has at least a byte, so more items than bytes cannot be.
    if (length > reader.remaining) throw new MalformedInput(`${length} items in ${reader.remaining} bytes`)
    return Array.from({ length }, () => item.read(reader, context))
  }
}

function writeItems<T>(item: Type<T>): (writer: ByteWriter, values: T[], context: Context) => void {
  return (writer, values, context) => {
    writeLength(writer, values.length, context, false)
    for (const value of values) item.write(writer, value, context)
  }
}

export function array<T>(item: Type<T>): Type<T[]> {
  return sized<T[]>(false, [], readItems(item), writeItems(item))
}

export function nullableArray<T>(item: Type<T>): Type<T[] | null> {
  return orNull(false, readItems(item), writeItems(item))
}

/** The same type with another default. */
export function withDefault<T>(type: Type<T>, absent: T): Type<T> {
  return { ...type, absent }
}

/** A field of versions from `since` on (to `until`). */
export function since<T>(version: number, type: Type<T>, until: number = Number.POSITIVE_INFINITY): Field<T> {
  return { type, since: version, until, tag: null }
}

/** A tagged field: written where it is not its default. */
export function tagged<T>(tag: number, version: number, type: Type<T>): Field<T> {
  return { type, since: version, until: Number.POSITIVE_INFINITY, tag }
}

interface NamedField extends Field<unknown> {
  readonly name: string
}

function named(name: string, field: AnyField): NamedField {
  if ('type' in field) return { ...field, name }
  return { type: field, since: 0, until: Number.POSITIVE_INFINITY, tag: null, name }
}

/** A struct; in flexible versions its tagged fields follow the others. */
export function struct<F extends Fields>(fields: F): Type<ValuesOf<F>> {
  const all: NamedField[] = Object.entries(fields).map(([name, field]) => named(name, field))
  const plain = all.filter((field) => field.tag === null)
  const tags = all.filter((field) => field.tag !== null).toSorted((a, b) => Number(a.tag) - Number(b.tag))
  const isIn = (field: NamedField, { version }: Context): boolean => version >= field.since && version <= field.until
  const absent = Object.fromEntries(all.map((field) => [field.name, field.type.absent]))
  return {
    absent: absent as ValuesOf<F>,
    read(reader, context) {
      const value: Record<string, unknown> = {}
      for (const field of plain) value[field.name] = isIn(field, context) ? field.type.read(reader, context) : field.type.absent
      for (const field of tags) value[field.name] = field.type.absent
      if (context.isFlexible) readTags(reader, context, tags, value)
      return value as ValuesOf<F>
    },
    write(writer, value, context) {
      const values = value as Record<string, unknown>
      for (const field of plain) if (isIn(field, context)) field.type.write(writer, values[field.name], context)
      if (!context.isFlexible) return
      const written = tags.filter((field) => isIn(field, context) && !isDefault(values[field.name], field.type.absent))
      writer.unsignedVarint(written.length)
      for (const field of written) writeTag(writer, context, field, values[field.name])
    },
  }
}

function readTags(reader: ByteReader, context: Context, tags: readonly NamedField[], value: Record<string, unknown>): void {
  for (let count = reader.unsignedVarint(); count > 0; count--) {
    const tag = reader.unsignedVarint()
    const content = reader.slice(reader.unsignedVarint())
    const field = tags.find((candidate) => candidate.tag === tag)
    if (field !== undefined) value[field.name] = field.type.read(new ByteReader(content), context)
  }
}

function writeTag(writer: ByteWriter, context: Context, field: NamedField, value: unknown): void {
  const content = new ByteWriter()
  field.type.write(content, value, context)
  writer.unsignedVarint(Number(field.tag))
  writer.unsignedVarint(content.length)
  writer.raw(content.result())
}

function isDefault(value: unknown, absent: unknown): boolean {
  if (Array.isArray(value) && Array.isArray(absent)) return value.length === 0 && absent.length === 0
  return value === absent
}

/** A struct that may be null: one byte says whether it is there. */
export function nullableStruct<F extends Fields>(fields: F): Type<ValuesOf<F> | null> {
  const inner = struct(fields)
  return {
    absent: null,
    read: (reader, context) => (reader.int8() < 0 ? null : inner.read(reader, context)),
    write(writer, value, context) {
      writer.int8(value === null ? -1 : 1)
      if (value !== null) inner.write(writer, value, context)
    },
  }
}

export interface MessageVersions {
  readonly versions: readonly [min: number, max: number]
  /** First flexible version; Infinity for none. */
  readonly flexibleSince: number
}

export interface Message<F extends Fields> extends MessageVersions {
  readonly body: Type<ValuesOf<F>>
}

export function message<F extends Fields>(versions: MessageVersions, fields: F): Message<F> {
  return { ...versions, body: struct(fields) }
}

/** @throws MalformedInput for a version that the message does not have; TruncatedInput */
export function decode<F extends Fields>(schema: Message<F>, version: number, reader: ByteReader): ValuesOf<F> {
  const [min, max] = schema.versions
  if (version < min || version > max) throw new MalformedInput(`version ${version} is not one of ${min} to ${max}`)
  return schema.body.read(reader, { version, isFlexible: version >= schema.flexibleSince })
}

export function encode<F extends Fields>(schema: Message<F>, version: number, value: ValuesOf<F>, writer: ByteWriter): void {
  schema.body.write(writer, value, { version, isFlexible: version >= schema.flexibleSince })
}
