// Which command a command line names, and which words are left for it.
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { nearest } from '../src/errors/nearest.ts'
import { flagsLast, isGroup } from './flags-last.ts'
import { commands } from './index.ts'

export type CommandId = keyof typeof commands

export interface FoundCommand {
  readonly id: CommandId
  readonly words: string[]
}

const ids = Object.keys(commands)

/** @throws LeatError where there is no such command */
export function findCommand(argv: readonly string[]): FoundCommand {
  const ordered = flagsLast(argv)
  const name = commandWords(ordered)
  const words = ordered.slice(name.length)
  const id = name.join(':')
  const isHelp = words.length === 0 || asksForHelp(words)
  if (isCommand(id)) return id !== 'help' && asksForHelp(words) ? { id: 'help', words: name } : { id, words }
  const isWhole = words[0] === undefined || words[0].startsWith('-')
  if (isHelp && isWhole && (name.length > 0 || isOnlyFlags(ordered))) return { id: 'help', words: name }
  throw unknownCommand(ordered)
}

/** The first words that name a command or a group of commands (`topic`, `topic list`). */
function commandWords(argv: readonly string[]): string[] {
  const two = argv.slice(0, 2)
  if (isCommand(two.join(':'))) return two
  const [first = ''] = argv
  return isCommand(first) || isGroup(first) ? [first] : []
}

function isCommand(id: string): id is CommandId {
  return Object.hasOwn(commands, id)
}

function asksForHelp(words: readonly string[]): boolean {
  const flags = words.includes('--') ? words.slice(0, words.indexOf('--')) : words
  return flags.some((word) => word === '--help' || word === '-h')
}

function isOnlyFlags(argv: readonly string[]): boolean {
  return argv.every((word) => word.startsWith('-'))
}

function unknownCommand(words: readonly string[]): LeatError {
  const [first = '', second = ''] = words
  if (first.startsWith('-')) return usage(`a command is needed, and there is none before ${first}`, 'See `leat --help`.')
  if (isGroup(first) && (second === '' || second.startsWith('-'))) {
    const names = ids.filter((id) => id.startsWith(`${first}:`)).map((id) => id.slice(first.length + 1))
    return usage(`'${first}' is followed by what to do: ${names.join(', ')}`, `See \`leat ${first} --help\`.`)
  }
  const typed = isGroup(first) ? `${first} ${second}` : first
  const names = ids.map((id) => id.replaceAll(':', ' '))
  const near = nearest([first, second].join(' ').trim(), names) ?? nearest(first, names)
  return usage(
    `there is no command '${typed}'`,
    `${near === null ? '' : `Did you mean \`leat ${near}\`? `}See \`leat ${isGroup(first) ? `${first} ` : ''}--help\`.`,
  )
}

function usage(message: string, hint: string): LeatError {
  return new LeatError('USAGE', message, { hint, exitCode: exitCodes.usage })
}
