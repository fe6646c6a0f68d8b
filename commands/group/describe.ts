import { requireNames } from '../group-arguments.ts'
import { GroupListingCommand } from '../group-listing-command.ts'
import { groupsFlag } from '../shared-flags.ts'
import { type GroupPartition, describeGroup } from '../../src/operations/group/describe.ts'
import type { Column } from '../../src/output/table.ts'

const COLUMNS: readonly Column<GroupPartition>[] = [
  { header: 'GROUP', text: ({ group }) => group },
  { header: 'TOPIC', text: ({ topic }) => topic },
  { header: 'PARTITION', text: ({ partition }) => partition, align: 'right' },
  { header: 'CURRENT-OFFSET', text: ({ currentOffset }) => currentOffset, align: 'right' },
  { header: 'LOG-END-OFFSET', text: ({ logEndOffset }) => logEndOffset, align: 'right' },
  { header: 'LAG', text: ({ lag }) => lag, align: 'right' },
  { header: 'CONSUMER-ID', text: ({ consumerId }) => consumerId },
  { header: 'HOST', text: ({ host }) => host },
  { header: 'CLIENT-ID', text: ({ clientId }) => clientId },
]

export default class GroupDescribe extends GroupListingCommand {
  static override summary = 'show where groups are in each partition'
  static override usage = 'group describe GROUP…'
  static override strict = false
  static override flags = { group: groupsFlag }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(GroupDescribe)
    const groupIds = requireNames(this.named(argv, flags.group), this.commandLine)
    const cluster = this.openCluster(flags)
    try {
      const groups = await this.eachGroup(groupIds, (groupId) => describeGroup(cluster, groupId))
      for (const { group } of groups)
        if (group.members.length === 0) this.note(`leat: group '${group.groupId}' has no members; it is in state ${group.state}`)
      await this.printListing(
        COLUMNS,
        groups.flatMap(({ partitions }) => partitions),
        flags,
      )
    } finally {
      await cluster.close()
    }
  }
}
