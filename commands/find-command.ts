// Which command a command line names, and which words are left for it.
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { nearest } from '../src/errors/nearest.ts'
import { commands } from './index.ts'

export type CommandId = keyof typeof commands

export interface FoundCommand {
  readonly id: CommandId
  readonly words: string[]
}

const ids = Object.keys(commands)

/** @throws LeatError where there is no such command */
export function findCommand(argv: readonly string[]): FoundCommand {
  const name = commandWords(argv)
  const words = argv.slice(name.length)
  const id = name.join(':')
  const isHelp = words.length === 0 || asksForHelp(words)
  if (isCommand(id)) return id !== 'help' && asksForHelp(words) ? { id: 'help', words: name } : { id, words }
  if (isHelp && (name.length > 0 || isOnlyFlags(argv))) return { id: 'help', words: name }
  throw unknownCommand(argv)
}

/** The first words that name a command or a group of commands (`topic`, `topic list`). */
function commandWords(argv: readonly string[]): string[] {
  const two = argv.slice(0, 2)
  if (isCommand(two.join(':'))) return two
  const [first = ''] = argv
  return isCommand(first) || ids.some((id) => id.startsWith(`${first}:`)) ? [first] : []
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

function unknownCommand(argv: readonly string[]): LeatError {
  const typed = argv.slice(0, 2).filter((word) => !word.startsWith('-'))
  if (typed.length === 0 || argv[0]?.startsWith('-') === true)
    return new LeatError('USAGE', `the first word is a command, not ${argv[0]}`, {
      hint: 'Flags come after the command. See `leat --help`.',
      exitCode: exitCodes.usage,
    })
  const names = ids.map((id) => id.replaceAll(':', ' '))
  const near = nearest(typed.join(' '), names) ?? nearest(typed[0] ?? '', names)
  const isGroup = ids.some((id) => id.startsWith(`${typed[0]}:`))
  return new LeatError('USAGE', `there is no command '${isGroup ? typed.join(' ') : typed[0]}'`, {
    hint: `${near === null ? '' : `Did you mean \`leat ${near}\`? `}See \`leat ${isGroup ? `${typed[0]} ` : ''}--help\`.`,
    exitCode: exitCodes.usage,
  })
}
