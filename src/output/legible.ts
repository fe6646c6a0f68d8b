// A cell for texts that others chose, which may be long or no text at all.

const MAX_CHARACTERS = 200

/** Of many control characters in a row only the first ones, and no more than a few lines of a terminal. @param text printable */
export function legible(text: string): string {
  const folded = text.replaceAll(/((?:\\x[0-9a-f]{2}){3})(?:\\x[0-9a-f]{2})+…?/g, '$1…')
  return folded.length > MAX_CHARACTERS ? `${folded.slice(0, MAX_CHARACTERS)}…` : folded
}
