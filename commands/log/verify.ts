import * as Flags from '@oclif/core/flags'
import { ListingCommand } from '../listing-command.ts'
import { topicsFlag } from '../shared-flags.ts'
import type { Finding } from '../../src/operations/log/finding.ts'
import { exitCodeOf, verify, type VerifySummary } from '../../src/operations/log/verify.ts'
import { counted } from '../../src/errors/counted.ts'
import { toJson } from '../../src/output/json.ts'
import type { Column } from '../../src/output/table.ts'

const COLUMNS: readonly Column<Finding>[] = [
  { header: 'KIND', text: ({ kind }) => kind },
  { header: 'FILE', text: ({ file }) => file },
  { header: 'POSITION', text: ({ position }) => position, align: 'right' },
  { header: 'SIZE', text: ({ sizeInBytes }) => sizeInBytes, align: 'right' },
  { header: 'FROM-OFFSET', text: ({ fromOffset }) => fromOffset, align: 'right' },
  { header: 'TO-OFFSET', text: ({ toOffset }) => toOffset, align: 'right' },
  { header: 'PROBLEM', text: ({ problem }) => problem },
]

export default class LogVerify extends ListingCommand {
  static override summary = 'check every batch and every file beside it; exits 5 on damage'
  static override usage = 'log verify [TOPIC|FOLDER|FILE…]'
  static override strict = false
  static override flags = {
    topic: topicsFlag,
    deep: Flags.boolean({ summary: 'look at the records inside the batches too', default: true, allowNo: true }),
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(LogVerify)
    const { location } = this.openCluster(flags)
    const findings: Finding[] = []
    const summary = await verify({
      files: this.system.files,
      root: location,
      targets: this.named(argv, flags.topic),
      isDeep: flags.deep,
      onFinding: (finding) => void findings.push(finding),
    })
    if (findings.length > 0) await this.printListing(COLUMNS, findings, flags)
    if (flags.json) await this.print(`${toJson({ kind: 'summary', ...summary })}\n`)
    this.note(`leat: ${summaryText(summary)}`)
    this.endWith(exitCodeOf(summary))
  }
}

function summaryText({ partitions, segments, batches, records, sizeInBytes, damaged, unsupported, notes }: VerifySummary): string {
  const looked = [
    counted(partitions, 'partition'),
    counted(segments, 'segment'),
    counted(batches, 'batch', 'batches'),
    counted(records, 'record'),
    counted(sizeInBytes, 'byte'),
  ]
  const found = [
    damaged === 0 ? 'no damage' : `damage in ${counted(damaged, 'place')}`,
    ...(unsupported === 0 ? [] : [`${unsupported} in an old format`]),
    ...(notes === 0 ? [] : [counted(notes, 'note')]),
  ]
  return `${looked.join(', ')}: ${found.join(', ')}`
}
