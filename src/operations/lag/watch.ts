// Looking again and again.
import type { Clock } from '../../system/system.ts'

export interface WatchOptions {
  readonly clock: Clock
  readonly intervalMs: number
  /** Ends the waiting. */
  readonly signal: AbortSignal
  /** One look; false ends the watch. */
  readonly look: () => Promise<boolean>
}

/** Looks at once, and then as often as is asked: from the beginning of one look to that of the next. */
export async function watch({ clock, intervalMs, signal, look }: WatchOptions): Promise<void> {
  while (!signal.aborted) {
    const startedAt = clock.now()
    if (!(await look())) return
    await clock.sleep(Math.max(0, intervalMs - Number(clock.now() - startedAt)), signal)
  }
}
