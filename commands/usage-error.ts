// oclif's parser errors in leat's words: what is wrong with the command line, and the name that was probably meant.
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { nearest } from '../src/errors/nearest.ts'

export interface UsageContext {
  /** As it is typed: `leat topic create`. */
  readonly commandLine: string
  /** Without dashes, aliases too. */
  readonly flagNames: readonly string[]
}

/** What oclif's parser adds to its errors, by kind. */
interface ParserError extends Error {
  /** As typed (`--jsno`), when they are unknown. */
  readonly flags?: readonly string[]
  /** Missing ones as definitions, superfluous ones as typed. */
  readonly args?: readonly ({ readonly name: string } | string)[]
}

/** null for everything that does not come from oclif. */
export function usageError(error: unknown, { commandLine, flagNames }: UsageContext): LeatError | null {
  if (!isParserError(error)) return null
  const usage = (message: string, suggestion: string | null = null): LeatError =>
    new LeatError('USAGE', message, {
      hint: `${suggestion === null ? '' : `Did you mean ${suggestion}? `}See \`${commandLine} --help\`.`,
      exitCode: exitCodes.usage,
      cause: error,
    })
  if (error.flags !== undefined) {
    const typed = error.flags[0] ?? ''
    const near = typed.startsWith('--') ? nearest(typed.slice(2), flagNames) : null
    return usage(`there is no flag ${typed}`, near === null ? null : `--${near}`)
  }
  const extra = error.args?.filter((arg) => typeof arg === 'string') ?? []
  if (extra.length > 0) return usage(`more arguments than expected: ${extra.join(' ')}`)
  const missing = error.args?.filter((arg) => typeof arg === 'object') ?? []
  if (missing.length > 0) return usage(`missing: ${missing.map(({ name }) => name.toUpperCase()).join(' ')}`)

  const message = essence(error.message)
  const valueless = /^Flag (--\S+) expects/.exec(message)
  if (valueless !== null) return usage(`${valueless[1]} needs a value`)
  const choice = /^Expected (--\S+?)=(.*) to be one of: (.*)$/s.exec(message)
  if (choice === null) return usage(message)
  const [, flag, value, options] = choice as unknown as [string, string, string, string]
  const near = nearest(value, options.split(', '))
  return usage(`${flag} is one of ${options}, not '${value}'`, near)
}

function isParserError(error: unknown): error is ParserError {
  return error instanceof Error && 'oclif' in error
}

/** The message without the frame that oclif puts around it. */
function essence(message: string): string {
  return message
    .replace(/\nSee more help with --help\s*$/, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .split('\n')
    .map((line) => line.trim())
    .join('; ')
}
