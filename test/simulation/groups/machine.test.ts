// 12 seeds; LEAT_SIMULATION_SEEDS=1000 for the long run, LEAT_SIMULATION_SEED=17 to see one again.
import { expect, test } from 'vitest'
import { Machine } from './machine.ts'

const seedCount = Number(process.env['LEAT_SIMULATION_SEEDS'] ?? 12)
const onlySeed = process.env['LEAT_SIMULATION_SEED']
const seeds = onlySeed === undefined ? Array.from({ length: seedCount }, (_, seed) => seed) : [Number(onlySeed)]
const STEPS = 100

test('in a directory, whatever happens to members, topics and the power, no partition has two owners and no commit is lost or taken over', async () => {
  for (const seed of seeds)
    try {
      await new Machine(seed).run(STEPS)
    } catch (error) {
      throw new Error(`LEAT_SIMULATION_SEED=${seed}: ${(error as Error).message}`, { cause: error })
    }
  expect(seeds.length).toBeGreaterThan(0)
}, 3_600_000)
