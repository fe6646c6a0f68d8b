// The power fails after every file call of replays and a park: every dead letter is where it was to go or still there for the next run, and with
// transactions none is anywhere twice.
import { expect, test } from 'vitest'
import { park } from '../../src/operations/dlq/park.ts'
import { replay } from '../../src/operations/dlq/replay.ts'
import type { CrashMode } from '../simulation/file-node.ts'
import type { SimulatedSystem } from '../simulation/system.ts'
import { simulatedSystem } from '../simulation/system.ts'
import { BATCH, committedValues, LETTERS, makeLetters, openLetters, takeOutOptions } from '../support/simulated-letters.ts'

const MODES: readonly CrashMode[] = ['drop', 'random', 'keep', 'zeros']

/** Parks the bad ones, replays some, then the rest. */
async function runs(system: SimulatedSystem, isExactlyOnce: boolean): Promise<void> {
  const cluster = await openLetters(system)
  await park(takeOutOptions(cluster, system, { max: 3, isExactlyOnce, errorTypes: ['Bad'] }))
  await replay(takeOutOptions(cluster, system, { max: 4, isExactlyOnce, errorTypes: ['Slow'] }))
  await cluster.close()
  const next = await openLetters(system)
  await replay(takeOutOptions(next, system, { isExactlyOnce }))
  await next.close()
}

/** Before the next run nothing is there that is not a letter; after it all are somewhere. */
async function check(system: SimulatedSystem, isExactlyOnce: boolean): Promise<void> {
  const cluster = await openLetters(system)
  await replay(takeOutOptions(cluster, system, { isExactlyOnce }))
  const out = [...(await committedValues(cluster, 'orders')), ...(await committedValues(cluster, 'orders.dlq.parked'))]
  expect([...new Set(out)].toSorted()).toEqual(LETTERS.toSorted())
  if (isExactlyOnce) expect(out).toHaveLength(LETTERS.length)
  // Without: what was under way, and, as the power failed and nobody was killed, what the last commit had said.
  else expect(out.length).toBeLessThanOrEqual(LETTERS.length + 2 * BATCH)
  expect(await committedValues(cluster, 'orders.dlq')).toHaveLength(LETTERS.length)
  const again = await replay(takeOutOptions(cluster, system, { isExactlyOnce }))
  expect(again.records).toBe(0)
  await cluster.close()
}

test.each([
  ['at least once', false],
  ['exactly once', true],
])(
  '%s: whatever file call is the last, no dead letter is lost',
  async (_, isExactlyOnce) => {
    const whole = simulatedSystem({ seed: 4 })
    await makeLetters(whole)
    const before = whole.files.journal.length
    await runs(whole, isExactlyOnce)
    const points = whole.files.journal.filter((call) => call.changes && call.number > before).map((call) => call.number + 1)
    expect(points.length).toBeGreaterThan(50)
    await check(whole.afterPowerLoss({ mode: 'drop', seed: 1 }), isExactlyOnce)
    for (const [index, point] of points.entries()) {
      const system = simulatedSystem({ seed: 4 })
      await makeLetters(system)
      system.files.cutPowerAt(point)
      await runs(system, isExactlyOnce).catch(() => {})
      await check(system.afterPowerLoss({ mode: MODES[index % MODES.length] as CrashMode, seed: point }), isExactlyOnce)
    }
  },
  180_000,
)
