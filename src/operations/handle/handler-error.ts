// Why a handler did not take a record: what it said itself, as far as it said anything.
import type { ChildEnd } from '../../system/child-processes.ts'
import { endText, isMissingCommand } from '../../system/child-processes.ts'

export interface HandlerError {
  /** One word: what the handler calls it, else how it ended (`exit-1`, `signal-SIGKILL`, `timeout`). */
  readonly type: string
  readonly message: string
  readonly stack: string | null
  /** `handler`: it may have failed whatever the record is, because it ended, or kept silent, before it said anything of one. */
  readonly fault: 'record' | 'handler'
  /** The signal that killed it. */
  readonly killedBy?: string
}

/** The line in which a language tells of an error that nobody caught: Python's last, Node's first, Java's. */
const THROWN = /^(?:Uncaught |Exception in thread "[^"]*" )?((?:[A-Za-z_]\w*\.)*[A-Za-z_]*(?:Error|Exception|Interrupt))(?:: (.*))?$/gm

/** What a shell, Python, Perl, Ruby or Node says of a script that they cannot open, or whose syntax is wrong. */
const NOT_BEGUN = [
  /^[^\n]*\bcan(?:no|')t open /,
  /^[^\n]*\bsyntax error\b/i,
  /^[^\n]*\(LoadError\)/,
  /^ {2}File "[^]*^\w*(?:Syntax|Indentation|Tab)Error: /m,
  /^Error: Cannot find module /m,
]

/** Whether a command that was run for one record may never have begun with what it is there for. */
export function faultOfExit(end: ChildEnd, stderr: string): HandlerError['fault'] {
  if (end.kind !== 'exit') return 'record'
  return isMissingCommand(end) || NOT_BEGUN.some((line) => line.test(stderr)) ? 'handler' : 'record'
}

/** @param stderr what it wrote there */
export function errorOfEnd(end: ChildEnd, stderr: string, fault: HandlerError['fault']): HandlerError {
  const text = stderr.trim()
  const [, type, message] = [...text.matchAll(THROWN)].at(-1) ?? []
  const stack = text.includes('\n') ? text : null
  if (type !== undefined && end.kind === 'exit') return { type, message: message ?? howItEnded(end), stack, fault }
  const lastLine = text.slice(text.lastIndexOf('\n') + 1)
  return {
    type: typeOfEnd(end),
    message: end.kind === 'exit' && lastLine !== '' ? lastLine : howItEnded(end),
    stack: stack ?? said(end, text),
    fault,
    ...(end.kind === 'signal' ? { killedBy: end.signal } : {}),
  }
}

/** Exit code 127 of a handler that is there is about something else that is not. */
function howItEnded(end: ChildEnd): string {
  return end.kind === 'exit' ? `ended with exit code ${end.code}` : endText(end)
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
