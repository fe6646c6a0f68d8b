// Errors about a text that a user typed show the text and point at the place.
import { LeatError, exitCodes } from '../errors/leat-error.ts'

const MAX_SHOWN_CHARACTERS = 200

/** What was wrong with a notation, and at which character of it. Thrown by parsers; `asUsage` makes it what a user sees. */
export class NotationError extends Error {
  readonly at: number

  constructor(reason: string, at: number) {
    super(reason)
    this.name = 'NotationError'
    this.at = at
  }
}

/**
 * Runs a parser over the text of a flag.
 * @throws LeatError (usage) that points at the character in place of a NotationError
 */
export function asUsage<T>(flag: string, text: string, hint: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof NotationError)) throw error
    const at = Math.min(error.at, text.length)
    const lineStart = text.lastIndexOf('\n', at - 1) + 1
    // Of a long line only what is around the place.
    const start = Math.max(lineStart, at - MAX_SHOWN_CHARACTERS / 2)
    const line = text.slice(start, start + MAX_SHOWN_CHARACTERS).split('\n', 1)[0] as string
    throw new LeatError('USAGE', `${flag}: ${error.message} (column ${at + 1})\n  ${line}\n  ${' '.repeat(at - start)}^`, {
      hint,
      exitCode: exitCodes.usage,
    })
  }
}
