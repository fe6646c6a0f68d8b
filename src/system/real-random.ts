// Randomness of this machine's kernel. node:crypto costs 6 ms to load, so it is loaded at the first use.
import type { Random } from './system.ts'

export const realRandom: Random = {
  fill(bytes) {
    process.getBuiltinModule('node:crypto').randomFillSync(bytes)
  },
}
