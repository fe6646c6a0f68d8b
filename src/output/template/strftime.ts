// Times as text by a strftime pattern, in UTC: what a script prints must not depend on where it runs.
import { NotationError } from '../../grammar/point-at.ts'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']

/** Largest distance from the epoch that a Date can have, in milliseconds. */
const MAX_DATE_MS = 8.64e15

export const RFC3339 = '%Y-%m-%dT%H:%M:%S.%LZ'

/** @param timestamp the date in ms */
export type TimePart = (date: Date, timestamp: number) => string

export const DIRECTIVES = {
  Y: (date) => pad(date.getUTCFullYear(), 4),
  m: (date) => pad(date.getUTCMonth() + 1),
  d: (date) => pad(date.getUTCDate()),
  e: (date) => `${date.getUTCDate()}`.padStart(2),
  H: (date) => pad(date.getUTCHours()),
  I: (date) => pad(date.getUTCHours() % 12 || 12),
  M: (date) => pad(date.getUTCMinutes()),
  S: (date) => pad(date.getUTCSeconds()),
  L: (date) => pad(date.getUTCMilliseconds(), 3),
  f: (date) => `${pad(date.getUTCMilliseconds(), 3)}000`,
  p: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  j: (date) =>
    pad(
      (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000 + 1,
      3,
    ),
  y: (date) => pad(date.getUTCFullYear() % 100),
  a: (date) => (DAYS[date.getUTCDay()] as string).slice(0, 3),
  A: (date) => DAYS[date.getUTCDay()] as string,
  b: (date) => (MONTHS[date.getUTCMonth()] as string).slice(0, 3),
  B: (date) => MONTHS[date.getUTCMonth()] as string,
  s: (_, timestamp) => `${Math.floor(timestamp / 1000)}`,
  z: () => '+0000',
  Z: () => 'UTC',
  n: () => '\n',
  t: () => '\t',
  '%': () => '%',
} satisfies Record<string, TimePart>

const SHORTHANDS: Record<string, string> = { F: '%Y-%m-%d', T: '%H:%M:%S', D: '%m/%d/%y', R: '%H:%M' }

/**
 * @param at column of the pattern, for errors
 * @returns text of a time in milliseconds; its digits where no calendar reaches
 * @throws NotationError
 */
export function strftime(pattern: string, at: number): (timestamp: number | bigint) => string {
  const parts: (string | TimePart)[] = []
  const expanded = pattern.replaceAll(/%(.)/gs, (directive, letter: string) => SHORTHANDS[letter] ?? directive)
  for (const [part] of expanded.matchAll(/%.?|[^%]+/gs)) {
    if (!part.startsWith('%')) parts.push(part)
    else {
      const directive = (DIRECTIVES as Record<string, TimePart>)[part.slice(1)]
      if (directive === undefined)
        throw new NotationError(
          `unknown time directive '${part}' (there are %${Object.keys({ ...SHORTHANDS, ...DIRECTIVES }).join(' %')})`,
          at + Math.max(pattern.indexOf(part), 0),
        )
      parts.push(directive)
    }
  }
  return timeText(parts)
}

/** @returns text of a time in milliseconds; its digits where no calendar reaches */
export function timeText(parts: readonly (string | TimePart)[]): (timestamp: number | bigint) => string {
  return (timestamp) => {
    const ms = Number(timestamp)
    if (!(Math.abs(ms) <= MAX_DATE_MS)) return `${timestamp}`
    const date = new Date(ms)
    return parts.map((part) => (typeof part === 'string' ? part : part(date, ms))).join('')
  }
}

function pad(value: number, length = 2): string {
  return value < 0 ? `-${`${-value}`.padStart(length, '0')}` : `${value}`.padStart(length, '0')
}
