/** By UTF-16 units, as Java compares strings, whatever the language of the machine. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Whether both have the same texts, in whatever order. */
export function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  const ofA = new Set(a)
  const ofB = new Set(b)
  return ofA.size === ofB.size && b.every((text) => ofA.has(text))
}
