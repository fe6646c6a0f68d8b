// Ctrl-C, `timeout` and service managers signal leat and all that it runs: a terminal also those that it is just starting, which do not have a
// process group of their own yet. What dies of that has not failed. It may be known before leat's own signal is.
import type { Clock } from '../../system/system.ts'

const SIGNALS: ReadonlySet<string> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])
const HOLD_MS = 100

/** Whether a signal that killed a command was there to end leat. @param ending `signal` is aborted once leat is to end */
export async function endedWithUs(killedBy: string, ending: { readonly clock: Clock; readonly signal: AbortSignal }): Promise<boolean> {
  const { clock, signal } = ending
  if (!SIGNALS.has(killedBy)) return false
  if (!signal.aborted) await clock.sleep(HOLD_MS, signal)
  return signal.aborted
}
