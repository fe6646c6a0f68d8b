import * as Args from '@oclif/core/args'
import { BaseCommand } from './base-command.ts'
import { type ConsumeFlags, type ConsumeRequest, consumeFlags, requestOf, writerOf } from './consume-flags.ts'
import { checkNoHandler, expandDlq, handledTopics, handlingOf, hasHandler } from './consume-handler.ts'
import { commitModeOf, memberOptionsOf } from './consume-member.ts'
import { counted } from '../src/errors/counted.ts'
import { exitCodes } from '../src/errors/leat-error.ts'
import { consume } from '../src/operations/consume/consume.ts'
import { CommitFirst } from '../src/operations/consume/group/commit-first.ts'
import { consumeAsMember } from '../src/operations/consume/group/consume-as-member.ts'
import { resolveRanges } from '../src/operations/consume/ranges.ts'
import { matchingTopics } from '../src/operations/consume/topics.ts'
import { handle } from '../src/operations/handle/handle.ts'
import { damageText } from '../src/output/damage.ts'
import { handledText } from '../src/output/handled.ts'
import { toJson } from '../src/output/json.ts'
import { RecordPrinter } from '../src/output/record-printer.ts'
import { signalAfter } from '../src/system/long-timer.ts'
import { standardOutput } from '../src/system/standard-output.ts'
import type { Damage } from '../src/log/segment-walker.ts'

export default class Consume extends BaseCommand {
  static override summary = 'print the records of topics, or hand them to a command, from the beginning to the present end'
  static override args = { topic: Args.string({ ignoreStdin: true, description: 'topics' }) }
  static override strict = false
  static override flags = consumeFlags

  #damaged = 0

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Consume, expandDlq(this.argv, takesValue))
    const names = this.named(argv, flags.topic)
    if (names.length === 0) throw this.usage('a topic is needed')
    const request = requestOf(flags, names, this.system.clock.now())
    const taken = await (hasHandler(flags) ? this.#handle(flags, request) : this.#print(flags, request))
    const { maxRecords, timeoutMs } = request
    if (timeoutMs !== null && taken < maxRecords && maxRecords !== Number.POSITIVE_INFINITY) {
      this.note(`leat: ${taken} of ${counted(maxRecords, 'record')} came within ${flags.timeout ?? `${timeoutMs}ms`}`)
      this.endWith(exitCodes.conditionNotMet)
    }
    if (this.#damaged > 0) this.endWith(exitCodes.partial)
  }

  /** @returns how many records were printed */
  async #print(flags: ConsumeFlags, request: ConsumeRequest): Promise<number> {
    checkNoHandler(flags)
    const { names, patterns, partitions, offsets, isFollowing, maxRecords } = request
    // At most once: what is printed is committed first.
    const output = flags.commit === 'before' ? new CommitFirst(standardOutput()) : standardOutput()
    const printer = new RecordPrinter(writerOf(flags), output, maxRecords, request.isWanted)
    await this.withCluster(flags, async (cluster) => {
      const reading = { cluster, clock: this.system.clock, sink: printer, withControl: flags.control, ...this.#common(flags, request) }
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
    return printer.count
  }

  /** @returns how many records were taken */
  async #handle(flags: ConsumeFlags, request: ConsumeRequest): Promise<number> {
    const commit = commitModeOf(flags)
    if (commit === 'before') throw this.usage('a handler is at least once: --commit before is for records that are printed')
    const handling = handlingOf(flags, this.system.clock, (bytes) => {
      if (!flags.quiet) process.stderr.write(bytes)
    })
    const { random } = this.system
    const result = await this.withCluster(flags, async (cluster) => {
      const topics = request.patterns === null ? request.names : handledTopics(matchingTopics(cluster, request.patterns))
      const { group } = flags
      return handle({
        ...request,
        ...handling,
        ...this.#common(flags, request),
        cluster,
        system: this.system,
        topics,
        member: group === undefined ? null : memberOptionsOf({ ...flags, group }, { names: topics, patterns: null, random }),
        commit,
        onTopicCreated: (name, count) => this.note(`leat: made topic '${name}' with ${counted(count, 'partition')}`),
        note: (text) => this.note(text),
      })
    })
    if (flags.json) await this.print(`${toJson(result)}\n`)
    else for (const text of handledText(result, this.system.clock.now(), flags.verbose || this.signal.aborted)) this.note(text)
    if (result.deadLettered > 0) this.endWith(exitCodes.partial)
    return result.taken
  }

  #common(flags: ConsumeFlags, { timeoutMs }: ConsumeRequest) {
    return {
      isCommittedOnly: flags['isolation-level'] === 'read_committed',
      onDamage: (damage: Damage) => {
        this.#damaged++
        this.note(`leat: ${damageText(damage)}`)
      },
      signal: timeoutMs === null ? this.signal : AbortSignal.any([this.signal, signalAfter(timeoutMs)]),
    }
  }
}

/** Whether a word is a flag whose value is the next word. */
function takesValue(word: string): boolean {
  const flags = Object.entries({ ...Consume.baseFlags, ...consumeFlags })
  return flags.some(([name, { type, char, aliases = [], charAliases = [] }]) => {
    const spellings = [...[name, ...aliases].map((long) => `--${long}`), ...[char, ...charAliases].map((short) => `-${short}`)]
    return type === 'option' && spellings.includes(word)
  })
}
