// Groups as arguments, and the flags that commands which change groups share.
import { dryRunFlag, yesFlag } from './shared-flags.ts'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'

export const changeFlags = {
  yes: { ...yesFlag, aliases: ['execute'] },
  'dry-run': dryRunFlag,
}

/** @throws LeatError (usage) when there is none */
export function requireNames(names: readonly string[], commandLine: string): readonly string[] {
  if (names.length > 0) return names
  throw new LeatError('USAGE', 'a group is needed', { hint: `See \`${commandLine} --help\`.`, exitCode: exitCodes.usage })
}
