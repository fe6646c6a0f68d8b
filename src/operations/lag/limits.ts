// Limits that make `leat lag` a check.
import type { PartitionLag } from './partition-lag.ts'
import { isWorse, type LagStatus } from './status.ts'

/** null: any. */
export interface LagLimits {
  readonly maxRecords: bigint | null
  readonly maxSeconds: number | null
  readonly maxStatus: LagStatus | null
  /** Lag that grows is too much. */
  readonly mustNotGrow: boolean
}

export function hasLimits({ maxRecords, maxSeconds, maxStatus, mustNotGrow }: LagLimits): boolean {
  return maxRecords !== null || maxSeconds !== null || maxStatus !== null || mustNotGrow
}

/** What is over a limit: the group's partition, how it is, and the limit. What is not known is over none. */
export function overLimits(lags: readonly PartitionLag[], limits: LagLimits): string[] {
  const { maxRecords, maxSeconds, maxStatus, mustNotGrow } = limits
  return lags.flatMap((partitionLag) => {
    const { lag, lagSeconds, status, trend } = partitionLag
    const over: string[] = []
    if (maxRecords !== null && lag !== null && lag > maxRecords) over.push(`${lag} unread is over --max ${maxRecords}`)
    if (maxSeconds !== null && lagSeconds !== null && lagSeconds > maxSeconds)
      over.push(`the oldest unread record is ${lagSeconds.toFixed(1)} seconds old, over --max-seconds ${maxSeconds}`)
    if (maxStatus !== null && status !== null && isWorse(status, maxStatus)) over.push(`${status} is worse than --max-status ${maxStatus}`)
    if (mustNotGrow && trend === 'growing') over.push(`its lag, now ${lag}, is growing (--growing)`)
    return over.map((text) => `'${partitionLag.group}' on ${partitionLag.topic}-${partitionLag.partition}: ${text}`)
  })
}
