// When ids were handled: by time that goes on, against a map that never forgets.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KeyHash } from '../../../src/log/cleaner/key-hash.ts'
import { HandledTimes } from '../../../src/operations/handle/handled-times.ts'

const hash = (): KeyHash => new KeyHash(Buffer.alloc(16, 7))
const step = fc.record({ id: fc.nat(20), afterMs: fc.nat(3000), agoMs: fc.nat(8000) })

test('an id is there for exactly as long as it counts, whatever came when', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9000 }), fc.array(step, { maxLength: 60 }), (ttlMs, steps) => {
      const times = new HandledTimes(hash(), ttlMs)
      const model = new Map<number, number>()
      let now = 1_000_000
      for (const { id, afterMs, agoMs } of steps) {
        now += afterMs
        times.expire(now)
        for (let known = 0; known <= 20; known++)
          expect(times.has(Buffer.from(`id ${known}`), now)).toBe((model.get(known) ?? Number.NEGATIVE_INFINITY) > now - ttlMs)
        const bytes = Buffer.from(`id ${id}`)
        times.put(bytes, 0, bytes.length, now - agoMs)
        model.set(id, Math.max(model.get(id) ?? 0, now - agoMs))
      }
    }),
    { numRuns: 300 },
  )
})

test.each([
  ['7d', 7 * 86_400_000],
  ['10 years', 3650 * 86_400_000],
])('of a steady stream, no more are in memory than count with %s, and a quarter', (_, ttlMs) => {
  const times = new HandledTimes(hash(), ttlMs)
  const perTtl = 1000
  for (let number = 0; number < 5 * perTtl; number++) {
    const now = 1_700_000_000_000 + number * Math.ceil(ttlMs / perTtl)
    const bytes = Buffer.from(`id ${number}`)
    times.put(bytes, 0, bytes.length, now)
    times.expire(now)
    expect(times.size).toBeLessThanOrEqual(perTtl * 1.25 + 1)
  }
})
