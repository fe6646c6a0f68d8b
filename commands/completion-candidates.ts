// What may come next on a command line: commands, then flags, their values, and names of topics and groups.
import { flagsLast } from './flags-last.ts'
import { argumentCount, argumentNames, flagNamed, splitAtEquals, startsWith, valueOf } from './typed-words.ts'
import type { CommandEntry, CommandTree } from './command-tree.ts'

export interface Candidate {
  readonly word: string
  readonly meaning: string
}

/** What has a name in a data directory. */
export type Named = 'topic' | 'group'

/** Names in the directory that --dir says; null: it does not say one. */
export type NamesIn = (named: Named, directory: string | null) => Promise<string[]>

/** @param typed the words after `leat`; the last one, perhaps empty, is the one to complete */
export async function candidates(tree: CommandTree, typed: readonly string[], namesIn: NamesIn): Promise<Candidate[]> {
  const words = splitAtEquals(typed)
  const begun = words.at(-1) ?? ''
  // What the shell has as one word is replaced as one.
  const last = typed.at(-1) ?? ''
  const stays = last === '=' ? '' : last.slice(0, last.length - begun.length)
  const before = flagsLast(words.slice(0, -1))
  const command = tree.commands.find(({ command: name }) => startsWith(before, name.split(' ')))
  const all = command === undefined ? nextWords(tree, before) : await inCommand(tree, command, before, begun, namesIn)
  return all.filter(({ word }) => word.startsWith(begun)).map(({ word, meaning }) => ({ word: `${stays}${word}`, meaning }))
}

function nextWords(tree: CommandTree, before: readonly string[]): Candidate[] {
  // What stands before a command, or within its name, are flags that all commands have.
  if (tree.commands.some(({ flags }) => flagNamed(flags, before.at(-1) ?? '')?.takesValue === true)) return []
  const flagsAt = before.findIndex((word) => word.startsWith('-'))
  const typed = flagsAt < 0 ? before : before.slice(0, flagsAt)
  const words = new Map<string, string>()
  for (const { command, summary } of tree.commands) {
    const names = command.split(' ')
    const next = names[typed.length]
    if (next === undefined || !startsWith(names, typed)) continue
    const isGroup = names.length > typed.length + 1
    words.set(next, isGroup ? (tree.groups.find(({ group }) => group === next)?.summary ?? '') : summary)
  }
  return [...words].map(([word, meaning]) => ({ word, meaning }))
}

async function inCommand(
  tree: CommandTree,
  command: CommandEntry,
  typed: readonly string[],
  begun: string,
  namesIn: NamesIn,
): Promise<Candidate[]> {
  const names = async (named: Named): Promise<Candidate[]> =>
    (await namesIn(named, valueOf(command.flags, '--dir', typed))).map((word) => ({ word, meaning: named }))
  const flag = flagNamed(command.flags, typed.at(-1) ?? '')
  if (flag?.takesValue === true) {
    if (flag.flag === '--topic') return names('topic')
    if (flag.flag === '--group') return names('group')
    return (flag.values ?? []).map((word) => ({ word, meaning: flag.summary }))
  }
  if (begun.startsWith('-')) return command.flags.map(({ flag: word, summary: meaning }) => ({ word, meaning }))
  if (command.command === 'help') return nextWords(tree, typed.slice(1))
  const [argument] = command.arguments
  if (argument?.values !== undefined && argument.values !== null)
    return argument.values.map((word) => ({ word, meaning: argument.summary }))
  const named = namedBy(command, argumentCount(command, typed))
  return named === null ? [] : names(named)
}

/** Of what the argument at `index` is the name, where that exists already. */
function namedBy(command: CommandEntry, index: number): Named | null {
  if (command.command === 'topic create') return null
  const name = argumentNames(command)
    .slice(0, index + 1)
    .findLast((argument, at) => at === index || argument.endsWith('…'))
  if (name === undefined) return null
  if (/\bGROUP\b/.test(name)) return 'group'
  return /\b(TOPIC|FROM|TO)\b/.test(name) ? 'topic' : null
}
