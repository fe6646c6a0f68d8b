// `--dlq` may have a value, which flags of the parser cannot: `--dlq=NAME`, or the word after it where a topic to read was named before.

/** What is known of a flag. */
interface FlagSpelling {
  readonly type: 'boolean' | 'option'
  readonly char?: string
  readonly aliases?: readonly string[]
  readonly charAliases?: readonly string[]
}

type FlagSpellings = Readonly<Record<string, FlagSpelling>>

/** @returns the arguments with `--dlq-topic NAME` in the place of such */
export function expandDlq(argv: readonly string[], flags: FlagSpellings): string[] {
  const expanded: string[] = []
  let hasTopic = false
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] as string
    const next = argv[index + 1]
    if (word === '--') return [...expanded, ...argv.slice(index)]
    if (word.startsWith('--dlq=')) expanded.push('--dlq-topic', word.slice('--dlq='.length))
    else if (word === '--dlq' && hasTopic && next !== undefined && !next.startsWith('-'))
      expanded.push('--dlq-topic', argv[++index] as string)
    else {
      expanded.push(word)
      if (!word.startsWith('-') || word === '-t' || word === '--topic') hasTopic = true
      if (takesValue(flags, word) && next !== undefined) expanded.push(argv[++index] as string)
    }
  }
  return expanded
}

/** Whether a word is a flag whose value is the next word. */
function takesValue(flags: FlagSpellings, word: string): boolean {
  return Object.entries(flags).some(([name, { type, char, aliases = [], charAliases = [] }]) => {
    const spellings = [...[name, ...aliases].map((long) => `--${long}`), ...[char, ...charAliases].map((short) => `-${short}`)]
    return type === 'option' && spellings.includes(word)
  })
}
