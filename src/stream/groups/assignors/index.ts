// All assignors, by the name that members ask for.
import type { Assignor } from './assignor.ts'
import { sticky, uniform } from './balanced.ts'
import { range } from './range.ts'
import { roundRobin } from './round-robin.ts'

const ASSIGNORS = { uniform, range, 'round-robin': roundRobin, sticky } satisfies Readonly<Record<string, Assignor>>

export type AssignorName = keyof typeof ASSIGNORS

/** `keys` forgets the names. */
export const ASSIGNOR_NAMES = Object.keys(ASSIGNORS) as readonly AssignorName[]

export const DEFAULT_ASSIGNOR: AssignorName = 'uniform'

export function isAssignorName(name: string): name is AssignorName {
  return Object.hasOwn(ASSIGNORS, name)
}

export function assignorNamed(name: AssignorName): Assignor {
  return ASSIGNORS[name]
}
