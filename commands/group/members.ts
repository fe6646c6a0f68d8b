import { requireNames } from '../group-arguments.ts'
import { GroupListingCommand } from '../group-listing-command.ts'
import { groupsFlag } from '../shared-flags.ts'
import { type MemberRow, assignmentText, listMembers } from '../../src/operations/group/members.ts'
import type { Column } from '../../src/output/table.ts'

const COLUMNS: readonly Column<MemberRow>[] = [
  { header: 'GROUP', text: ({ group }) => group },
  { header: 'CONSUMER-ID', text: ({ consumerId }) => consumerId },
  { header: 'GROUP-INSTANCE-ID', text: ({ groupInstanceId }) => groupInstanceId },
  { header: 'HOST', text: ({ host }) => host },
  { header: 'CLIENT-ID', text: ({ clientId }) => clientId },
  { header: '#PARTITIONS', text: ({ partitions }) => partitions, align: 'right' },
  { header: 'CURRENT-EPOCH', text: ({ currentEpoch }) => currentEpoch, align: 'right' },
  { header: 'CURRENT-ASSIGNMENT', text: ({ assignment }) => assignmentText(assignment) },
  { header: 'TARGET-ASSIGNMENT', text: ({ targetAssignment }) => assignmentText(targetAssignment) },
]

export default class GroupMembers extends GroupListingCommand {
  static override summary = 'show the members of groups and what each has'
  static override usage = 'group members GROUP…'
  static override strict = false
  static override flags = { group: groupsFlag }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(GroupMembers)
    const groupIds = requireNames(this.named(argv, flags.group), this.commandLine)
    const cluster = this.openCluster(flags)
    try {
      const members = await this.eachGroup(groupIds, (groupId) => listMembers(cluster, groupId))
      await this.printListing(COLUMNS, members.flat(), flags)
    } finally {
      await cluster.close()
    }
  }
}
