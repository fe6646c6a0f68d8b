// Waiting for longer than the timers of JavaScript can.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { signalAfter } from '../../src/system/long-timer.ts'
import { realClock } from '../../src/system/real-clock.ts'

const DAY_MS = 86_400_000

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate'] }))
afterEach(() => void vi.useRealTimers())

test.each([1, 24, 25, 60, 1000])('%i days are as long as that', async (days) => {
  let isOver = false
  const waiting = realClock.sleep(days * DAY_MS).then(() => (isOver = true))
  const signal = signalAfter(days * DAY_MS)
  await vi.advanceTimersByTimeAsync(days * DAY_MS - 1)
  expect([isOver, signal.aborted]).toEqual([false, false])
  await vi.advanceTimersByTimeAsync(1)
  await waiting
  expect([isOver, signal.aborted]).toEqual([true, true])
})

test('a long wait is ended early like any other', async () => {
  const stop = new AbortController()
  const waiting = realClock.sleep(100 * DAY_MS, stop.signal)
  await vi.advanceTimersByTimeAsync(50 * DAY_MS)
  stop.abort()
  await waiting
  expect(vi.getTimerCount()).toBe(0)
})
