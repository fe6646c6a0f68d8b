import * as Args from '@oclif/core/args'
import { BaseCommand } from './base-command.ts'
import { consumeFlags, maxRecordsOf, offsetsOf, predicateOf, timeoutOf, writerOf } from './consume-flags.ts'
import { exitCodes } from '../src/errors/leat-error.ts'
import { requireNamePattern } from '../src/grammar/name-pattern.ts'
import { requirePartitions } from '../src/grammar/values.ts'
import { consume } from '../src/operations/consume/consume.ts'
import { resolveRanges } from '../src/operations/consume/ranges.ts'
import { matchingTopics } from '../src/operations/consume/topics.ts'
import { damageText } from '../src/output/damage.ts'
import { RecordPrinter } from '../src/output/record-printer.ts'
import { standardOutput } from '../src/system/standard-output.ts'

export default class Consume extends BaseCommand {
  static override summary = 'print the records of topics, from the beginning to the present end'
  static override args = { topic: Args.string({ ignoreStdin: true, description: 'topics' }) }
  static override strict = false
  static override flags = consumeFlags

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Consume)
    const names = this.named(argv, flags.topic)
    if (names.length === 0) throw this.usage('a topic is needed')
    const maxRecords = maxRecordsOf(flags)
    const printer = new RecordPrinter(writerOf(flags), standardOutput(), maxRecords, predicateOf(flags))
    const offsets = offsetsOf(flags, this.system.clock.now())
    const timeoutMs = timeoutOf(flags)
    const partitions = flags.partition === undefined ? null : requirePartitions('--partition', flags.partition)
    const patterns = flags.regex ? names.map((name) => requireNamePattern('--regex', name)) : null
    let damaged = 0
    await this.withCluster(flags, (cluster) => {
      const topics = patterns === null ? names : matchingTopics(cluster, patterns)
      const ranges = resolveRanges(cluster, { topics, partitions, offsets, isFollowing: flags.follow || timeoutMs !== null })
      return consume({
        cluster,
        clock: this.system.clock,
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
    })
    if (timeoutMs !== null && printer.count < maxRecords && maxRecords !== Number.POSITIVE_INFINITY) {
      this.note(`leat: ${printer.count} of ${maxRecords} records came within ${flags.timeout ?? `${timeoutMs}ms`}`)
      this.endWith(exitCodes.conditionNotMet)
    }
    if (damaged > 0) this.endWith(exitCodes.partial)
  }
}
