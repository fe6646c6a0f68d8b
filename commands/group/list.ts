import * as Flags from '@oclif/core/flags'
import { ListingCommand } from '../listing-command.ts'
import { type GroupRow, listGroups } from '../../src/operations/group/list.ts'
import type { Column } from '../../src/output/table.ts'

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
      await this.printListing(COLUMNS, await listGroups(cluster, { states: wordsOf(flags.state), types: wordsOf(flags.type) }), flags)
    } finally {
      await cluster.close()
    }
  }
}

function wordsOf(text: string | undefined): string[] | null {
  return text === undefined ? null : text.split(',').map((word) => word.trim().toLowerCase())
}
