// This machine, as a value.
import { realClock } from './real-clock.ts'
import { realFiles } from './real-files.ts'
import { realLocks } from './real-locks.ts'
import { realRandom } from './real-random.ts'
import type { System } from './system.ts'

export function realSystem(): System {
  return { files: realFiles, locks: realLocks, clock: realClock, random: realRandom }
}
