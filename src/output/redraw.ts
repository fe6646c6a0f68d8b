// A text that takes the place of the one before it on a terminal, without flicker: from the top, each line cleared behind its end.

const HOME = '\u001B[H'
const CLEAR_LINE = '\u001B[K'
const CLEAR_BELOW = '\u001B[J'
const CLEAR_ALL = '\u001B[2J'

/** @param rows of the terminal: what does not fit is left out, and said to be; 0 where they are not known */
export function redrawText(text: string, rows: number, isFirst: boolean): string {
  const lines = text.split('\n').slice(0, -1)
  const room = rows === 0 ? lines.length : Math.max(2, rows - 1)
  const shown = lines.length <= room ? lines : [...lines.slice(0, room - 1), `… and ${lines.length - room + 1} more`]
  return `${isFirst ? CLEAR_ALL : ''}${HOME}${shown.map((line) => `${line}${CLEAR_LINE}\n`).join('')}${CLEAR_BELOW}`
}
