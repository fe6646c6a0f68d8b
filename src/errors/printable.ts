const MAX_BEGINNING_BYTES = 60

/** How bytes that others chose begin, as printable text without the line end; of a character that is cut, nothing. */
export function beginningOf(bytes: Buffer): string {
  let end = Math.min(bytes.length, MAX_BEGINNING_BYTES)
  while (end > 0 && end < bytes.length && isContinuation(bytes[end] as number)) end--
  return printable(bytes.toString('utf8', 0, end).trimEnd())
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

const MAX_SHOWN_CHARACTERS = 60

/** How a long text begins, and how long it is. */
export function shortened(text: string): string {
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}… (${text.length} characters)` : text
}

/** Text that others chose, on one line and harmless on a terminal: control characters as \xNN. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** As `printable`, for text of several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}
