// 50 seeds; LEAT_SIMULATION_SEEDS=1000 for the long run, LEAT_SIMULATION_SEED=17 to see one again.
import { expect, test } from 'vitest'
import { World } from './world.ts'

const seedCount = Number(process.env['LEAT_SIMULATION_SEEDS'] ?? 50)
const onlySeed = process.env['LEAT_SIMULATION_SEED']
const seeds = onlySeed === undefined ? Array.from({ length: seedCount }, (_, seed) => seed) : [Number(onlySeed)]
const STEPS = 400

test('no partition has two owners, none is left without one, and no commit is lost, whatever happens to members', () => {
  for (const seed of seeds)
    try {
      new World(seed).run(STEPS)
    } catch (error) {
      throw new Error(`LEAT_SIMULATION_SEED=${seed}: ${(error as Error).message}`, { cause: error })
    }
  expect(seeds.length).toBeGreaterThan(0)
})
