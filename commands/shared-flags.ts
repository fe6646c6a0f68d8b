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

/** A name for a topic, given in two ways. */
export const topicFlag = Flags.string({ char: 't', summary: 'topic (as well as the argument)' })

/** Of commands that ask before they do what cannot be undone. */
export const yesFlag = Flags.boolean({ char: 'y', summary: 'do not ask' })

/** Of every command that changes something. */
export const dryRunFlag = Flags.boolean({ summary: 'only say what would be done', default: false })
