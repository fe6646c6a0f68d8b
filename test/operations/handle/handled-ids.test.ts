// Ids in the topic of a group: read when a run starts, and as others add to them.
import { expect, test } from 'vitest'
import { DurableStore } from '../../../src/operations/handle/durable-store.ts'
import { HandledIds } from '../../../src/operations/handle/handled-ids.ts'
import { simulatedSystem } from '../../simulation/system.ts'
import { keyedBatch } from '../../support/keyed-batches.ts'
import { openDirectory } from '../../support/records.ts'

const DAY_MS = 86_400_000

test('many ids are read a stretch at a time, so that a shutdown is noticed, and those that others add are seen at once', async () => {
  const simulated = simulatedSystem({ seed: 5 })
  let turns = 0
  const clock = { now: () => simulated.clock.now(), sleep: async () => void turns++ }
  const system = { ...simulated, clock }
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  cluster.createTopic('g.handled', { partitions: 1, configs: new Map() })
  const appender = cluster.openAppender('g.handled')
  const now = Number(clock.now())
  const keyOf = (day: number, index: number): string => `in:${day}.${index}${'x'.repeat(1000)}`
  for (let day = 9; day >= 0; day--)
    for (let batch = 0; batch < 3; batch++) {
      const records = Array.from({ length: 900 }, (_, index) => ({ key: keyOf(day, batch * 900 + index), value: '' }))
      appender.append(0, keyedBatch(records, { timestampMs: now - day * DAY_MS }))
    }
  const open = (): Promise<HandledIds> =>
    HandledIds.open({ cluster, system, store: new DurableStore(cluster, system), topic: 'g.handled', ttlMs: 7 * DAY_MS })
  const ids = await open()
  expect(turns).toBeGreaterThanOrEqual(4)
  expect([0, 6, 7, 9].map((day) => ids.has(keyOf(day, 2699)))).toEqual([true, true, false, false])
  const other = await open()
  await other.add('in:new')
  expect([ids.has('in:new'), ids.has('elsewhere:new')]).toEqual([true, false])
  ids.close()
  other.close()
  await cluster.close()
})
