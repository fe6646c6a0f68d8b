// What may come next on a command line: commands, then flags, their values, and topics.
import type { CommandEntry, CommandTree, FlagEntry } from './command-tree.ts'

export interface Candidate {
  readonly word: string
  readonly meaning: string
}

/**
 * @param typed the words after `leat`; the last one, perhaps empty, is the one to complete
 * @param topicsIn names of the topics in a data directory
 */
export function candidates(tree: CommandTree, typed: readonly string[], topicsIn: (directory: string | null) => string[]): Candidate[] {
  const begun = typed.at(-1) ?? ''
  const command = tree.commands.find(({ command: name }) => startsWith(typed.slice(0, -1), name.split(' ')))
  const all = command === undefined ? nextWords(tree, typed.slice(0, -1)) : inCommand(command, typed.slice(0, -1), begun, topicsIn)
  return all.filter(({ word }) => word.startsWith(begun))
}

function nextWords(tree: CommandTree, typed: readonly string[]): Candidate[] {
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

function inCommand(
  command: CommandEntry,
  typed: readonly string[],
  begun: string,
  topicsIn: (directory: string | null) => string[],
): Candidate[] {
  const topics = (): Candidate[] => topicsIn(valueOf(command.flags, '--dir', typed)).map((word) => ({ word, meaning: 'topic' }))
  const flag = flagNamed(command.flags, typed.at(-1) ?? '')
  if (flag?.takesValue === true) {
    if (flag.flag === '--topic') return topics()
    return (flag.values ?? []).map((word) => ({ word, meaning: flag.summary }))
  }
  if (begun.startsWith('-')) return command.flags.map(({ flag: word, summary: meaning }) => ({ word, meaning }))
  const [argument] = command.arguments
  if (argument?.values !== undefined && argument.values !== null)
    return argument.values.map((word) => ({ word, meaning: argument.summary }))
  return takesExistingTopics(command) ? topics() : []
}

function takesExistingTopics({ command, usage, arguments: [argument] }: CommandEntry): boolean {
  return command !== 'topic create' && (argument?.name === 'TOPIC' || /\bTOPIC\b/.test(usage ?? ''))
}

function flagNamed(flags: readonly FlagEntry[], word: string): FlagEntry | undefined {
  return flags.find(({ flag, char, aliases }) => word === flag || word === char || aliases.includes(word))
}

/** The value that a flag has in the words typed so far. */
function valueOf(flags: readonly FlagEntry[], name: string, typed: readonly string[]): string | null {
  const at = typed.findLastIndex((word, index) => flagNamed(flags, word)?.flag === name && index < typed.length - 1)
  return at < 0 ? null : (typed[at + 1] ?? null)
}

function startsWith(words: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((word, index) => words[index] === word)
}
