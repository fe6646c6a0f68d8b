// Rates, trend and the time to zero, from where a log ended and what a group had committed at evenly spaced times. All in offsets: where
// those are not all records (transactions, compaction) both rates count the others too, so that the times they give are right.

export interface Moment {
  readonly timeMs: bigint
  readonly endOffset: bigint
  readonly committed: bigint
}

export type Trend = 'growing' | 'shrinking' | 'steady'

export interface Progress {
  /** Offsets a second; null where too little is known. */
  readonly rateIn: number | null
  readonly rateOut: number | null
  readonly trend: Trend | null
  /** Whether the unread will be zero at these rates; null where those are not known. */
  readonly catchesUp: boolean | null
  /** Until then; null where that is never, or not known. */
  readonly catchUpSeconds: number | null
}

const NOTHING_KNOWN: Progress = { rateIn: null, rateOut: null, trend: null, catchesUp: null, catchUpSeconds: null }
/** A rate over less says little. */
const MIN_SPAN_MS = 1000n
/** Changes of less are none. */
const STEADY_SHARE = 0.05

/** @param moments oldest first; the last is now */
export function progressOf(moments: readonly Moment[], lag: bigint): Progress {
  const [first, last] = [moments[0], moments.at(-1)]
  const isCaughtUp = lag === 0n
  if (first === undefined || last === undefined || last.timeMs - first.timeMs < MIN_SPAN_MS)
    return isCaughtUp ? { ...NOTHING_KNOWN, catchesUp: true, catchUpSeconds: 0 } : NOTHING_KNOWN
  const seconds = Number(last.timeMs - first.timeMs) / 1000
  const rateIn = Math.max(0, Number(last.endOffset - first.endOffset)) / seconds
  const rateOut = Math.max(0, Number(last.committed - first.committed)) / seconds
  const catchesUp = isCaughtUp || rateOut > rateIn
  const unread = isCaughtUp ? 0 : unreadAt(last)
  return { rateIn, rateOut, trend: trendOf(moments), catchesUp, catchUpSeconds: !catchesUp ? null : unread && unread / (rateOut - rateIn) }
}

export function unreadAt({ endOffset, committed }: Moment): number {
  return Math.max(0, Number(endOffset - committed))
}

/** Consumers commit now and then, so single moments say little: the newer half is compared with the older. */
function trendOf(moments: readonly Moment[]): Trend {
  const middle = Math.floor(moments.length / 2)
  const older = mean(moments.slice(0, middle).map(unreadAt))
  const newer = mean(moments.slice(middle).map(unreadAt))
  const change = newer - older
  if (Math.abs(change) <= Math.max(0.5, older * STEADY_SHARE)) return 'steady'
  return change > 0 ? 'growing' : 'shrinking'
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
