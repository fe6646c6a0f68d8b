// All ports to the world in one value, passed in from the top. Ten directories with ten systems fit in one process.
import type { Files } from './files.ts'
import type { Locks } from './locks.ts'

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): bigint
  /** Resolves after `ms`, 0 for one turn of the event loop; `signal` ends it early, without an error. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export interface Random {
  /** Fills the buffer with random bytes. */
  fill(bytes: Buffer): void
}

export interface System {
  readonly files: Files
  readonly locks: Locks
  readonly clock: Clock
  readonly random: Random
}
