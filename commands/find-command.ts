// Which command a command line names, and which words are left for it. Flags that all commands have may stand before its name, too
// (`leat -d data topic list`), as with git.
import { LeatError, exitCodes } from '../src/errors/leat-error.ts'
import { nearest } from '../src/errors/nearest.ts'
import { commands } from './index.ts'
import { baseFlags } from './shared-flags.ts'

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
  if (isHelp && (name.length > 0 || isOnlyFlags(ordered))) return { id: 'help', words: name }
  throw unknownCommand(ordered)
}

/** The words with the command's name first: flags that all commands have are put behind it. */
export function flagsLast(argv: readonly string[]): string[] {
  const [before, rest] = splitFlags(argv)
  const [first = '', ...more] = rest
  if (rest.length === 0 || !isGroup(first)) return [...rest.slice(0, 1), ...before, ...more]
  const [between, [second, ...others]] = splitFlags(more)
  return [first, ...(second === undefined ? [] : [second]), ...before, ...between, ...others]
}

/** Those of the first words that are flags that all commands have, with their values, and all other words. */
function splitFlags(argv: readonly string[]): [flags: string[], others: string[]] {
  let count = 0
  while (count < argv.length) {
    const taken = wordsOfFlag(argv[count] as string)
    if (taken === 0) break
    count += taken
  }
  return [argv.slice(0, count), argv.slice(count)]
}

/** 0: it is no flag that all commands have; 2: its value is the next word. */
function wordsOfFlag(word: string): number {
  for (const [name, { type, char, ...flag }] of Object.entries(baseFlags)) {
    const names = [name, ...('aliases' in flag ? (flag.aliases ?? []) : [])].map((long) => `--${long}`)
    const short = `-${char}`
    if (word === short || names.includes(word)) return type === 'option' ? 2 : 1
    if (type === 'option' && (names.some((long) => word.startsWith(`${long}=`)) || (word.startsWith(short) && !word.startsWith('--'))))
      return 1
  }
  return 0
}

/** The first words that name a command or a group of commands (`topic`, `topic list`). */
function commandWords(argv: readonly string[]): string[] {
  const two = argv.slice(0, 2)
  if (isCommand(two.join(':'))) return two
  const [first = ''] = argv
  return isCommand(first) || isGroup(first) ? [first] : []
}

function isGroup(word: string): boolean {
  return ids.some((id) => id.startsWith(`${word}:`))
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
