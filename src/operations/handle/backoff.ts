// How long a record waits before it is tried again: up to twice as long with each failure, and anything between nothing and that, so that
// records which failed together do not come back together (full jitter).
import type { Random } from '../../system/system.ts'

export interface Backoff {
  readonly minMs: number
  readonly maxMs: number
}

/** @param failures so far, 1 or more */
export function backoffMs({ minMs, maxMs }: Backoff, failures: number, random: Random): number {
  const limitMs = Math.min(maxMs, minMs * 2 ** (failures - 1))
  const bytes = Buffer.alloc(4)
  random.fill(bytes)
  return Math.floor((bytes.readUInt32BE(0) / 2 ** 32) * (limitMs + 1))
}
