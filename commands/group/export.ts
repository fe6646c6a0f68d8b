import { BaseCommand } from '../base-command.ts'
import { groupsFlag } from '../shared-flags.ts'
import { exportOffsets } from '../../src/operations/group/export.ts'
import { toJson } from '../../src/output/json.ts'

export default class GroupExport extends BaseCommand {
  static override summary = 'print committed offsets as lines that group import takes'
  static override usage = 'group export [GROUP…]'
  static override strict = false
  static override flags = { group: groupsFlag }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(GroupExport)
    const groupIds = this.named(argv, flags.group)
    const cluster = this.openCluster(flags)
    try {
      const offsets = await exportOffsets(cluster, groupIds.length > 0 ? groupIds : null)
      await this.print(offsets.map((offset) => `${toJson(offset)}\n`).join(''))
    } finally {
      await cluster.close()
    }
  }
}
