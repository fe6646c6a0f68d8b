// Flags that all commands have may stand before a command's name, too (`leat -d data topic list`), as with git, and within it.
import { commands } from './index.ts'
import { baseFlags } from './shared-flags.ts'

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

/** Whether commands share this as their first word. */
export function isGroup(word: string): boolean {
  return Object.keys(commands).some((id) => id.startsWith(`${word}:`))
}
