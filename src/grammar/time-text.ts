// Times as people and programs write them.

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/
const RFC3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9}))?([Zz]|[+-]\d{2}:?\d{2})$/

/**
 * Milliseconds since the epoch: a number of seconds (up to 11 digits), milliseconds (to 14), microseconds (to 17) or
 * nanoseconds; `YYYY-MM-DD` (UTC); RFC 3339. null for anything else.
 */
export function parseTimeText(text: string): bigint | null {
  if (/^-?\d+$/.test(text)) return fromDigits(text)
  if (DAY.test(text)) return fromDate(`${text}T00:00:00Z`)
  const match = RFC3339.exec(text)
  if (match === null) return null
  const [, date, time, fraction = '', zone = 'Z'] = match
  const offset = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase()
  return fromDate(`${date}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}${offset}`)
}

/** Nanoseconds of 64 bits. */
const MAX_DIGITS = 19

function fromDigits(text: string): bigint | null {
  const value = BigInt(text)
  const digits = text.replace('-', '').length
  if (digits > MAX_DIGITS) return null
  if (digits <= 11) return value * 1000n
  if (digits <= 14) return value
  return digits <= 17 ? value / 1000n : value / 1_000_000n
}

function fromDate(text: string): bigint | null {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) return null
  // Date.parse takes the 31st of February for the 3rd of March.
  const day = Number(text.slice(8, 10))
  const local = new Date(Date.parse(`${text.slice(0, 10)}T00:00:00Z`))
  return local.getUTCDate() === day ? BigInt(ms) : null
}
