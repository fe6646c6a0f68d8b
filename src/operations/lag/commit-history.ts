// What a group committed in one partition, oldest first, with the times. Commits that follow each other within a second count as one, as
// with Burrow's `min-distance`: the newer offset at the older time. So ten commits last nine seconds and more, however often a consumer
// commits.

export interface TimedOffset {
  readonly offset: bigint
  readonly timestampMs: bigint
}

const MIN_DISTANCE_MS = 1000n
/** One a second for as long as rates look back at least. */
const MAX_COMMITS = 100

/** Adds the newest commit, and forgets what is too long ago. */
export function addCommit(history: TimedOffset[], commit: TimedOffset): void {
  const last = history.at(-1)
  if (last === undefined || commit.timestampMs - last.timestampMs >= MIN_DISTANCE_MS) history.push(commit)
  else history[history.length - 1] = { offset: commit.offset, timestampMs: last.timestampMs }
  if (history.length > MAX_COMMITS) history.shift()
}

/** What had been committed at a past time; null where nothing is known of it. */
export function committedAt(history: readonly TimedOffset[], timeMs: bigint): bigint | null {
  return history.findLast(({ timestampMs }) => timestampMs <= timeMs)?.offset ?? null
}
