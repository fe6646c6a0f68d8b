// What a worker says of a record, in one line:
//
//   ok                     it is handled
//   retry REASON           not now: it fails with the type `retry`
//   error TYPE MESSAGE     it failed
//
// Anything else is not an answer. Then nobody knows which record the lines after it are about.
import type { HandlerError } from './handler-error.ts'

const MAX_SHOWN = 200

/** null: handled. @throws BadAnswer */
export function readAnswer(line: Buffer): HandlerError | null {
  if (line.length === 2 && line[0] === 0x6f && line[1] === 0x6b) return null
  const text = line.toString().trim()
  if (text === 'ok') return null
  const [, word, rest = ''] = /^(retry|error)(?:\s+([^]*))?$/.exec(text) ?? []
  if (word === 'retry') return { type: 'retry', message: rest, stack: null, fault: 'record' }
  if (word !== 'error') throw new BadAnswer(text)
  const [, type = 'error', message = ''] = /^(\S+)\s*([^]*)$/.exec(rest) ?? []
  return { type, message, stack: null, fault: 'record' }
}

/** A line that is none of the three. */
export class BadAnswer extends Error {
  constructor(text: string) {
    const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
    super(`the worker answered '${shown}', which is neither ok nor retry nor error`)
    this.name = 'BadAnswer'
  }
}
