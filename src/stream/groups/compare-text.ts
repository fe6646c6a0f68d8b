/** By UTF-16 units, as Java compares strings, whatever the language of the machine. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
