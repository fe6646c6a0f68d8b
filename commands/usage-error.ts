// oclif's parser errors in leat's words: what is wrong with the command line, and the name that was probably meant.
import { essence, isParserError } from './parser-error.ts'
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { nearest } from '../src/errors/nearest.ts'

export interface UsageContext {
  /** As it is typed: `leat topic create`. */
  readonly commandLine: string
  /** Without dashes, aliases too. */
  readonly flagNames: readonly string[]
  /** The argument that has to be one of a few words. */
  readonly choiceName: string | undefined
}

/** Flags of Kafka's tools, and of what is to come, that say how to speak to a broker. */
const CLIENT_FLAGS = new Set([
  '-X',
  '--command-config',
  '--command-property',
  '--producer-property',
  '--producer.config',
  '--consumer-property',
  '--consumer.config',
])

/** What oclif says, and what leat says for it. */
const PHRASES: readonly (readonly [RegExp, (first: string, second: string) => string])[] = [
  [/^Flag (--\S+) expects/, (flag) => `${flag} needs a value`],
  [/^Flag (--\S+) can only be specified once/, (flag) => `${flag} is given twice`],
  [/^Missing required flag (\S+)/, (flag) => `--${flag} is needed`],
  [/^(--[^=\s]+)(?:=.*?)? cannot also be provided when using (--[\w-]+)/s, (flag, other) => `${flag} and ${other} do not go together`],
  [/^All of the following must be provided when using (--\S+): (.*)$/s, (flag, others) => `${flag} needs ${others}`],
]

/** null for everything that does not come from oclif. */
export function usageError(error: unknown, { commandLine, flagNames, choiceName = 'it' }: UsageContext): LeatError | null {
  if (!isParserError(error)) return null
  const usage = (message: string, suggestion: string | null = null): LeatError =>
    new LeatError('USAGE', message, {
      hint: `${suggestion === null ? '' : `Did you mean ${suggestion}? `}See \`${commandLine} --help\`.`,
      exitCode: exitCodes.usage,
      cause: error,
    })
  if (error.flags !== undefined) {
    const typed = error.flags[0] ?? ''
    if (CLIENT_FLAGS.has(typed)) return usage(`there is no flag ${typed} yet: client properties come with commands on clusters`)
    const near = typed.startsWith('--') ? nearest(typed.slice(2), flagNames) : null
    return usage(`there is no flag ${typed}`, near === null ? null : `--${near}`)
  }
  const extra = error.args?.filter((arg) => typeof arg === 'string') ?? []
  if (extra.length > 0) return usage(`more arguments than expected: ${extra.join(' ')}`)
  const missing = error.args?.filter((arg) => typeof arg === 'object') ?? []
  if (missing.length > 0) return usage(`missing: ${missing.map(({ name }) => name.toUpperCase()).join(' ')}`)

  const message = essence(error.message)
  for (const [pattern, say] of PHRASES) {
    const match = pattern.exec(message)
    if (match !== null) return usage(say(...(match.slice(1) as [string, string])))
  }
  const choice = /^Expected (?:(--\S+?)=)?(.*) to be one of: (.*)$/s.exec(message)
  if (choice === null) return usage(message)
  const [, flag = choiceName.toUpperCase(), value = '', options = ''] = choice
  return usage(`${flag} is one of ${options}, not '${value}'`, nearest(value, options.split(', ')))
}
