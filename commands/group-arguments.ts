// Groups as arguments, and the flags that commands which change groups share.
import * as Flags from '@oclif/core/flags'
import { dryRunFlag } from './shared-flags.ts'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'

export const changeFlags = {
  yes: Flags.boolean({ char: 'y', aliases: ['execute'], summary: 'do not ask' }),
  'dry-run': dryRunFlag,
}

/** @throws LeatError (usage) when there is none */
export function requireNames(names: readonly string[], commandLine: string): string[] {
  if (names.length > 0) return [...new Set(names)]
  throw new LeatError('USAGE', 'a group is needed', { hint: `See \`${commandLine} --help\`.`, exitCode: exitCodes.usage })
}

export function notConfirmed(what: string): LeatError {
  return new LeatError('NOT_CONFIRMED', what, { hint: 'Answer y, or give -y in a script; --dry-run only looks.' })
}
