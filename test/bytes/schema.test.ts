import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MalformedInput, TruncatedInput } from '../../src/bytes/errors.ts'
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
  nullableBytes,
  nullableString,
  string,
  uint16,
  uint32,
  uuid,
  withDefault,
} from '../../src/bytes/field-types.ts'
import { ByteReader } from '../../src/bytes/reader.ts'
import {
  type Fields,
  type Infer,
  type Message,
  NEVER,
  type ValuesOf,
  decode,
  encode,
  message,
  nullableStruct,
  since,
  struct,
  tagged,
  toJson,
} from '../../src/bytes/schema.ts'
import { ByteWriter } from '../../src/bytes/writer.ts'

function hexOf<F extends Fields>(schema: Message<F>, version: number, value: ValuesOf<F>): string {
  const writer = new ByteWriter()
  encode(schema, version, value, writer)
  return writer.result().toString('hex')
}

function read<F extends Fields>(schema: Message<F>, version: number, hex: string): ValuesOf<F> {
  return decode(schema, version, new ByteReader(Buffer.from(hex, 'hex')))
}

/** Everything a message can have, in shapes that Kafka's messages have. */
const Everything = message(
  { versions: [0, 4], flexibleSince: 3 },
  {
    name: string,
    transactionalId: since(1, nullableString),
    oldReplica: since(0, withDefault(int32, -1), 1),
    flags: struct({ isForgotten: boolean, port: uint16, size: uint32 }),
    topics: array(
      struct({
        topic: string,
        topicId: since(2, uuid),
        partitions: nullableArray(
          struct({
            partition: int32,
            offset: withDefault(int64, -1n),
            records: nullableBytes,
            endOffset: tagged(0, 4, withDefault(int64, -1n)),
          }),
        ),
      }),
    ),
    cursor: since(3, nullableStruct({ topic: string, partition: int32 })),
    quota: float64,
    secret: bytes,
    kind: int8,
    clusterId: tagged(0, 3, nullableString),
    state: tagged(1, 4, struct({ replica: withDefault(int32, -1), epoch: int64 })),
    member: tagged(2, 4, nullableStruct({ timeoutMs: int32 })),
    epochs: tagged(5, 4, withDefault(nullableArray(int16), [])),
  },
)
type Everything = Infer<typeof Everything>

const int = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max })
const anyInt32 = int(-(2 ** 31), 2 ** 31 - 1)
const anyInt64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const anyText = fc.string({ unit: 'grapheme', maxLength: 20 })
const anyBytes = fc.uint8Array({ maxLength: 300 }).map((content) => Buffer.from(content))
const anyUuid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((content) => Buffer.from(content).toString('base64url'))

const everything: fc.Arbitrary<Everything> = fc.record({
  name: anyText,
  transactionalId: fc.option(anyText),
  oldReplica: anyInt32,
  flags: fc.record({ isForgotten: fc.boolean(), port: int(0, 65_535), size: int(0, 2 ** 32 - 1) }),
  topics: fc.array(
    fc.record({
      topic: anyText,
      topicId: anyUuid,
      partitions: fc.option(
        fc.array(fc.record({ partition: anyInt32, offset: anyInt64, records: fc.option(anyBytes), endOffset: anyInt64 }), { maxLength: 4 }),
      ),
    }),
    { maxLength: 4 },
  ),
  cursor: fc.option(fc.record({ topic: anyText, partition: anyInt32 })),
  quota: fc.double({ noNaN: true }),
  secret: anyBytes,
  kind: int(-128, 127),
  clusterId: fc.option(anyText),
  state: fc.record({ replica: anyInt32, epoch: anyInt64 }),
  member: fc.option(fc.record({ timeoutMs: anyInt32 })),
  epochs: fc.option(fc.array(int(-32_768, 32_767), { maxLength: 4 })),
})
const anyVersion = int(0, 4)

describe('any value', () => {
  test('of the newest version is read as it was written, but for a field that it has no more', () => {
    fc.assert(
      fc.property(everything, (value) => {
        expect(read(Everything, 4, hexOf(Everything, 4, value))).toEqual({ ...value, oldReplica: -1 })
      }),
    )
  })

  test('of any version is written again with the same bytes', () => {
    fc.assert(
      fc.property(everything, anyVersion, (value, version) => {
        const hex = hexOf(Everything, version, value)
        expect(hexOf(Everything, version, read(Everything, version, hex))).toBe(hex)
      }),
    )
  })

  test('cut anywhere is refused as truncated or malformed', () => {
    fc.assert(
      fc.property(everything, anyVersion, fc.nat(), (value, version, cut) => {
        const hex = hexOf(Everything, version, value)
        const part = Buffer.from(hex, 'hex').subarray(0, cut % (hex.length / 2))
        expect(refusal(() => decode(Everything, version, new ByteReader(part)))).toBe(true)
      }),
    )
  })

  test('of random bytes is a value or is refused, never another failure', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), anyVersion, (content, version) => {
        refusal(() => decode(Everything, version, new ByteReader(Buffer.from(content))))
      }),
      { numRuns: 2000 },
    )
  })
})

/** Whether it was refused as bytes are; any other failure passes through. */
function refusal(attempt: () => unknown): boolean {
  try {
    attempt()
    return false
  } catch (error) {
    if (error instanceof TruncatedInput || error instanceof MalformedInput) return true
    throw error
  }
}

