// This machine, as a value.
import type { LockWaits } from './locks.ts'
import { realClock } from './real-clock.ts'
import { realFiles } from './real-files.ts'
import { realLocks } from './real-locks.ts'
import { realRandom } from './real-random.ts'
import type { System } from './system.ts'

/** @param waits told of locks that are waited for long */
export function realSystem(waits: LockWaits | null = null): System {
  return { files: realFiles, locks: realLocks(waits), clock: realClock, random: realRandom }
}
