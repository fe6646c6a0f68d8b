import * as Flags from '@oclif/core/flags'
import { ListingCommand } from '../listing-command.ts'
import { type GroupRow, listGroups } from '../../src/operations/group/list.ts'
import { LeatError, exitCodes } from '../../src/errors/leat-error.ts'
import type { GroupType } from '../../src/client/groups.ts'
import type { Column } from '../../src/output/table.ts'

/** All of Kafka's, those of groups that only a broker has included. */
const STATES = ['Assigning', 'CompletingRebalance', 'Dead', 'Empty', 'NotReady', 'PreparingRebalance', 'Reconciling', 'Stable', 'Unknown']
const TYPES: readonly GroupType[] = ['Classic', 'Consumer', 'Share', 'Streams']

const COLUMNS: readonly Column<GroupRow>[] = [
  { header: 'GROUP', text: ({ group }) => group },
  { header: 'TYPE', text: ({ type }) => type },
  { header: 'PROTOCOL', text: ({ protocol }) => protocol },
  { header: 'STATE', text: ({ state }) => state },
]

export default class GroupList extends ListingCommand {
  static override summary = 'list the groups'
  static override flags = {
    state: Flags.string({ summary: 'only groups in these states (Stable,Empty)' }),
    type: Flags.string({ summary: 'only groups of these types (Classic,Consumer,Share)' }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(GroupList)
    const cluster = this.openCluster(flags)
    try {
      await this.printListing(
        COLUMNS,
        await listGroups(cluster, { states: wordsOf('--state', flags.state, STATES), types: wordsOf('--type', flags.type, TYPES) }),
        flags,
      )
    } finally {
      await cluster.close()
    }
  }
}

/** Upper or lower case, as with Kafka. @throws LeatError (usage) */
function wordsOf(flag: string, text: string | undefined, known: readonly string[]): string[] | null {
  if (text === undefined) return null
  const words = text.split(',').map((word) => word.trim())
  const unknown = words.find((word) => !known.some((name) => name.toLowerCase() === word.toLowerCase()))
  if (unknown === undefined) return words.map((word) => word.toLowerCase())
  throw new LeatError('USAGE', `${flag} ${text}: there is no '${unknown}'`, {
    hint: `There are ${known.join(', ')}.`,
    exitCode: exitCodes.usage,
  })
}
