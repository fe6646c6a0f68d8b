// Times as text by a layout of Go's, as kcl and rpk take them: how 2 January 2006, 15:04:05 would be written. In UTC, as strftime has it.
import { DIRECTIVES, type TimePart, timeText } from './strftime.ts'

const zulu: TimePart = () => 'Z'

const PARTS: Readonly<Record<string, TimePart>> = {
  '2006': DIRECTIVES.Y,
  '06': DIRECTIVES.y,
  January: DIRECTIVES.B,
  Jan: DIRECTIVES.b,
  '01': DIRECTIVES.m,
  '1': (date) => `${date.getUTCMonth() + 1}`,
  Monday: DIRECTIVES.A,
  Mon: DIRECTIVES.a,
  '002': DIRECTIVES.j,
  '02': DIRECTIVES.d,
  _2: DIRECTIVES.e,
  '2': (date) => `${date.getUTCDate()}`,
  '15': DIRECTIVES.H,
  '03': DIRECTIVES.I,
  '3': (date) => `${date.getUTCHours() % 12 || 12}`,
  '04': DIRECTIVES.M,
  '4': (date) => `${date.getUTCMinutes()}`,
  '05': DIRECTIVES.S,
  '5': (date) => `${date.getUTCSeconds()}`,
  PM: DIRECTIVES.p,
  pm: (date) => DIRECTIVES.p(date).toLowerCase(),
  MST: DIRECTIVES.Z,
  'Z07:00': zulu,
  Z0700: zulu,
  Z07: zulu,
  '-07:00': () => '+00:00',
  '-0700': DIRECTIVES.z,
  '-07': () => '+00',
}

const NAMES = Object.keys(PARTS).toSorted((a, b) => b.length - a.length)
/** A part, a fraction of the second (as many digits as there are zeros; as are needed, where there are nines), or anything else. */
const TOKEN = new RegExp(`_(?=2006)|(${NAMES.join('|')})|([.,])(0+|9+)(?!\\d)|[^]`, 'g')

/** @returns text of a time in milliseconds; its digits where no calendar reaches */
export function goLayout(layout: string): (timestamp: number | bigint) => string {
  return timeText([...layout.matchAll(TOKEN)].map(([token, name, point, digits]) => partOf(token, name, point, digits)))
}

function partOf(token: string, name: string | undefined, point = '', digits = ''): string | TimePart {
  if (name !== undefined) return PARTS[name] ?? name
  return digits === '' ? token : (date) => fraction(date.getUTCMilliseconds(), point, digits)
}

function fraction(ms: number, point: string, digits: string): string {
  const text = `${ms}`.padStart(3, '0').padEnd(digits.length, '0').slice(0, digits.length)
  if (digits.startsWith('0')) return `${point}${text}`
  const needed = text.replace(/0+$/, '')
  return needed === '' ? '' : `${point}${needed}`
}
