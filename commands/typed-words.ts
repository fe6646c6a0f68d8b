// What the words of a command line are, as far as it is typed: arguments, flags, values of flags.
import type { CommandEntry, FlagEntry } from './command-tree.ts'

/** As in the usage line; the last one ends with … where any number of them may follow. */
export function argumentNames({ command, usage, arguments: listed, isVariadic }: CommandEntry): string[] {
  if (usage !== null) return usage.split(' ').slice(command.split(' ').length)
  return listed.map(({ name }, index) => (isVariadic && index === listed.length - 1 ? `${name}…` : name))
}

/** How many of the words typed so far are arguments. */
export function argumentCount({ command, flags }: CommandEntry, typed: readonly string[]): number {
  const words = typed.slice(command.split(' ').length)
  return words.filter((word, index) => !word.startsWith('-') && flagNamed(flags, words[index - 1] ?? '')?.takesValue !== true).length
}

export function flagNamed(flags: readonly FlagEntry[], word: string): FlagEntry | undefined {
  return flags.find(({ flag, char, aliases }) => word === flag || word === char || aliases.includes(word))
}

/** The value that a flag has in the words typed so far. */
export function valueOf(flags: readonly FlagEntry[], name: string, typed: readonly string[]): string | null {
  const at = typed.findLastIndex((word, index) => flagNamed(flags, word)?.flag === name && index < typed.length - 1)
  return at < 0 ? null : (typed[at + 1] ?? null)
}

/** A flag and its value as two words, where they are one (`--dir=data`) or, as bash gives them, three (`--dir`, `=`, `data`). */
export function splitAtEquals(words: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    if (word === '=' && words[index - 1]?.startsWith('--') === true) return index === words.length - 1 ? [''] : []
    const { flag, value } = /^(?<flag>--[^=]+)=(?<value>.*)$/su.exec(word)?.groups ?? {}
    return flag === undefined || value === undefined ? [word] : [flag, value]
  })
}

export function startsWith(words: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((word, index) => words[index] === word)
}
