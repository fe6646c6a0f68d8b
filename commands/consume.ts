import * as Args from '@oclif/core/args'
import { BaseCommand } from './base-command.ts'
import { commitModeOf, memberOptionsOf } from './consume-member.ts'
import { consumeFlags, maxRecordsOf, offsetsOf, predicateOf, timeoutOf, writerOf } from './consume-flags.ts'
import { exitCodes } from '../src/errors/leat-error.ts'
import { requireNamePattern } from '../src/grammar/name-pattern.ts'
import { requirePartitions } from '../src/grammar/values.ts'
import { consume } from '../src/operations/consume/consume.ts'
import { CommitFirst } from '../src/operations/consume/group/commit-first.ts'
import { consumeAsMember } from '../src/operations/consume/group/consume-as-member.ts'
import { resolveRanges } from '../src/operations/consume/ranges.ts'
import { matchingTopics } from '../src/operations/consume/topics.ts'
import { damageText } from '../src/output/damage.ts'
import { RecordPrinter } from '../src/output/record-printer.ts'
import { standardOutput } from '../src/system/standard-output.ts'
import type { Damage } from '../src/log/segment-walker.ts'

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
    // At most once: what is printed is committed first.
    const output = flags.commit === 'before' ? new CommitFirst(standardOutput()) : standardOutput()
    const printer = new RecordPrinter(writerOf(flags), output, maxRecords, predicateOf(flags))
    const offsets = offsetsOf(flags, this.system.clock.now())
    const timeoutMs = timeoutOf(flags)
    const isFollowing = flags.follow || timeoutMs !== null
    const partitions = flags.partition === undefined ? null : requirePartitions('--partition', flags.partition)
    const patterns = flags.regex ? names.map((name) => requireNamePattern('--regex', name)) : null
    let damaged = 0
    await this.withCluster(flags, async (cluster) => {
      const reading = {
        cluster,
        clock: this.system.clock,
        sink: printer,
        isCommittedOnly: flags['isolation-level'] === 'read_committed',
        withControl: flags.control,
        onDamage: (damage: Damage) => {
          damaged++
          this.note(`leat: ${damageText(damage)}`)
        },
        signal: timeoutMs === null ? this.signal : AbortSignal.any([this.signal, AbortSignal.timeout(timeoutMs)]),
      }
      if (flags.group === undefined) {
        const topics = patterns === null ? names : matchingTopics(cluster, patterns)
        const ranges = resolveRanges(cluster, { topics, partitions, offsets, isFollowing })
        await consume({ ...reading, ranges: maxRecords === 0 ? [] : ranges })
      } else if (maxRecords > 0) {
        const member = memberOptionsOf({ ...flags, group: flags.group }, { names, patterns, random: this.system.random })
        await cluster.beginWriting()
        await consumeAsMember({
          ...reading,
          member,
          offsets,
          isFollowing,
          commit: commitModeOf(flags),
          output: output instanceof CommitFirst ? output : null,
          note: (text) => this.note(text),
        })
      }
    })
    if (timeoutMs !== null && printer.count < maxRecords && maxRecords !== Number.POSITIVE_INFINITY) {
      this.note(`leat: ${printer.count} of ${maxRecords} records came within ${flags.timeout ?? `${timeoutMs}ms`}`)
      this.endWith(exitCodes.conditionNotMet)
    }
    if (damaged > 0) this.endWith(exitCodes.partial)
  }
}
