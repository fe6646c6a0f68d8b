import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyHash } from '../../../src/log/cleaner/key-hash.ts'
import { LatestOffsets } from '../../../src/log/cleaner/latest-offsets.ts'
import { BatchBuilder } from '../../../src/record/batch-builder.ts'
import { BATCH_HEADER_SIZE, BatchHeader } from '../../../src/record/batch-header.ts'
import { recordKernel } from '../../../src/record/kernel/record-kernel.ts'
import { RecordCursor } from '../../../src/record/record-cursor.ts'

const kernel = recordKernel(Number.MAX_SAFE_INTEGER)
const hash = new KeyHash(Buffer.from('0123456789abcdef'))
const NO_KEY = Buffer.alloc(0)
const keys = fc.array(fc.option(fc.uint8Array({ maxLength: 30 })), { minLength: 1, maxLength: 200 })

function batchOf(all: readonly (Uint8Array | null)[]): Buffer {
  const builder = new BatchBuilder({ batchBytes: 1 << 20, codec: 0 })
  const value = Buffer.alloc(70, 'v')
  for (const [index, key] of all.entries()) {
    const bytes = Buffer.from(key ?? NO_KEY)
    builder.append(1e12 + index * 1e9, bytes, key === null ? -1 : 0, bytes.length, value, 0, index % 71, null)
  }
  return Buffer.from(builder.build())
}

/** Hash and offset delta of each key; null where the cursor finds that the batch is damaged. */
function oneByOne(batch: Buffer): number[] | null {
  const cursor = new RecordCursor()
  const entries: number[] = []
  try {
    cursor.open(batch, 0, new BatchHeader(batch, 0))
    while (cursor.next()) {
      if (cursor.keyStart < 0) continue
      hash.update(cursor.bytes, cursor.keyStart, cursor.keyEnd)
      entries.push(hash.a, hash.b, hash.c, cursor.offsetDelta)
    }
  } catch {
    return null
  }
  return entries
}

function atOnce(batch: Buffer): number[] | null {
  const header = new BatchHeader(batch, 0)
  const entries = kernel?.hashKeys(batch, BATCH_HEADER_SIZE, header.sizeInBytes, header, hash.seed) ?? null
  return entries === null ? null : [...entries]
}

test('keys that are hashed at once have the hashes of those that are hashed one by one', () => {
  fc.assert(
    fc.property(keys, (all) => {
      const batch = batchOf(all)
      expect(atOnce(batch)).toEqual(oneByOne(batch))
    }),
  )
})

test('of damaged batches all keys are hashed, or none', () => {
  const damage = fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)))
  const outcomes = { same: 0, refused: 0 }
  fc.assert(
    fc.property(keys, fc.array(damage, { minLength: 1, maxLength: 3 }), (all, places) => {
      const batch = batchOf(all)
      for (const [at, byte] of places) batch[BATCH_HEADER_SIZE + (at % (batch.length - BATCH_HEADER_SIZE))] = byte
      const [entries, expected] = [atOnce(batch), oneByOne(batch)]
      if (entries === null) return void outcomes.refused++
      // Values and headers are nobody's business here.
      if (expected === null) return
      outcomes.same++
      expect(entries).toEqual(expected)
    }),
    { numRuns: 1000 },
  )
  expect(Math.min(outcomes.same, outcomes.refused)).toBeGreaterThan(0)
})

test('hashed keys are noted as the keys themselves are, as long as there is room for all of them', () => {
  fc.assert(
    fc.property(keys, fc.integer({ min: 1, max: 100 }), (all, slots) => {
      const entries = oneByOne(batchOf(all)) ?? []
      const [hashed, plain] = [new LatestOffsets(hash, 16 * slots), new LatestOffsets(hash, Infinity)]
      for (const [offset, key] of all.entries()) if (key !== null) plain.put(Buffer.from(key), 0, key.length, 7 + offset)
      const fits = hashed.putHashed(Int32Array.from(entries), 7)
      for (const key of all)
        if (key !== null) expect(hashed.get(Buffer.from(key), 0, key.length)).toBe(fits ? plain.get(Buffer.from(key), 0, key.length) : -1)
    }),
  )
})
