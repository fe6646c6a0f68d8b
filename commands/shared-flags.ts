// Flags that mean the same in every command that has them.
import * as Flags from '@oclif/core/flags'

export const DEFAULT_DIRECTORY = '.leat'

/** Where the records are, and how much is said. */
export const baseFlags = {
  dir: Flags.string({ char: 'd', env: 'LEAT_DIR', summary: 'data directory', default: DEFAULT_DIRECTORY, helpGroup: 'WHERE' }),
  'bootstrap-server': Flags.string({
    char: 'b',
    aliases: ['bootstrap-servers', 'brokers'],
    env: 'LEAT_BOOTSTRAP_SERVERS',
    summary: 'a broker in place of a directory (HOST:PORT[,…])',
    helpGroup: 'WHERE',
  }),
  json: Flags.boolean({ char: 'J', summary: 'JSON output, one object a line', helpGroup: 'OUTPUT' }),
  quiet: Flags.boolean({ char: 'q', summary: 'no notes on stderr', helpGroup: 'OUTPUT' }),
  verbose: Flags.boolean({ char: 'v', summary: 'more on stderr', helpGroup: 'OUTPUT' }),
}

const repeatable = { multiple: true, multipleNonGreedy: true } as const

/** Names that Kafka's tools take from flags, given in two ways. */
export const topicFlag = Flags.string({ char: 't', summary: 'topic (as well as the argument)' })
export const topicsFlag = Flags.string({ char: 't', summary: 'topic (as well as the argument)', ...repeatable })
export const groupFlag = Flags.string({ char: 'g', summary: 'group (as well as the argument)' })
export const groupsFlag = Flags.string({ char: 'g', summary: 'group (as well as the argument)', ...repeatable })

/** Of commands that ask before they do what cannot be undone. */
export const yesFlag = Flags.boolean({ char: 'y', summary: 'do not ask' })

/** Of every command that changes something. */
export const dryRunFlag = Flags.boolean({ summary: 'only say what would be done', default: false })
