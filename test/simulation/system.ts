// A whole simulated machine: one disk and one clock, and processes with locks of their own. The same seed gives the same run.
import type { System } from '../../src/system/system.ts'
import { SimulatedClock } from './clock.ts'
import { SimulatedDisk } from './disk.ts'
import type { CrashOptions } from './disk.ts'
import { LockTable, SimulatedLocks } from './locks.ts'
import { SeededRandom } from './random.ts'

export interface SimulatedSystemOptions {
  readonly seed?: number
  /** Bytes that fit on the disk. */
  readonly capacity?: number
  readonly disk?: SimulatedDisk
  readonly clock?: SimulatedClock
}

/** One process on a simulated machine. */
export interface SimulatedSystem extends System {
  readonly files: SimulatedDisk
  readonly locks: SimulatedLocks
  readonly clock: SimulatedClock
  readonly random: SeededRandom
  readonly processId: number
  /** Another process on the same machine: the same disk and clock, locks of its own. */
  anotherProcess(): SimulatedSystem
  /** kill -9 of this process: its locks are free, all that it wrote stays. Do not use what it had open. */
  kill(): void
  /** The machine as it may be after a power loss now: no process runs on it, no lock is held. */
  afterPowerLoss(options: CrashOptions): SimulatedSystem
}

export function simulatedSystem(options: SimulatedSystemOptions = {}): SimulatedSystem {
  const { seed = 1, capacity } = options
  const clock = options.clock ?? new SimulatedClock()
  const files = options.disk ?? new SimulatedDisk({ seed, clock, ...(capacity === undefined ? {} : { capacity }) })
  const table = new LockTable()
  let processes = 0

  function start(): SimulatedSystem {
    const processId = ++processes
    return {
      files,
      clock,
      locks: new SimulatedLocks(files, table, processId),
      random: new SeededRandom(seed + processId),
      processId,
      anotherProcess: start,
      kill: () => table.freeAllOf(processId),
      // Random numbers do not come again: ids are made of them.
      afterPowerLoss: (crash) => simulatedSystem({ seed: seed + 1_000_000, clock, disk: files.crash(crash) }),
    }
  }
  return start()
}
