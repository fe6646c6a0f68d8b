/** The farthest that a `Date` goes. */
const MAX_DATE_MS = 8_640_000_000_000_000n

/** RFC 3339 in UTC, without a fraction that says nothing; the number where no calendar has it. */
export function timeText(ms: bigint): string
export function timeText(ms: bigint | null): string | null
export function timeText(ms: bigint | null): string | null {
  if (ms === null) return null
  if (ms > MAX_DATE_MS || ms < -MAX_DATE_MS) return `${ms} ms`
  return new Date(Number(ms)).toISOString().replace('.000Z', 'Z')
}
