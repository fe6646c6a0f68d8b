import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { BaseCommand, topicFlag } from './base-command.ts'
import { parseOffsetRange } from '../src/grammar/offset.ts'
import { requireDelimiter, requirePartitions } from '../src/grammar/values.ts'
import { consume } from '../src/operations/consume/consume.ts'
import { resolveRanges } from '../src/operations/consume/ranges.ts'
import { EnvelopeWriter } from '../src/output/envelope-writer.ts'
import { ValueWriter } from '../src/output/record-writer.ts'
import { RecordPrinter } from '../src/output/record-printer.ts'
import { standardOutput } from '../src/system/standard-output.ts'

export default class Consume extends BaseCommand {
  static override summary = 'print the records of topics'
  static override args = { topic: Args.string({ description: 'topics' }) }
  static override strict = false
  static override flags = {
    topic: topicFlag,
    partition: Flags.string({ char: 'p', summary: 'partitions (0,2,5-7)' }),
    offset: Flags.string({ char: 'o', summary: 'where to begin, or a range', default: 'beginning' }),
    follow: Flags.boolean({ char: 'f', summary: 'go on as records come' }),
    'max-messages': Flags.string({ char: 'n', aliases: ['count'], charAliases: ['c'], summary: 'stop after so many records' }),
    delimiter: Flags.string({ char: 'D', summary: 'what follows each value', default: '\\n' }),
    'isolation-level': Flags.string({
      summary: 'whether aborted and open transactions are seen',
      options: ['read_committed', 'read_uncommitted'],
      default: 'read_uncommitted',
    }),
    control: Flags.boolean({ summary: 'show transaction markers' }),
    'headers-only': Flags.boolean({ summary: 'leave key and value out (with --json)' }),
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Consume)
    const topics = argv.length > 0 ? (argv as string[]) : [this.requireTopic(undefined, flags.topic)]
    const cluster = this.openCluster(flags)
    const writer = flags.json
      ? new EnvelopeWriter({ headersOnly: flags['headers-only'] })
      : new ValueWriter(requireDelimiter('--delimiter', flags.delimiter))
    const printer = new RecordPrinter(
      writer,
      standardOutput(),
      flags['max-messages'] === undefined ? Number.POSITIVE_INFINITY : Number(flags['max-messages']),
    )
    let damaged = 0
    const ranges = resolveRanges(cluster, {
      topics,
      partitions: flags.partition === undefined ? null : requirePartitions('--partition', flags.partition),
      offsets: parseOffsetRange(flags.offset, this.system.clock.now()),
      isFollowing: flags.follow,
    })
    try {
      await consume({
        cluster,
        ranges,
        sink: printer,
        isCommittedOnly: flags['isolation-level'] === 'read_committed',
        withControl: flags.control,
        onDamage: (damage) => {
          damaged++
          this.note(
            `leat: CORRUPT_MESSAGE: ${damage.sizeInBytes} bytes of ${damage.file} at ${damage.position} cannot be read (offsets ${damage.fromOffset} to ${damage.toOffset - 1n}): ${damage.reason}`,
          )
        },
        signal: this.signal,
      })
    } finally {
      await cluster.close()
    }
    if (damaged > 0) this.endWith(3)
  }
}
