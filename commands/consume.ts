import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { BaseCommand, topicFlag } from './base-command.ts'
import { exitCodes } from '../src/errors/leat-error.ts'
import { requireDuration } from '../src/grammar/duration.ts'
import { allOf, compileFilter, keyEquals, type RecordPredicate } from '../src/grammar/filter.ts'
import { requireNamePattern } from '../src/grammar/name-pattern.ts'
import { parseOffsetBound, parseOffsetRange } from '../src/grammar/offset.ts'
import { requireCount, requireDelimiter, requirePartitions } from '../src/grammar/values.ts'
import { compileWhere } from '../src/input/where.ts'
import { consume } from '../src/operations/consume/consume.ts'
import { resolveRanges } from '../src/operations/consume/ranges.ts'
import { matchingTopics } from '../src/operations/consume/topics.ts'
import { chooseWriter } from '../src/output/choose-writer.ts'
import { damageText } from '../src/output/damage.ts'
import { RecordPrinter } from '../src/output/record-printer.ts'
import type { RecordWriter } from '../src/output/record-writer.ts'
import { standardOutput } from '../src/system/standard-output.ts'
import type { Interfaces } from '@oclif/core'

type ConsumeFlags = Interfaces.InferredFlags<(typeof Consume)['flags'] & (typeof BaseCommand)['baseFlags']>

export default class Consume extends BaseCommand {
  static override summary = 'print the records of topics, from the beginning to the present end'
  static override args = { topic: Args.string({ ignoreStdin: true, description: 'topics' }) }
  static override strict = false
  static override flags = {
    topic: topicFlag,
    regex: Flags.boolean({ char: 'r', summary: 'topics are regular expressions' }),
    partition: Flags.string({ char: 'p', summary: 'partitions (0,2,5-7)' }),
    offset: Flags.string({ char: 'o', summary: 'where to begin, or a range (42, -10, @-1h, 10:20)', default: 'beginning' }),
    'from-beginning': Flags.boolean({ summary: 'begin at the beginning (the default)', exclusive: ['offset'] }),
    until: Flags.string({ summary: 'where to stop (an offset or @TIME), exclusive' }),
    follow: Flags.boolean({ char: 'f', summary: 'go on as records come' }),
    exit: Flags.boolean({ char: 'e', summary: 'stop at the present end (the default)', exclusive: ['follow'] }),
    'max-messages': Flags.string({ char: 'n', aliases: ['count'], charAliases: ['c'], summary: 'stop after so many records' }),
    timeout: Flags.string({ summary: 'wait this long for records; fewer than -n by then is exit code 4' }),
    'timeout-ms': Flags.string({ summary: 'the same in milliseconds', exclusive: ['timeout'] }),
    format: Flags.string({ summary: 'template (%t %p %o %k %s %T %h …, \\n \\t)', exclusive: ['json'] }),
    delimiter: Flags.string({ char: 'D', summary: 'what follows each value', default: '\\n' }),
    'key-delimiter': Flags.string({ char: 'K', summary: 'print keys too, each followed by this' }),
    null: Flags.boolean({ char: 'Z', summary: 'print NULL for a null key or value' }),
    filter: Flags.string({ summary: 'wanted records: k:REGEX, v:REGEX, h:NAME=REGEX; ! negates', multiple: true, multipleNonGreedy: true }),
    where: Flags.string({ summary: 'wanted records: .status == "paid" && .total >= 100', multiple: true, multipleNonGreedy: true }),
    key: Flags.string({ char: 'k', summary: 'wanted records: those with this key' }),
    'headers-only': Flags.boolean({ summary: 'leave key and value out' }),
    'isolation-level': Flags.string({
      summary: 'whether records of aborted and open transactions are seen',
      options: ['read_committed', 'read_uncommitted'],
      default: 'read_uncommitted',
    }),
    control: Flags.boolean({ summary: 'show transaction markers', dependsOn: ['json'] }),
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Consume)
    const names = argv.length > 0 ? (argv as string[]) : [this.requireTopic(undefined, flags.topic)]
    const maxRecords =
      flags['max-messages'] === undefined ? Number.POSITIVE_INFINITY : requireCount('--max-messages', flags['max-messages'], 0)
    const printer = new RecordPrinter(writerFor(flags), standardOutput(), maxRecords, predicate(flags))
    const now = this.system.clock.now()
    const offsets = parseOffsetRange(flags.offset, now)
    const until = flags.until === undefined ? offsets.to : parseOffsetBound(flags.until, now, '--until')
    const timeoutMs = timeoutOf(flags)
    const cluster = this.openCluster(flags)
    let damaged = 0
    try {
      const topics = flags.regex
        ? matchingTopics(
            cluster,
            names.map((name) => requireNamePattern('--regex', name)),
          )
        : names
      const ranges = resolveRanges(cluster, {
        topics,
        partitions: flags.partition === undefined ? null : requirePartitions('--partition', flags.partition),
        offsets: { ...offsets, to: until },
        isFollowing: flags.follow || timeoutMs !== null,
      })
      await consume({
        cluster,
        ranges: maxRecords === 0 ? [] : ranges,
        sink: printer,
        isCommittedOnly: flags['isolation-level'] === 'read_committed',
        withControl: flags.control,
        onDamage: (damage) => {
          damaged++
          this.note(`leat: ${damageText(damage)}`)
        },
        signal: timeoutMs === null ? this.signal : AbortSignal.any([this.signal, AbortSignal.timeout(timeoutMs)]),
      })
    } finally {
      await cluster.close()
    }
    if (timeoutMs !== null && printer.count < maxRecords && maxRecords !== Number.POSITIVE_INFINITY) {
      this.note(`leat: ${printer.count} of ${maxRecords} records came within ${flags.timeout ?? `${timeoutMs}ms`}`)
      this.endWith(exitCodes.conditionNotMet)
    }
    if (damaged > 0) this.endWith(exitCodes.partial)
  }
}

function writerFor(flags: ConsumeFlags): RecordWriter {
  return chooseWriter({
    isJson: flags.json,
    template: flags.format ?? null,
    headersOnly: flags['headers-only'],
    delimiter: requireDelimiter('--delimiter', flags.delimiter),
    keyDelimiter: flags['key-delimiter'] === undefined ? null : requireDelimiter('--key-delimiter', flags['key-delimiter']),
    showsNull: flags.null,
  })
}

/** A record is wanted when all that was asked of it holds; null where nothing was. */
function predicate(flags: ConsumeFlags): RecordPredicate | null {
  return allOf([
    ...(flags.key === undefined ? [] : [keyEquals(Buffer.from(flags.key))]),
    ...(flags.filter ?? []).map(compileFilter),
    ...(flags.where ?? []).map(compileWhere),
  ])
}

function timeoutOf(flags: ConsumeFlags): number | null {
  if (flags['timeout-ms'] !== undefined) return requireCount('--timeout-ms', flags['timeout-ms'], 0)
  return flags.timeout === undefined ? null : requireDuration('--timeout', flags.timeout)
}
