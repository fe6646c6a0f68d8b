// The types of fields in Kafka's messages: how each is read, written and shown.
//
//   string            length int16   · UTF-8             flexible: length + 1 unsigned varint · UTF-8
//   bytes, records    length int32   · bytes             flexible: length + 1 unsigned varint · bytes
//   array             count int32    · items             flexible: count + 1 unsigned varint · items
//   null              length -1                          flexible: 0
//
// Numbers are big endian. Bytes that are read are slices of what they were read from, not copies; record batches
// (Kafka's type "records") are bytes here.
import { MalformedInput } from './errors.ts'
import type { ByteReader } from './reader.ts'
import { type Uuid, ZERO_UUID } from './uuid.ts'
import type { ByteWriter } from './writer.ts'

export interface Context {
  readonly version: number
  readonly isFlexible: boolean
}

/** Plain values that print as JSON: bytes as base64, 64-bit integers as bigint. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [name: string]: Json }

export interface Type<T> {
  /** @throws TruncatedInput, MalformedInput */
  read(reader: ByteReader, context: Context): T
  write(writer: ByteWriter, value: T, context: Context): void
  json(value: T, context: Context): Json
  /** What a version without the field has. Shared, so frozen. */
  readonly absent: T
  /** How it is written in a tagged field, where that differs. */
  readonly inTag?: Type<T>
}

function simple<T extends Json>(absent: T, read: (reader: ByteReader) => T, write: (writer: ByteWriter, value: T) => void): Type<T> {
  return { absent, read, write, json: (value) => value }
}

export const int8 = simple<number>(
  0,
  (reader) => reader.int8(),
  (writer, value) => writer.int8(value),
)
export const int16 = simple<number>(
  0,
  (reader) => reader.int16(),
  (writer, value) => writer.int16(value),
)
export const uint16 = simple<number>(
  0,
  (reader) => reader.uint16(),
  (writer, value) => writer.uint16(value),
)
export const int32 = simple<number>(
  0,
  (reader) => reader.int32(),
  (writer, value) => writer.int32(value),
)
export const uint32 = simple<number>(
  0,
  (reader) => reader.uint32(),
  (writer, value) => writer.uint32(value),
)
export const int64 = simple<bigint>(
  0n,
  (reader) => reader.int64(),
  (writer, value) => writer.int64(value),
)
export const float64 = simple<number>(
  0,
  (reader) => reader.float64(),
  (writer, value) => writer.float64(value),
)
export const boolean = simple<boolean>(
  false,
  (reader) => reader.boolean(),
  (writer, value) => writer.boolean(value),
)
export const uuid = simple<Uuid>(
  ZERO_UUID,
  (reader) => reader.uuid(),
  (writer, value) => writer.uuid(value),
)

/** Something with its length before it. */
interface Sized<T> {
  readonly absent: T
  readLength(reader: ByteReader, context: Context): number
  writeLength(writer: ByteWriter, length: number, context: Context): void
  /** Reads what follows a length that is not null's. */
  readContent(reader: ByteReader, length: number, context: Context): T
  /** Writes the length, too. */
  write(writer: ByteWriter, value: T, context: Context): void
  json(value: T, context: Context): Json
}

function required<T>(sized: Sized<T>): Type<T> {
  return {
    absent: sized.absent,
    read(reader, context) {
      const length = sized.readLength(reader, context)
      if (length < 0) throw new MalformedInput('null where a value is needed')
      return sized.readContent(reader, length, context)
    },
    write: sized.write,
    json: sized.json,
  }
}

function nullable<T>(sized: Sized<T>): Type<T | null> {
  return {
    absent: null,
    read(reader, context) {
      const length = sized.readLength(reader, context)
      return length < 0 ? null : sized.readContent(reader, length, context)
    },
    write(writer, value, context) {
      if (value === null) sized.writeLength(writer, -1, context)
      else sized.write(writer, value, context)
    },
    json: (value, context) => (value === null ? null : sized.json(value, context)),
  }
}

/** Kafka reads no longer string, in whatever encoding. */
export const MAX_STRING_BYTES = 0x7fff

const text: Sized<string> = {
  absent: '',
  readLength: (reader, { isFlexible }) => (isFlexible ? reader.unsignedVarint() - 1 : reader.int16()),
  writeLength(writer, length, { isFlexible }) {
    if (isFlexible) writer.unsignedVarint(length + 1)
    else writer.int16(length)
  },
  readContent(reader, length) {
    if (length > MAX_STRING_BYTES) throw new MalformedInput(`string of ${length} bytes`)
    return reader.text(length)
  },
  write(writer, value, context) {
    const utf8 = Buffer.from(value)
    if (utf8.length > MAX_STRING_BYTES) throw new RangeError(`a string has up to ${MAX_STRING_BYTES} bytes, not ${utf8.length}`)
    text.writeLength(writer, utf8.length, context)
    writer.raw(utf8)
  },
  json: (value) => value,
}

const longLength = {
  readLength: (reader: ByteReader, { isFlexible }: Context): number => (isFlexible ? reader.unsignedVarint() - 1 : reader.int32()),
  writeLength(writer: ByteWriter, length: number, { isFlexible }: Context): void {
    if (isFlexible) writer.unsignedVarint(length + 1)
    else writer.int32(length)
  },
}

const content: Sized<Buffer> = {
  ...longLength,
  absent: Buffer.alloc(0),
  readContent: (reader, length) => reader.slice(length),
  write(writer, value, context) {
    longLength.writeLength(writer, value.length, context)
    writer.raw(value)
  },
  json: (value) => value.toString('base64'),
}

export const string = required(text)
export const nullableString = nullable(text)
export const bytes = required(content)
export const nullableBytes = nullable(content)

function items<T>(item: Type<T>): Sized<T[]> {
  return {
    ...longLength,
    // Shared by all that read it, so nobody may write to it; the type says of those that are read that their owner may.
    absent: Object.freeze([]) as unknown as T[],
    readContent(reader, count, context) {
      // An item has at least a byte, so more items than bytes cannot be; and the array grows only as items are really there.
      if (count > reader.remaining) throw new MalformedInput(`${count} items in ${reader.remaining} bytes`)
      const values: T[] = []
      for (let index = 0; index < count; index++) values.push(item.read(reader, context))
      return values
    },
    write(writer, values, context) {
      longLength.writeLength(writer, values.length, context)
      for (const value of values) item.write(writer, value, context)
    },
    json: (values, context) => values.map((value) => item.json(value, context)),
  }
}

export function array<T>(item: Type<T>): Type<T[]> {
  return required(items(item))
}

export function nullableArray<T>(item: Type<T>): Type<T[] | null> {
  return nullable(items(item))
}

/** The same type with another default. */
export function withDefault<T>(type: Type<T>, absent: T): Type<T> {
  const changed = { ...type, absent: Object.freeze(absent) as T }
  return type.inTag === undefined ? changed : { ...changed, inTag: { ...type.inTag, absent: changed.absent } }
}
