// The clock of this machine.
import { LongTimer } from './long-timer.ts'
import type { Clock } from './system.ts'

export const realClock: Clock = {
  now: () => BigInt(Date.now()),

  sleep(ms, signal) {
    return new Promise<void>((resolve): void => {
      if (signal?.aborted === true) return resolve()
      if (ms <= 0) return void setImmediate(resolve)
      const end = () => {
        timer.clear()
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = new LongTimer(ms, end)
      signal?.addEventListener('abort', end)
    })
  },
}
