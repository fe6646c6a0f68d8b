// A question before something that cannot be undone.
import { writeStderr } from './report-error.ts'
import { standardInput } from '../src/system/standard-input.ts'

/** Asks on a terminal; a script, which cannot answer, gets no. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  writeStderr(`${question} [y/N] `)
  const source = standardInput()
  const answer = Buffer.alloc(80)
  const count = await source.read(answer, 0, answer.length)
  source.close()
  return /^y(es)?\s*$/i.test(answer.toString('utf8', 0, count))
}
