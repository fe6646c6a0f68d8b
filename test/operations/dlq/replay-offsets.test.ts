// What is done of a dead-letter partition, kept in one committed offset and its metadata.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DoneOffsets } from '../../../src/operations/dlq/done-offsets.ts'

const again = (done: DoneOffsets): DoneOffsets => DoneOffsets.read(done.committed, done.metadata()) as DoneOffsets

test('whatever is taken out in whatever order, exactly that is done, and reads back', () => {
  const steps = fc.array(fc.tuple(fc.nat(60), fc.nat(5)), { maxLength: 30 })
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 61n }), steps, (start, ranges) => {
      const done = new DoneOffsets(start)
      const model = new Set<bigint>()
      for (const [from, length] of ranges) {
        done.add(start + BigInt(from), start + BigInt(from + length))
        for (let offset = from; offset < from + length; offset++) model.add(start + BigInt(offset))
      }
      const read = again(done)
      for (let offset = start; offset < start + 70n; offset++) {
        expect(done.has(offset)).toBe(model.has(offset))
        expect(read.has(offset)).toBe(model.has(offset))
      }
      expect(read.metadata()).toBe(done.metadata())
      expect(done.has(done.committed)).toBe(false)
      expect(start === 0n || done.has(start - 1n)).toBe(true)
    }),
  )
})

test('what was left behind joins the rest: without gaps there is only the offset', () => {
  const done = new DoneOffsets(10n)
  done.add(12n, 15n)
  done.add(10n, 11n)
  expect(done.committed).toBe(11n)
  done.add(11n, 12n)
  expect([done.committed, done.metadata()]).toEqual([15n, ''])
})

test('metadata of somebody else is none', () => {
  for (const metadata of ['host-1', 'done:', 'done:%%%', `done:${Buffer.from('no gzip').toString('base64')}`])
    expect(DoneOffsets.read(5n, metadata)).toBeNull()
  expect(DoneOffsets.read(5n, '')?.committed).toBe(5n)
})

test('records that are too scattered are refused before the metadata is too long for a broker, and the oldest makes room again', () => {
  const done = new DoneOffsets(0n)
  let offset = 1n
  // Gaps without a pattern, which nothing compresses away.
  for (let state = 1; done.hasRoomFor(offset); offset += BigInt(2 + (state % 97))) {
    done.add(offset, offset + 1n)
    state = (state * 48271) % 2147483647
  }
  expect(offset).toBeGreaterThan(50_000n)
  expect(done.metadata().length).toBeLessThanOrEqual(4096)
  expect(done.hasRoomFor(0n)).toBe(true)
  done.add(0n, 1n)
  expect(done.committed).toBe(2n)
})

test('as many as are kept are looked at in seconds, and the oldest makes room again', () => {
  const done = new DoneOffsets(0n)
  let offset = 1n
  // All but a few gaps are of one: what is compressed grows slowly.
  for (let state = 1; done.hasRoomFor(offset); offset += state % 97 === 0 ? 3n : 2n) {
    done.add(offset, offset + 1n)
    state = (state * 48271) % 2147483647
  }
  expect(offset).toBeGreaterThan(65_000n)
  expect(offset).toBeLessThan(67_000n)
  expect(done.hasRoomFor(0n)).toBe(true)
})
