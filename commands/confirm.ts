// A question before something that cannot be undone.
import { writeStderr } from './report-error.ts'
import { LeatError } from '../src/errors/leat-error.ts'
import { standardInput } from '../src/system/standard-input.ts'
import { isTerminal } from '../src/system/terminal.ts'

const STDIN = 0

/** Asks on a terminal; a script, which cannot answer, gets no. */
export async function confirm(question: string): Promise<boolean> {
  return isTerminal(STDIN) && (await ask(question))
}

/** Asks on a terminal; a script may. */
export async function confirmOnTerminal(question: string): Promise<boolean> {
  return !isTerminal(STDIN) || (await ask(question))
}

async function ask(question: string): Promise<boolean> {
  writeStderr(`${question} [y/N] `)
  const source = standardInput()
  const answer = Buffer.alloc(80)
  const count = await source.read(answer, 0, answer.length)
  source.close()
  return /^y(es)?\s*$/i.test(answer.toString('utf8', 0, count))
}

/** What becomes of a command whose question was not answered with yes. */
export function notConfirmed(what: string): LeatError {
  return new LeatError('NOT_CONFIRMED', what, { hint: 'Answer y, or give -y in a script; --dry-run only looks.' })
}