describe('versions', () => {
  const Commit = message(
    { versions: [1, 3], flexibleSince: NEVER },
    { offset: int64, epoch: since(3, withDefault(int32, -1)), expiry: since(0, withDefault(int64, -1n), 1) },
  )

  test('a field that a version lacks is its default, and is not written', () => {
    expect(read(Commit, 2, '0000000000000007')).toEqual({ offset: 7n, epoch: -1, expiry: -1n })
    expect(hexOf(Commit, 2, { offset: 7n, epoch: 5, expiry: 9n })).toBe('0000000000000007')
    expect(hexOf(Commit, 3, { offset: 7n, epoch: 5, expiry: 9n })).toBe('000000000000000700000005')
    expect(hexOf(Commit, 1, { offset: 7n, epoch: 5, expiry: 9n })).toBe('00000000000000070000000000000009')
  })

  test('a version that the message does not have is refused', () => {
    for (const version of [0, 4]) expect(() => read(Commit, version, '0000000000000007')).toThrow(MalformedInput)
  })
})

describe('tagged fields', () => {
  const Tagged = message(
    { versions: [0, 1], flexibleSince: 0 },
    { plain: int8, second: tagged(7, 0, string), first: tagged(2, 0, nullableArray(int8)), later: tagged(3, 1, withDefault(int8, -1)) },
  )

  test('are written in the order of their tags, with their size', () => {
    expect(hexOf(Tagged, 1, { plain: 1, second: 'ab', first: [5], later: 6 })).toBe('01' + '03' + '02020205' + '030106' + '0703036162')
  })

  test('are not written where they hold the default, and read as it', () => {
    expect(hexOf(Tagged, 1, { plain: 1, second: '', first: null, later: -1 })).toBe('0100')
    expect(read(Tagged, 1, '0100')).toEqual({ plain: 1, second: '', first: null, later: -1 })
  })

  test('that are not known, or belong to a later version, are passed over', () => {
    expect(read(Tagged, 0, '01' + '03' + '030106' + '0703036162' + '6302ffff')).toEqual({ plain: 1, second: 'ab', first: null, later: -1 })
  })

  test('that claim more bytes than there are are refused', () => {
    expect(() => read(Tagged, 0, '01016364ff')).toThrow(TruncatedInput)
  })

  test('that hold a struct are left out when it equals the default in all its fields', () => {
    const Nested = message(
      { versions: [0, 0], flexibleSince: 0 },
      { state: tagged(0, 0, struct({ id: withDefault(int8, -1), list: array(int8) })) },
    )
    expect(hexOf(Nested, 0, { state: { id: -1, list: [] } })).toBe('00')
    expect(hexOf(Nested, 0, { state: { id: -1, list: [4] } })).toBe('01' + '0004' + 'ff020400')
  })
})

// No KIP-848 member that Kafka wrote could be read: null in a tagged field is 0, elsewhere -1. Guard: both.
test('null of a struct is -1, and 0 in a tagged field', () => {
  const point = nullableStruct({ x: int8 })
  const Points = message({ versions: [0, 0], flexibleSince: 0 }, { plain: point, tag: tagged(0, 0, withDefault(point, { x: 0 })) })
  expect(hexOf(Points, 0, { plain: null, tag: null })).toBe('ff' + '01000100')
  expect(hexOf(Points, 0, { plain: { x: 5 }, tag: { x: 6 } })).toBe('010500' + '010003010600')
  expect(read(Points, 0, 'ff01000100')).toEqual({ plain: null, tag: null })
  expect(read(Points, 0, 'ff00')).toEqual({ plain: null, tag: { x: 0 } })
})

describe('hostile lengths', () => {
  const Lists = message({ versions: [0, 1], flexibleSince: 1 }, { numbers: array(int64) })

  test('of an array are refused before anything is made for them', () => {
    expect(() => read(Lists, 0, '7fffffff0000')).toThrow(MalformedInput)
    expect(() => read(Lists, 1, 'ffffffff0f00')).toThrow(MalformedInput)
  })

  test('of null where there must be a value are refused', () => {
    expect(() => read(Lists, 0, 'ffffffff')).toThrow(MalformedInput)
    expect(() => read(Lists, 1, '00')).toThrow(MalformedInput)
  })

  test('of strings are refused as Kafka refuses them, in both directions', () => {
    const Named = message({ versions: [0, 1], flexibleSince: 1 }, { name: string })
    const name = 'x'.repeat(0x7fff)
    for (const version of [0, 1]) expect(read(Named, version, hexOf(Named, version, { name }))).toEqual({ name })
    for (const version of [0, 1]) expect(() => hexOf(Named, version, { name: `${name}x` })).toThrow(RangeError)
    expect(() => read(Named, 1, '818002' + '78'.repeat(0x8000))).toThrow(MalformedInput)
  })
})

test('a default is shared and cannot be changed through a value that was read', () => {
  const Old = message({ versions: [0, 1], flexibleSince: NEVER }, { replicas: since(1, array(int32)) })
  expect(() => read(Old, 0, '').replicas.push(1)).toThrow(TypeError)
})

test('as JSON a value has the fields of its version, bytes as base64, and tagged fields that are not their default', () => {
  const Shown = message(
    { versions: [0, 1], flexibleSince: 0 },
    { secret: bytes, later: since(1, int8), big: int64, tag: tagged(0, 0, int8), set: tagged(1, 0, int8) },
  )
  const value = { secret: Buffer.from([0xff, 0]), later: 1, big: 2n ** 62n, tag: 0, set: 4 }
  expect(toJson(Shown, 0, value)).toEqual({ secret: '/wA=', big: 2n ** 62n, set: 4 })
  expect(toJson(Shown, 1, value)).toEqual({ secret: '/wA=', later: 1, big: 2n ** 62n, set: 4 })
})
