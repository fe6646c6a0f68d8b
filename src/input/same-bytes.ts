/** Whether the bytes from `start` to `end` are the same as all of `other`. Names are short: a call out of JavaScript would cost more. */
export function sameBytes(bytes: Buffer, start: number, end: number, other: Buffer): boolean {
  if (end - start !== other.length) return false
  for (let index = 0; index < other.length; index++) if (bytes[start + index] !== other[index]) return false
  return true
}
