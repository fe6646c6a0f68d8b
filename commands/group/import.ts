import * as Args from '@oclif/core/args'
import { BaseCommand } from '../base-command.ts'
import { readText } from '../read-text.ts'
import { dryRunFlag } from '../shared-flags.ts'
import { counted } from '../../src/errors/counted.ts'
import { importOffsets, parseExport } from '../../src/operations/group/import.ts'
import { toJson } from '../../src/output/json.ts'

export default class GroupImport extends BaseCommand {
  static override summary = 'take committed offsets from lines of group export'
  static override args = { file: Args.string({ ignoreStdin: true, description: 'a file in place of standard input', default: '-' }) }
  static override flags = { 'dry-run': dryRunFlag }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(GroupImport)
    const isDryRun = flags['dry-run']
    const offsets = parseExport(await readText(args.file))
    const cluster = this.openCluster(flags)
    try {
      const groups = await importOffsets(cluster, offsets, isDryRun)
      if (flags.json) for (const { line: _, ...offset } of offsets) await this.print(`${toJson({ ...offset, isDryRun })}\n`)
      this.note(`leat: ${isDryRun ? 'would import' : 'imported'} ${counted(offsets.length, 'offset')} of ${counted(groups, 'group')}`)
    } finally {
      await cluster.close()
    }
  }
}
