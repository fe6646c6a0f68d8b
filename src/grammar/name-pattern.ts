// Regular expressions on names of topics. As in kcat and librdkafka, one that begins with ^ is anchored there and others are not.
import { LeatError, exitCodes } from '../errors/leat-error.ts'

/** @throws LeatError (usage) */
export function requireNamePattern(flag: string, text: string): RegExp {
  try {
    return new RegExp(text, 'u')
  } catch (error) {
    throw new LeatError('USAGE', `${flag} ${text}: ${error instanceof Error ? error.message : String(error)}`, {
      hint: `For example ${flag} '^orders\\.'.`,
      exitCode: exitCodes.usage,
    })
  }
}
