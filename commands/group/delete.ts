import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../base-command.ts'
import { confirm, notConfirmed } from '../confirm.ts'
import { changeFlags, requireNames } from '../group-arguments.ts'
import { groupsFlag } from '../shared-flags.ts'
import { counted } from '../../src/errors/counted.ts'
import { deleteGroupOffsets, deleteGroups } from '../../src/operations/group/delete.ts'
import { parseTopicScope } from '../../src/operations/group/scope.ts'
import { toJson } from '../../src/output/json.ts'

export default class GroupDelete extends BaseCommand {
  static override summary = 'delete groups, or what they have committed of some topics'
  static override usage = 'group delete GROUP…'
  static override strict = false
  static override flags = {
    group: groupsFlag,
    topic: Flags.string({
      char: 't',
      summary: 'only offsets of this topic, or of some of its partitions (orders:0,2)',
      multiple: true,
      multipleNonGreedy: true,
    }),
    ...changeFlags,
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(GroupDelete)
    const groupIds = requireNames(this.named(argv, flags.group), this.commandLine)
    const scope = flags.topic?.map((text) => parseTopicScope('--topic', text)) ?? null
    const what = scope === null ? groupIds.join(', ') : `offsets of ${flags.topic?.join(', ')} in ${groupIds.join(', ')}`
    const isDryRun = flags['dry-run']
    const cluster = this.openCluster(flags)
    try {
      // What cannot be done is told before anybody is asked.
      if (scope === null) await deleteGroups(cluster, groupIds, true)
      else for (const group of groupIds) await deleteGroupOffsets(cluster, group, scope, true)
      if (!isDryRun && !flags.yes && !(await confirm(`delete ${what}?`))) throw notConfirmed('nothing was deleted')
      if (scope === null) await deleteGroups(cluster, groupIds, isDryRun)
      let offsets = 0
      for (const group of groupIds) {
        const deleted = scope === null ? [{ group }] : await deleteGroupOffsets(cluster, group, scope, isDryRun)
        offsets += scope === null ? 0 : deleted.length
        if (flags.json) for (const item of deleted) await this.print(`${toJson({ group, ...item, isDryRun })}\n`)
      }
      const done = isDryRun ? 'would delete' : 'deleted'
      this.note(
        scope === null
          ? `leat: ${done} ${what}`
          : `leat: ${done} ${counted(offsets, 'offset')} of ${flags.topic?.join(', ')} in ${groupIds.join(', ')}`,
      )
    } finally {
      await cluster.close()
    }
  }
}
