// Burrow's verdict on a group's progress in one partition, from its last commits: no thresholds, so it needs no tuning.
//
//   OK      nothing is unread, or the group was at the end at some commit of the window, or its lag went down in it
//   WARN    it commits and moves on, but its lag has not gone down over the window; or its offset is outside the log
//   STOP    it has not committed for longer than the whole window lasted
//   STALL   it commits, always the same offset
//   REWIND  it went back, and has not come to where it was before
//
// Two things are known here that Burrow, which samples a broker from outside, has to guess:
// - When the group last had nothing to do: until the oldest unread record arrived, which the log tells. Burrow looks for a sampled log
//   end at or below the committed offset. Its silence counts from its last commit, so a topic with a record an hour looks stopped as soon as a
//   record waits; here silence counts from when there was something to commit. That is what designs the false STOP out.
// - How few commits there are: one commit has no cadence, so it makes neither STALL nor WARN, and no STOP before `GRACE_MS`.

/** In Burrow's order of severity; a group is as bad as its worst partition. */
export const LAG_STATUSES = ['OK', 'WARN', 'STOP', 'STALL', 'REWIND'] as const

export type LagStatus = (typeof LAG_STATUSES)[number]

export interface Commit {
  readonly offset: bigint
  readonly timestampMs: bigint
  /** What was unread when it was made; null where that is not known. */
  readonly lag: bigint | null
}

export interface LagWindow {
  /** The last ones, oldest first. */
  readonly commits: readonly Commit[]
  /** Unread records now. */
  readonly lag: bigint
  /** The last moment at which nothing is known to have been unread; null where none is. */
  readonly caughtUpAtMs: bigint | null
  readonly nowMs: bigint
}

/** Burrow's `intervals`: commits that count. */
export const WINDOW_COMMITS = 10
/** Burrow's `intervals` × `offset-refresh`: who was at the end so lately has not stopped. */
export const CAUGHT_UP_MS = 100_000n
/** The shortest silence that can be a stop. */
const GRACE_MS = 10_000n

export function lagStatus(window: LagWindow): LagStatus {
  const { commits, lag } = window
  if (lag <= 0n || commits.length === 0) return 'OK'
  if (hasStopped(window)) return 'STOP'
  if (hasRewound(commits)) return 'REWIND'
  if (commits.length < 2 || commits.some((commit) => commit.lag !== null && commit.lag <= 0n)) return 'OK'
  if (commits.every(({ offset }) => offset === commits[0]?.offset)) return 'STALL'
  return lagNeverFell(commits) ? 'WARN' : 'OK'
}

/** Whether `status` is worse than `limit`. */
export function isWorse(status: LagStatus, limit: LagStatus): boolean {
  return LAG_STATUSES.indexOf(status) > LAG_STATUSES.indexOf(limit)
}

function hasStopped({ commits, caughtUpAtMs, nowMs }: LagWindow): boolean {
  const [first, last] = [commits[0], commits.at(-1)] as [Commit, Commit]
  if (caughtUpAtMs !== null && nowMs - caughtUpAtMs <= CAUGHT_UP_MS) return false
  const busySinceMs = caughtUpAtMs !== null && caughtUpAtMs > last.timestampMs ? caughtUpAtMs : last.timestampMs
  const silenceMs = nowMs - busySinceMs
  return silenceMs > last.timestampMs - first.timestampMs && silenceMs > GRACE_MS
}

function hasRewound(commits: readonly Commit[]): boolean {
  const at = commits.findIndex(({ offset }, index) => offset < (commits[index - 1]?.offset ?? offset))
  const before = commits[at - 1]
  return before !== undefined && !commits.slice(at).some(({ offset }) => offset >= before.offset)
}

function lagNeverFell(commits: readonly Commit[]): boolean {
  const lags = commits.map(({ lag }) => lag).filter((lag) => lag !== null)
  return lags.length > 1 && lags.every((lag, index) => lag >= (lags[index - 1] ?? lag))
}
