/** Text that others chose, on one line and harmless on a terminal: control characters as \xNN. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
