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

/**
 * @param moments oldest first, evenly spaced; the last is now
 * @param lag unread records now
 * @param wasAtEnd whether the last commit left nothing unread
 */
export function progressOf(moments: readonly Moment[], lag: bigint, wasAtEnd = false): Progress {
  const [first, last] = [moments[0], moments.at(-1)]
  const isCaughtUp = lag === 0n
  if (first === undefined || last === undefined || last.timeMs - first.timeMs < MIN_SPAN_MS)
    return isCaughtUp ? { ...NOTHING_KNOWN, catchesUp: true, catchUpSeconds: 0 } : NOTHING_KNOWN
  const seconds = Number(last.timeMs - first.timeMs) / 1000
  const rateIn = Math.max(0, Number(last.endOffset - first.endOffset)) / seconds
  const rateOut = Math.max(0, Number(last.committed - first.committed)) / seconds
  const trend = trendOf(moments.map(unreadAt))
  // Who keeps pace with what comes is at the end with each commit: what is unread now takes as long as it takes to read.
  const gain = wasAtEnd && trend !== 'growing' ? rateOut : rateOut - rateIn
  const catchesUp = isCaughtUp || gain > 0
  return { rateIn, rateOut, trend, catchesUp, catchUpSeconds: isCaughtUp ? 0 : catchesUp ? unreadAt(last) / gain : null }
}

export function unreadAt({ endOffset, committed }: Moment): number {
  return Math.max(0, Number(endOffset - committed))
}

/**
 * Lag is a saw: it falls with each commit, and rises in between. It grows where both its teeth and the gaps between them have become
 * higher.
 */
function trendOf(unread: readonly number[]): Trend {
  const newer = newerPart(unread)
  const older = unread.slice(0, -newer.length)
  const floors = change(Math.min(...older), Math.min(...newer))
  const peaks = change(Math.max(...older), Math.max(...newer))
  if (floors > 0 && peaks > 0) return 'growing'
  return peaks < 0 && floors <= 0 ? 'shrinking' : 'steady'
}

function newerPart(unread: readonly number[]): number[] {
  return unread.slice(-Math.ceil(unread.length / 4))
}

function change(from: number, to: number): number {
  return Math.abs(to - from) <= from * STEADY_SHARE ? 0 : to - from
}
