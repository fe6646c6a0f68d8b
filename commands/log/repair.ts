import * as Flags from '@oclif/core/flags'
import { ListingCommand } from '../listing-command.ts'
import { confirm } from '../confirm.ts'
import { dryRunFlag, topicsFlag } from '../shared-flags.ts'
import { damageStays, repair, type Repair } from '../../src/operations/log/repair.ts'
import { counted } from '../../src/errors/counted.ts'
import { toJson } from '../../src/output/json.ts'
import type { Column } from '../../src/output/table.ts'

const COLUMNS: readonly Column<Repair>[] = [
  { header: 'ACTION', text: ({ action }) => action },
  { header: 'FILE', text: ({ file }) => file },
  { header: 'POSITION', text: ({ position }) => position, align: 'right' },
  { header: 'SIZE', text: ({ sizeInBytes }) => sizeInBytes, align: 'right' },
  { header: 'FROM-OFFSET', text: ({ fromOffset }) => fromOffset, align: 'right' },
  { header: 'TO-OFFSET', text: ({ toOffset }) => toOffset, align: 'right' },
  { header: 'KEPT-IN', text: ({ keptIn }) => keptIn },
  { header: 'REASON', text: ({ reason }) => reason },
]

export default class LogRepair extends ListingCommand {
  static override summary = 'make derived files anew, cut torn ends, take damage out of logs'
  static override usage = 'log repair [TOPIC|FOLDER…]'
  static override strict = false
  static override flags = {
    topic: topicsFlag,
    yes: Flags.boolean({ char: 'y', summary: 'take damage out without asking' }),
    'dry-run': dryRunFlag,
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(LogRepair)
    const { location } = this.openCluster(flags)
    const repairs = await repair({
      system: this.system,
      root: location,
      targets: this.named(argv, flags.topic),
      isDryRun: flags['dry-run'],
      agree: async (damage) => {
        for (const { file, position, problem } of damage)
          this.note(`leat: damage in ${file}${position === null ? '' : ` at ${position}`}: ${problem}`)
        return flags.yes || confirm('take the damage out? Sound records stay, and the bytes are kept beside the segments')
      },
    })
    if (repairs.length > 0) await this.printListing(COLUMNS, repairs, flags)
    const isDryRun = flags['dry-run']
    const left = repairs.filter(({ action }) => action === 'left').length
    const repaired = repairs.length - left
    if (flags.json) await this.print(`${toJson({ action: 'summary', repaired, left, isDryRun })}\n`)
    if (left > 0) throw damageStays(left)
    this.note(`leat: ${repaired === 0 ? 'nothing to repair' : `${counted(repaired, 'repair')} ${isDryRun ? 'to be made' : 'made'}`}`)
  }
}
