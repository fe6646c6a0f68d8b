// Runs that get in each other's way: one is suspended for longer than its group waits for it, or killed, and another one goes on.
import { expect, test } from 'vitest'
import { replay } from '../../../src/operations/dlq/replay.ts'
import { type SimulatedSystem, simulatedSystem } from '../../simulation/system.ts'
import { committedValues, LETTERS, makeLetters, openLetters, takeOutOptions } from '../../support/simulated-letters.ts'

const SESSION_TIMEOUT_MS = 45_000

interface Suspended {
  readonly system: SimulatedSystem
  /** Resolves with true once the process waits. */
  readonly waits: Promise<true>
  goOn(): void
}

/** A process that stops at the `nth` sync of a file of the transactions' topic, until it is let go on. */
function suspendedAt(machine: SimulatedSystem, nth: number): Suspended {
  const system = machine.anotherProcess()
  const [arrived, released] = [Promise.withResolvers<true>(), Promise.withResolvers<void>()]
  let left = nth
  const gated = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, name) {
        const value = Reflect.get(object, name) as unknown
        if (typeof value !== 'function') return value
        return (...args: unknown[]): unknown => {
          const result = Reflect.apply(value, object, args) as unknown
          if (name === 'open') return gated(result as object)
          if (name !== 'sync' || !String(Reflect.get(object, 'path')).includes('__transaction_state-') || --left !== 0) return result
          arrived.resolve(true)
          return released.promise.then(() => result)
        }
      },
    })
  return { system: { ...system, files: gated(system.files) }, waits: arrived.promise, goOn: () => released.resolve() }
}

test('a run that was suspended before it took up its transactional id does not move what another one is at', async () => {
  const machine = simulatedSystem({ seed: 1 })
  await makeLetters(machine)
  const { system, waits, goOn } = suspendedAt(machine, 1)
  const suspended = await openLetters(system)
  const first = replay(takeOutOptions(suspended, system, { isExactlyOnce: true })).catch((error: unknown) => error)
  await waits
  await machine.clock.advance(SESSION_TIMEOUT_MS + 1000)
  const other = await openLetters(machine)
  const resume = async (): Promise<void> => {
    goOn()
    expect(await first).toMatchObject({ code: 'FENCED_MEMBER_EPOCH' })
  }
  const options = takeOutOptions(other, machine, {})
  let pauses = 0
  const sleep = async (): Promise<void> => (++pauses === 2 ? resume() : undefined)
  await replay({ ...options, system: { ...options.system, clock: { now: options.system.clock.now, sleep } } })
  expect((await committedValues(other, 'orders')).toSorted()).toEqual(LETTERS.toSorted())
})

test.each([
  ['at least once', false],
  ['exactly once', true],
])(
  'whenever a run of transactions is killed or suspended, the next one, %s, ends what it left: readers wait for nothing',
  async (_, isExactlyOnce) => {
    let isReached = true
    let tried = 0
    for (let nth = 1; isReached; nth++) {
      const machine = simulatedSystem({ seed: nth })
      await makeLetters(machine)
      const { system, waits, goOn } = suspendedAt(machine, nth)
      const suspended = await openLetters(system)
      const first = replay(takeOutOptions(suspended, system, { isExactlyOnce: true })).catch((error: unknown) => error)
      isReached = await Promise.race([waits, first.then(() => false)])
      if (!isReached) break
      tried++
      if (nth % 2 === 0) system.kill()
      else await machine.clock.advance(SESSION_TIMEOUT_MS + 1000)
      const next = await openLetters(machine)
      await replay(takeOutOptions(next, machine, { isExactlyOnce }))
      const expected = LETTERS.toSorted()
      expect((await committedValues(next, 'orders')).toSorted()).toEqual(expected)
      for (const partition of [0, 1]) {
        const view = next.openTransactionView('orders', partition, 0n)
        expect(view.lastStableOffset()).toBe(next.partitionOffsets('orders', partition).endOffset)
        view.close()
      }
      if (nth % 2 === 0) continue
      goOn()
      await first
      expect((await committedValues(next, 'orders')).toSorted()).toEqual(expected)
    }
    expect(tried).toBeGreaterThan(10)
  },
)
