import { expect, test } from 'vitest'
import { ByteReader } from '../../src/bytes/reader.ts'
import { ByteWriter } from '../../src/bytes/writer.ts'

/** Each kind of field, and a value whose bytes all differ from zero. */
const FIELDS: Readonly<Record<string, (writer: ByteWriter) => void>> = {
  int8: (writer) => writer.int8(-2),
  int16: (writer) => writer.int16(-0x0102),
  uint16: (writer) => writer.uint16(0xfffe),
  int32: (writer) => writer.int32(-0x01020304),
  uint32: (writer) => writer.uint32(0xfffefdfc),
  int64: (writer) => writer.int64(-0x0102030405060708n),
  float64: (writer) => writer.float64(-1.1),
  uuid: (writer) => writer.uuid('SCQijT6iTGKdY6ovBE6ynw'),
  varint: (writer) => writer.varint(-0x7fffffff),
  varlong: (writer) => writer.varlong(-(2n ** 62n)),
  unsignedVarint: (writer) => writer.unsignedVarint(0xffffffff),
  raw: (writer) => writer.raw(Buffer.from('bytes')),
}

// A topic name of 249 characters went to the metadata log with a random topic id: the buffer was looked up before it grew.
// Guard: every kind of field, at every place where the buffer may have to grow.
for (const [kind, write] of Object.entries(FIELDS))
  test(`${kind} has the same bytes wherever the buffer has to grow`, () => {
    const alone = new ByteWriter()
    write(alone)
    for (let room = 0; room <= alone.length; room++) {
      const writer = new ByteWriter(room + 1)
      writer.int8(1)
      write(writer)
      expect(writer.result().toString('hex'), `${room} bytes of room`).toBe(`01${alone.result().toString('hex')}`)
    }
  })

test('text that is no UUID is refused rather than written short', () => {
  expect(() => new ByteWriter().uuid('SCQijT6i')).toThrow(RangeError)
})

test('what was written is read again, 64-bit values exactly', () => {
  const writer = new ByteWriter(1)
  writer.int64(2n ** 63n - 1n)
  writer.varlong(-(2n ** 63n))
  writer.float64(0.1)
  writer.boolean(true)
  const reader = new ByteReader(writer.result())
  expect([reader.int64(), reader.varlong(), reader.float64(), reader.boolean()]).toEqual([2n ** 63n - 1n, -(2n ** 63n), 0.1, true])
  expect(reader.remaining).toBe(0)
})
