// `group reset` and `group seek`: plan, ask, move, print.
import { confirm, notConfirmed } from './confirm.ts'
import { changeFlags } from './group-arguments.ts'
import { ListingCommand } from './listing-command.ts'
import { counted } from '../src/errors/counted.ts'
import { requireId } from '../src/grammar/values.ts'
import { type MovedOffset, type OffsetTarget, moveOffsets } from '../src/operations/group/move-offsets.ts'
import type { ExportedOffset } from '../src/operations/group/export.ts'
import type { TopicScope } from '../src/operations/group/scope.ts'
import { toJson } from '../src/output/json.ts'
import type { Column } from '../src/output/table.ts'
import type { Interfaces } from '@oclif/core'

type MoveFlags = Interfaces.InferredFlags<typeof changeFlags & (typeof ListingCommand)['baseFlags']>

const COLUMNS: readonly Column<MovedOffset>[] = [
  { header: 'GROUP', text: ({ group }) => group },
  { header: 'TOPIC', text: ({ topic }) => topic },
  { header: 'PARTITION', text: ({ partition }) => partition, align: 'right' },
  { header: 'CURRENT-OFFSET', text: ({ currentOffset }) => currentOffset, align: 'right' },
  { header: 'NEW-OFFSET', text: ({ newOffset }) => newOffset, align: 'right' },
]

interface Move {
  readonly groupId: string
  /** null: all topics that the group has committed offsets of. */
  readonly scope: readonly TopicScope[] | null
  readonly target: OffsetTarget
  /** Prints what is committed as lines that `group import` takes, and only looks unless told to go on. */
  readonly isExported: boolean
}

export abstract class MoveOffsetsCommand extends ListingCommand {
  static override flags = changeFlags

  protected async move(move: Move, flags: MoveFlags): Promise<void> {
    requireId('GROUP', move.groupId)
    const cluster = this.openCluster(flags)
    try {
      const planned = await moveOffsets(cluster, { ...move, note: (text) => this.note(text), isDryRun: true })
      const isDryRun = flags['dry-run'] || (move.isExported && !flags.yes)
      const isAsked = !isDryRun && !flags.yes
      if (isAsked && !(await confirm(`move ${counted(planned.length, 'offset')} of group '${move.groupId}'?`)))
        throw notConfirmed('nothing was moved')
      const moved = isDryRun ? planned : await moveOffsets(cluster, { ...move, note: () => {}, isDryRun: false })
      if (move.isExported) await this.print(moved.map((offset) => `${toJson(exported(offset))}\n`).join(''))
      else await this.printListing(COLUMNS, moved, flags)
    } finally {
      await cluster.close()
    }
  }
}

function exported({ group, topic, partition, newOffset }: MovedOffset): ExportedOffset {
  return { group, topic, partition, offset: newOffset, leaderEpoch: -1, metadata: '' }
}
