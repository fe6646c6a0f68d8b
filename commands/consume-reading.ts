// What both ways to consume have in common.
import type { ConsumeFlags } from './consume-flags.ts'
import type { ConsumeRequest } from './consume-request.ts'
import type { Cluster, Damage } from '../src/client/cluster.ts'
import type { System } from '../src/system/system.ts'

export interface Reading {
  readonly flags: ConsumeFlags
  readonly request: ConsumeRequest
  readonly options: {
    readonly isCommittedOnly: boolean
    readonly onDamage: (damage: Damage) => void
    readonly signal: AbortSignal
  }
  readonly system: System
  readonly note: (text: string) => void
  readonly withCluster: <T>(work: (cluster: Cluster) => Promise<T>) => Promise<T>
}
