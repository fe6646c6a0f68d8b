// `leat produce --max-lag GROUP=N`: how far the group may stay behind, from the flags.
import type { ProduceFlags } from './produce-flags.ts'
import { counted } from '../src/errors/counted.ts'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { TopicLag } from '../src/operations/lag/topic-lag.ts'
import { Backpressure } from '../src/operations/produce/backpressure.ts'
import type { Cluster } from '../src/client/cluster.ts'
import type { Clock } from '../src/system/system.ts'

export interface BackpressureContext {
  readonly clock: Clock
  readonly cluster: Cluster
  readonly topic: string | null
  readonly signal: AbortSignal
  readonly storedRecords: () => number
  readonly note: (text: string) => void
}

/** null: as fast as input comes. @throws LeatError (usage) */
export function backpressureOf(flags: ProduceFlags, context: BackpressureContext): Backpressure | null {
  if (flags['max-lag'] === undefined) return null
  const { group, limit } = limitOf(flags['max-lag'])
  const { clock, cluster, topic, signal, storedRecords, note } = context
  if (topic === null)
    throw new LeatError('USAGE', '--max-lag needs a topic', { hint: 'See `leat produce --help`.', exitCode: exitCodes.usage })
  const lag = new TopicLag(cluster, group, topic)
  return new Backpressure({
    group,
    topic,
    limit,
    onLag: flags['on-lag'] ?? 'pause',
    lag: () => lag.records(limit),
    storedRecords,
    clock,
    signal,
    onPause: (unread) => {
      const what = lag.hasBegun ? `has not read ${counted(unread, 'record')} of '${topic}'` : `has committed nothing of '${topic}' yet`
      note(`waiting: group '${group}' ${what} (--max-lag ${limit})`)
    },
  })
}

function limitOf(text: string): { readonly group: string; readonly limit: bigint } {
  // Group ids may have any characters.
  const match = /^(.+)=(\d{1,18})$/s.exec(text)
  if (match !== null) return { group: match[1] as string, limit: BigInt(match[2] as string) }
  throw new LeatError('USAGE', `--max-lag ${text} does not name a group and a number of records`, {
    hint: 'For example --max-lag billing=1000.',
    exitCode: exitCodes.usage,
  })
}
