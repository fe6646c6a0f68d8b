import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineEnds } from '../../../src/input/line-ends.ts'
import { ValueWriter } from '../../../src/output/record-writer.ts'
import { Slab } from '../../../src/output/slab.ts'
import { BatchBuilder } from '../../../src/record/batch-builder.ts'
import { BATCH_HEADER_SIZE, BatchHeader } from '../../../src/record/batch-header.ts'
import { HeadersWriter } from '../../../src/record/headers-writer.ts'
import { recordKernel } from '../../../src/record/kernel/record-kernel.ts'
import { RecordCursor } from '../../../src/record/record-cursor.ts'

// It is made when there is enough work for it.
const kernel = recordKernel(Number.MAX_SAFE_INTEGER)
const DELIMITER = 0x3b
const NO_BYTES = Buffer.alloc(0)

interface Fields {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly timestamp: number
  readonly hasHeader: boolean
}

const bytes = fc.oneof(
  { weight: 8, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 100, maxLength: 300 }) },
)
const record: fc.Arbitrary<Fields> = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes, { freq: 200 }),
  timestamp: fc.integer({ min: 0, max: 2 ** 44 }),
  hasHeader: fc.boolean(),
})

function batchOf(records: readonly Fields[]): Buffer {
  const builder = new BatchBuilder({ batchBytes: 1 << 20, codec: 0 })
  const headers = new HeadersWriter()
  headers.add(Buffer.from('h'), 0, 1, Buffer.from('v'), 0, 1)
  for (const { key, value, timestamp, hasHeader } of records) {
    const [keyBytes, valueBytes] = [Buffer.from(key ?? NO_BYTES), Buffer.from(value ?? NO_BYTES)]
    const section = hasHeader ? headers.section() : null
    const [keyStart, valueStart] = [key === null ? -1 : 0, value === null ? -1 : 0]
    builder.append(timestamp, keyBytes, keyStart, keyBytes.length, valueBytes, valueStart, valueBytes.length, section)
  }
  return Buffer.from(builder.build())
}

/** What is printed of the batch record by record; null where the cursor finds that it is damaged. */
function oneByOne(batch: Buffer): string | null {
  const cursor = new RecordCursor()
  const writer = new ValueWriter(Buffer.of(DELIMITER))
  const out = new Slab()
  try {
    cursor.open(batch, 0, new BatchHeader(batch, 0))
    while (cursor.next()) writer.write(cursor, out)
  } catch {
    return null
  }
  return out.bytes.toString('latin1', 0, out.length)
}

/** The same at once; null where that was refused. */
function atOnce(batch: Buffer): string | null {
  const cursor = new RecordCursor()
  const out = new Slab()
  cursor.open(batch, 0, new BatchHeader(batch, 0))
  if (!new ValueWriter(Buffer.of(DELIMITER)).writeBatch(cursor, out)) return null
  expect(cursor.next()).toBe(false)
  return out.bytes.toString('latin1', 0, out.length)
}

test('every Node that leat runs on has what the kernel needs', () => {
  expect(kernel).not.toBeNull()
})

test('values taken out at once are those taken out one by one; a null value is left to the other way', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 200 }), (records) => {
      const batch = batchOf(records)
      expect(atOnce(batch)).toBe(records.some(({ value }) => value === null) ? null : oneByOne(batch))
    }),
  )
})

