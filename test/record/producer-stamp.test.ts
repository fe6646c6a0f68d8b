import { expect, test } from 'vitest'
import { BatchBuilder } from '../../src/record/batch-builder.ts'
import { readCheckedHeader } from '../../src/record/batch-header.ts'
import { markerBatch, readTransactionMarker } from '../../src/record/control-record.ts'
import { stampBatches } from '../../src/record/producer-stamp.ts'
import { RecordCursor } from '../../src/record/record-cursor.ts'

const INT32_MAX = 2 ** 31 - 1
const STAMP = { producerId: 2n ** 40n, producerEpoch: 7, isTransactional: true } as const

/** Two batches, of two records and of one. */
function twoBatches(codec: number): Buffer {
  const builder = new BatchBuilder({ batchBytes: 250, slabBytes: 1000, codec })
  const value = Buffer.alloc(60)
  for (let index = 0; index < 3; index++) builder.append(1, value, -1, -1, value, 0, value.length, null)
  return builder.build()
}

function headersOf(batches: Buffer): ReturnType<typeof readCheckedHeader>[] {
  const headers = []
  for (let at = 0; at < batches.length; at += headers.at(-1)?.sizeInBytes ?? 0) headers.push(readCheckedHeader(batches, at))
  return headers
}

test.each([0, 2, 4])('batches with codec %i are a producer’s from then on, numbered one after the other, and whole', (codec) => {
  const batches = twoBatches(codec)
  expect(stampBatches(batches, { ...STAMP, baseSequence: 10 })).toBe(13)
  const headers = headersOf(batches)
  expect(headers.map(({ baseSequence }) => baseSequence)).toEqual([10, 12])
  for (const header of headers)
    expect(header).toMatchObject({ producerId: 2n ** 40n, producerEpoch: 7, isTransactional: true, isControl: false, codec })
})

test('sequences go on at 0 after the largest int32', () => {
  const batches = twoBatches(0)
  expect(stampBatches(batches, { ...STAMP, baseSequence: INT32_MAX })).toBe(2)
  expect(headersOf(batches).map(({ baseSequence }) => baseSequence)).toEqual([INT32_MAX, 1])
})

test.each(['COMMIT', 'ABORT'] as const)('a marker says %s, of which producer, by which coordinator', (type) => {
  const batch = markerBatch({ type, coordinatorEpoch: 3, producerId: 5n, producerEpoch: 8, timestampMs: 42n })
  // As Kafka's own are.
  expect(batch.length).toBe(78)
  const header = readCheckedHeader(batch, 0)
  expect(header).toMatchObject({
    isControl: true,
    isTransactional: true,
    producerId: 5n,
    producerEpoch: 8,
    baseSequence: -1,
    maxTimestamp: 42n,
  })
  const cursor = new RecordCursor()
  cursor.open(batch, 0, header)
  expect(cursor.next()).toBe(true)
  expect(readTransactionMarker(cursor)).toEqual({ type, coordinatorEpoch: 3 })
})
