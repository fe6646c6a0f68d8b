import * as Flags from '@oclif/core/flags'
import { BaseCommand } from '../base-command.ts'
import { topicsFlag } from '../shared-flags.ts'
import { exitCodes } from '../../src/errors/leat-error.ts'
import { parseOffsetRange } from '../../src/grammar/offset.ts'
import { requireCount, requirePartitions } from '../../src/grammar/values.ts'
import { dump } from '../../src/operations/log/dump/dump.ts'
import { counted } from '../../src/errors/counted.ts'
import { DumpPrinter } from '../../src/output/dump-printer.ts'
import { standardOutput } from '../../src/system/standard-output.ts'

export default class LogDump extends BaseCommand {
  static override summary = 'show what is in the files of a data directory, one JSON object a line'
  static override usage = 'log dump [FILE|FOLDER|TOPIC…]'
  static override strict = false
  static override flags = {
    topic: topicsFlag,
    records: Flags.boolean({
      summary: 'records too, with keys, values and headers',
      aliases: ['print-data-log', 'deep-iteration'],
    }),
    decode: Flags.boolean({ summary: "decode control records and those of Kafka's own topics", default: true, allowNo: true }),
    partition: Flags.string({ char: 'p', summary: 'partitions (0,2,5-7)' }),
    offset: Flags.string({ char: 'o', summary: 'only what is about these offsets (120:140)' }),
    'max-messages': Flags.string({
      char: 'n',
      aliases: ['count'],
      charAliases: ['c'],
      summary: 'stop after so many records (batches, without --records)',
    }),
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(LogDump)
    const { location } = this.openCluster(flags)
    const names = this.named(argv, flags.topic)
    const max = flags['max-messages']
    const skipped: string[] = []
    const items = dump({
      files: this.system.files,
      root: location,
      workingDirectory: process.cwd(),
      names,
      partitions: flags.partition === undefined ? null : requirePartitions('--partition', flags.partition),
      offsets: flags.offset === undefined ? null : parseOffsetRange(flags.offset, this.system.clock.now()),
      withRecords: flags.records,
      isDecoding: flags.decode,
      maxItems: max === undefined ? Number.POSITIVE_INFINITY : requireCount('--max-messages', max, 1),
      onSkip: (name) => void skipped.push(name),
    })
    const printer = new DumpPrinter(standardOutput(), this.system.clock)
    await printer.printAll(items, this.signal)
    this.#sumUp(printer, skipped)
  }

  #sumUp({ damageCount, unsupportedCount }: DumpPrinter, skipped: readonly string[]): void {
    if (skipped.length > 0)
      this.note(`leat: passed over ${summary(skipped)}: not part of a log. Name a file or folder to see what is in it`)
    if (unsupportedCount > 0) {
      this.note(
        `leat: ${counted(unsupportedCount, 'file has', 'files have')} messages in a format of Kafka before 0.11, which leat does not read`,
      )
      this.endWith(exitCodes.partial)
    }
    if (damageCount > 0) {
      this.note(`leat: found damage in ${counted(damageCount, 'place')}; \`leat log verify\` tells what it means`)
      this.endWith(exitCodes.damage)
    }
  }
}

/** The first names, and how many more there are. */
function summary(names: readonly string[]): string {
  const shown = names.slice(0, 3)
  return names.length === shown.length ? shown.join(', ') : `${shown.join(', ')} and ${names.length - shown.length} more`
}
