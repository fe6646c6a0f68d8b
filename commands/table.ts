import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { BaseCommand } from './base-command.ts'
import { topicFlag } from './shared-flags.ts'
import { counted } from '../src/errors/counted.ts'
import { exitCodes } from '../src/errors/leat-error.ts'
import { parseOffsetBound } from '../src/grammar/offset.ts'
import { requireDelimiter, requirePartitions } from '../src/grammar/values.ts'
import { readTable } from '../src/operations/table/table.ts'
import { chooseWriter } from '../src/output/choose-writer.ts'
import { damageText } from '../src/output/damage.ts'
import { RecordPrinter } from '../src/output/record-printer.ts'
import { standardOutput } from '../src/system/standard-output.ts'

export default class Table extends BaseCommand {
  static override summary = 'the latest value of each key of a topic'
  static override usage = 'table TOPIC'
  static override args = { topic: Args.string({ ignoreStdin: true, description: 'topic' }) }
  static override flags = {
    topic: topicFlag,
    key: Flags.string({ char: 'k', summary: 'only this key; exit code 4 when it has no value' }),
    'as-of': Flags.string({ summary: 'as it was before an offset or a time (42, end-10, @-1h, @2026-11-21)' }),
    follow: Flags.boolean({ char: 'f', summary: 'go on with each change as it comes, deletions too' }),
    partition: Flags.string({ char: 'p', summary: 'partitions (0,2,5-7)' }),
    format: Flags.string({ summary: 'template (%k %s %T %o %h …, \\n \\t)', exclusive: ['json'] }),
    delimiter: Flags.string({ char: 'D', summary: 'what follows each value', default: '\\n' }),
    'key-delimiter': Flags.string({ char: 'K', summary: 'what follows each key', default: '\\t' }),
    null: Flags.boolean({ char: 'Z', summary: 'print NULL for the value of a deleted key (--follow)' }),
    'isolation-level': Flags.string({
      summary: 'whether records of aborted and open transactions count',
      options: ['read_committed', 'read_uncommitted'],
      default: 'read_committed',
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Table)
    const topic = this.oneTopic(args.topic, flags.topic)
    const writer = chooseWriter({
      isJson: flags.json,
      template: flags.format ?? null,
      headersOnly: false,
      delimiter: requireDelimiter('--delimiter', flags.delimiter),
      keyDelimiter: requireDelimiter('--key-delimiter', flags['key-delimiter']),
      showsNull: flags.null,
    })
    const asOf = flags['as-of'] === undefined ? null : parseOffsetBound(flags['as-of'], this.system.clock.now(), '--as-of')
    const cluster = this.openCluster(flags)
    let damaged = 0
    try {
      const { rows, keylessRecords } = await readTable({
        cluster,
        system: this.system,
        topic,
        partitions: flags.partition === undefined ? null : requirePartitions('--partition', flags.partition),
        asOf,
        key: flags.key === undefined ? null : Buffer.from(flags.key),
        isFollowing: flags.follow,
        isCommittedOnly: flags['isolation-level'] === 'read_committed',
        sink: new RecordPrinter(writer, standardOutput(), Number.POSITIVE_INFINITY),
        onDamage: (damage) => {
          damaged++
          this.note(`leat: ${damageText(damage)}`)
        },
        signal: this.signal,
      })
      if (keylessRecords > 0)
        this.note(`leat: ${counted(keylessRecords, 'record')} without a key ${keylessRecords === 1 ? 'is' : 'are'} in no table`)
      if (flags.key !== undefined && rows === 0 && !flags.follow) {
        this.note(`leat: '${topic}' has no value for the key '${flags.key}'`)
        this.endWith(exitCodes.conditionNotMet)
      }
    } finally {
      await cluster.close()
    }
    if (damaged > 0) this.endWith(exitCodes.partial)
  }
}
