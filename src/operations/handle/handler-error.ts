// Why a handler did not take a record: what it said itself, as far as it said anything.
import type { ChildEnd } from '../../system/child-processes.ts'
import { endText } from '../../system/child-processes.ts'

export interface HandlerError {
  /** One word: what the handler calls it, else how it ended (`exit-1`, `signal-SIGKILL`, `timeout`). */
  readonly type: string
  readonly message: string
  readonly stack: string | null
}

/** The line in which a language tells of an error that nobody caught: Python's last, Node's first, Java's. */
const THROWN = /^(?:Uncaught |Exception in thread "[^"]*" )?((?:[A-Za-z_]\w*\.)*[A-Za-z_]*(?:Error|Exception|Interrupt))(?:: (.*))?$/gm

/** @param stderr what it wrote there */
export function errorOfEnd(end: ChildEnd, stderr: string): HandlerError {
  const text = stderr.trim()
  const [, type, message] = [...text.matchAll(THROWN)].at(-1) ?? []
  const stack = text.includes('\n') ? text : null
  if (type !== undefined && end.kind === 'exit') return { type, message: message ?? endText(end), stack }
  const lastLine = text.slice(text.lastIndexOf('\n') + 1)
  return {
    type: typeOfEnd(end),
    message: end.kind === 'exit' && lastLine !== '' ? lastLine : endText(end),
    stack: stack ?? said(end, text),
  }
}

/** One line is the message, unless the message says how it ended. */
function said(end: ChildEnd, text: string): string | null {
  return end.kind === 'exit' || text === '' ? null : text
}

function typeOfEnd(end: ChildEnd): string {
  switch (end.kind) {
    case 'exit':
      return `exit-${end.code}`
    case 'signal':
      return `signal-${end.signal}`
    case 'timeout':
      return 'timeout'
    case 'broken':
    case 'unstartable':
      return end.kind
  }
}
