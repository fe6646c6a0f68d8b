// Durations: `500ms 10s 5m 2h 7d 2w`, also put together (`1h30m`).
import { LeatError, exitCodes } from '../errors/leat-error.ts'

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** Milliseconds, or null for a text that is no duration. */
export function parseDuration(text: string): number | null {
  if (!/^(\d+(\.\d+)?(ms|[smhdw]))+$/.test(text)) return null
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g))
    total += Number(amount) * (UNIT_MS[unit as string] as number)
  const rounded = Math.round(total)
  return Number.isSafeInteger(rounded) ? rounded : null
}

/** @param flag for the message: `--timeout` */
export function requireDuration(flag: string, text: string): number {
  const duration = text === '0' ? 0 : parseDuration(text)
  if (duration !== null) return duration
  throw new LeatError('INVALID_DURATION', `${flag} '${text}' is not a duration`, {
    hint: `For example ${flag} 10s (ms, s, m, h, d, w, also put together: 1h30m).`,
    exitCode: exitCodes.usage,
  })
}
