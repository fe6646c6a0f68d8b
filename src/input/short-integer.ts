/** Integers of up to this many digits are exact as numbers. */
const EXACT_DIGITS = 15

/** The integer that the bytes are the decimal digits of, when there are few enough; NaN for anything else. */
export function shortInteger(bytes: Buffer, start: number, end: number): number {
  const isNegative = bytes[start] === 0x2d
  const first = isNegative ? start + 1 : start
  if (end <= first || end - first > EXACT_DIGITS) return Number.NaN
  let value = 0
  for (let at = first; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return isNegative ? -value : value
}