test('of damaged batches nothing is taken out at once that is not taken out one by one', () => {
  const damage = fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)))
  let accepted = 0
  let refused = 0
  fc.assert(
    fc.property(
      fc.array(record, { minLength: 1, maxLength: 20 }),
      fc.array(damage, { minLength: 1, maxLength: 4 }),
      fc.nat(3),
      (records, places, cut) => {
        const batch = batchOf(records)
        const size = batch.length - BATCH_HEADER_SIZE
        for (const [at, byte] of places) batch[BATCH_HEADER_SIZE + (at % size)] = byte
        // Bytes are missing from the end, or one is too many.
        batch.writeInt32BE(Math.max(49, batch.readInt32BE(8) - cut + 1), 8)
        const taken = atOnce(Buffer.concat([batch, Buffer.of(0x81)]))
        if (taken === null) return void refused++
        accepted++
        expect(taken).toBe(oneByOne(Buffer.concat([batch, Buffer.of(0x81)])))
      },
    ),
    { numRuns: 3000 },
  )
  expect(accepted).toBeGreaterThan(0)
  expect(refused).toBeGreaterThan(0)
})

test('batches that are all 0x80, which no varint ends in, are refused', () => {
  const batch = batchOf([{ key: null, value: new Uint8Array(1000), timestamp: 0, hasHeader: false }])
  batch.fill(0x80, BATCH_HEADER_SIZE)
  expect(atOnce(batch)).toBeNull()
})

/** As `log verify` looks at records that the kernel does not find sound. */
function isSound(batch: Buffer): boolean {
  const cursor = new RecordCursor()
  try {
    cursor.open(batch, 0, new BatchHeader(batch, 0))
    for (let previous = -1; cursor.next(); previous = cursor.offsetDelta) if (cursor.offsetDelta <= previous) return false
    return true
  } catch {
    return false
  }
}

/** As the kernel finds it: of bytes that it copies, and of bytes that it lent. */
function isFoundSound(batch: Buffer): boolean | undefined {
  const header = new BatchHeader(batch, 0)
  const found = kernel?.areSound(batch, BATCH_HEADER_SIZE, header.sizeInBytes, header)
  const lent = kernel?.lend() ?? Buffer.alloc(0)
  expect(kernel?.lend()).toBeNull()
  batch.copy(lent, 7)
  expect(kernel?.areSound(lent, 7 + BATCH_HEADER_SIZE, 7 + header.sizeInBytes, header)).toBe(found)
  kernel?.giveBack()
  return found
}

test('records are found sound when they are, and have no headers', () => {
  const outcomes = new Map<boolean | undefined, number>()
  const damage = fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0, 1, 2, 4, 0x7f, 0x80, 0xff), fc.nat(255)))
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 40 }), damage, fc.nat(2), (records, place, cut) => {
      const batch = batchOf(records)
      expect(isFoundSound(batch)).toBe(!records.some(({ hasHeader }) => hasHeader))
      const [at, byte] = place
      batch[BATCH_HEADER_SIZE + (at % (batch.length - BATCH_HEADER_SIZE))] = byte
      batch.writeInt32BE(Math.max(49, batch.readInt32BE(8) - cut + 1), 8)
      const longer = Buffer.concat([batch, Buffer.of(0x81)])
      const isFound = isFoundSound(longer)
      outcomes.set(isFound, (outcomes.get(isFound) ?? 0) + 1)
      if (isFound === true) expect(isSound(longer)).toBe(true)
    }),
    { numRuns: 2000 },
  )
  expect(outcomes.size).toBe(2)
})

test('line ends are where the delimiter is, in ranges of any size, with moves in between', () => {
  const text = fc.uint8Array({ max: 3, maxLength: 2000 })
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 400 }), fc.nat(50), fc.nat(9), (some, repeats, from, moveEvery) => {
      const input = Buffer.concat(Array<Uint8Array>(repeats).fill(some))
      const end = Math.max(from, input.length - 3)
      const ends = new LineEnds(input, 2, from, end)
      let position = from
      for (let count = 1; ; count++) {
        const found = input.indexOf(2, position)
        const isLast = found < 0 || found >= end
        expect(ends.next()).toBe(isLast ? end : found)
        if (isLast) break
        position = found + 1
        if (moveEvery > 0 && count % moveEvery === 0) ends.moveTo((position = Math.min(end, position + 5)))
      }
    }),
    { numRuns: 100 },
  )
})
