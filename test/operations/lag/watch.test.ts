import { expect, test } from 'vitest'
import { watch } from '../../../src/operations/lag/watch.ts'
import { SimulatedClock } from '../../simulation/clock.ts'

interface Watched {
  readonly clock: SimulatedClock
  readonly interruption: AbortController
  /** Seconds at which looks began. */
  readonly looks: number[]
  readonly end: Promise<void>
}

function watched(look: (count: number, clock: SimulatedClock) => Promise<boolean>): Watched {
  const clock = new SimulatedClock(0n)
  const interruption = new AbortController()
  const looks: number[] = []
  const { signal } = interruption
  const end = watch({
    clock,
    intervalMs: 2000,
    signal,
    look() {
      looks.push(Number(clock.now()) / 1000)
      return look(looks.length, clock)
    },
  })
  return { clock, interruption, looks, end }
}

test('looks come at the interval, however long each takes, and one after the other', async () => {
  const { clock, interruption, looks, end } = watched(async (count, time) => {
    await time.sleep(count === 2 ? 5000 : 500)
    return true
  })
  await clock.advance(12_000)
  expect(looks).toEqual([0, 2, 7, 9, 11])
  interruption.abort()
  await clock.advance(1000)
  await end
})

test('a look that says so ends the watch, and so does an interruption while it waits', async () => {
  const ending = watched((count) => Promise.resolve(count < 3))
  await ending.clock.advance(0)
  await ending.clock.advance(60_000)
  await ending.end
  expect(ending.looks).toEqual([0, 2, 4])

  const interrupted = watched(() => Promise.resolve(true))
  await interrupted.clock.advance(0)
  await interrupted.clock.advance(3000)
  interrupted.interruption.abort()
  await interrupted.end
  expect(interrupted.looks).toEqual([0, 2])
})
