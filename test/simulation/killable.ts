// kill -9 of one of several processes on a simulated machine: every file call of it fails from then on, its locks are free, all that it wrote stays.
import type { Files } from '../../src/system/files.ts'
import type { SeededRandom } from './random.ts'
import type { SimulatedSystem } from './system.ts'

export class Killed extends Error {}

export interface KillableProcess {
  readonly system: SimulatedSystem
  readonly kill: () => void
  readonly isDead: () => boolean
}

/** A process that can be killed at any file call, and whose syncs take their time. */
export function killable(system: SimulatedSystem, random: SeededRandom): KillableProcess {
  let isDead = false
  const pause = async (): Promise<void> => {
    for (let turns = random.below(4); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
  }
  const guarded = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, name) {
        const value = Reflect.get(object, name) as unknown
        if (typeof value !== 'function') return value
        return (...args: unknown[]): unknown => {
          // What a process closes when it is dead is closed by the kernel.
          if (isDead && (name === 'sync' || name === 'syncDirectory')) return Promise.reject(new Killed())
          if (isDead && name !== 'close') throw new Killed()
          const result = Reflect.apply(value, object, args) as unknown
          if (result instanceof Promise) return result.then(pause)
          return name === 'open' ? guarded(result as object) : result
        }
      },
    })
  const files: Files = guarded(system.files)
  return {
    system: { ...system, files: files as SimulatedSystem['files'] },
    kill: () => {
      isDead = true
      system.kill()
    },
    isDead: () => isDead,
  }
}
