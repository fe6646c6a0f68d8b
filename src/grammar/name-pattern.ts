// Regular expressions on names of topics. As in kcat and librdkafka, one that begins with ^ is anchored there and others are not.
import { LeatError, exitCodes } from '../errors/leat-error.ts'
import { shortened } from '../errors/printable.ts'
import { compileExpression, reasonOf } from './expression.ts'

/** @throws LeatError (usage) */
export function requireNamePattern(flag: string, text: string): RegExp {
  try {
    return compileExpression(text)
  } catch (error) {
    throw new LeatError('USAGE', `${flag} ${shortened(text)} is not a regular expression: ${reasonOf(error, text)}`, {
      hint: `For example ${flag} '^orders\\.'.`,
      exitCode: exitCodes.usage,
    })
  }
}
