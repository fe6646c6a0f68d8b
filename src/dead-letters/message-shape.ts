// Error messages that differ in numbers, ids and names say the same: their shape has a placeholder for each.
const FOLDS: readonly [RegExp, string][] = [
  // Quoted parts first: what is in them is not looked at any more.
  [/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '"…"'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '<address>'],
  [/\b0x[0-9a-f]+\b|\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b/gi, '<hex>'],
  [/(?<![\w<])[-+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?/gi, '<n>'],
  // Names with a number: user4, user_4.
  [/\b([A-Za-z]+_?)\d+\b/g, '$1<n>'],
]
const MAX_LENGTH = 200

/** The first line of a message, folded. */
export function messageShape(message: string): string {
  const line = /[^\r\n]*/.exec(message.trimStart())?.[0].trimEnd() ?? ''
  const folded = FOLDS.reduce((text, [pattern, placeholder]) => text.replaceAll(pattern, placeholder), line.slice(0, 4 * MAX_LENGTH))
  return folded.length > MAX_LENGTH ? `${folded.slice(0, MAX_LENGTH)}…` : folded
}
