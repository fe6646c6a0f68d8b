import * as Args from '@oclif/core/args'
import { BaseCommand } from './base-command.ts'
import { type ConsumeFlags, consumeFlags } from './consume-flags.ts'
import { requestOf } from './consume-request.ts'
import { handleRecords } from './consume-handler.ts'
import { printRecords } from './consume-printer.ts'
import type { Reading } from './consume-reading.ts'
import { expandDlq } from './expand-dlq.ts'
import { hasHandler } from './handler-flags.ts'
import { counted } from '../src/errors/counted.ts'
import { exitCodes } from '../src/errors/leat-error.ts'
import type { HandleResult } from '../src/operations/handle/handle.ts'
import type { Damage } from '../src/client/cluster.ts'
import { damageText } from '../src/output/damage.ts'
import { handledText } from '../src/output/handled.ts'
import { toJson } from '../src/output/json.ts'
import { signalAfter } from '../src/system/long-timer.ts'

export default class Consume extends BaseCommand {
  static override summary = 'print the records of topics, or hand them to a command, from the beginning to the present end'
  static override usage = 'consume TOPIC…'
  static override args = { topic: Args.string({ ignoreStdin: true, description: 'topics' }) }
  static override strict = false
  static override flags = consumeFlags

  #damaged = 0

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Consume, expandDlq(this.argv, { ...Consume.baseFlags, ...consumeFlags }))
    const names = this.named(argv, flags.topic)
    if (names.length === 0) throw this.usage('a topic is needed')
    const template = names.find((name) => name.includes('%'))
    // With kcat, kcl and rpk, -f is the template.
    if (flags.follow && template !== undefined)
      throw this.usage(`'${template}' is not a topic; a template is given with --format, and -f follows`)
    const reading = this.#reading(flags, names)
    const taken = hasHandler(flags) ? await this.#tell(flags, await handleRecords(reading)) : await printRecords(reading)
    const { maxRecords, timeoutMs } = reading.request
    if (timeoutMs !== null && taken < maxRecords && maxRecords !== Number.POSITIVE_INFINITY) {
      this.note(`leat: ${taken} of ${counted(maxRecords, 'record')} came within ${flags.timeout ?? `${timeoutMs}ms`}`)
      this.endWith(exitCodes.conditionNotMet)
    }
    if (this.#damaged > 0) this.endWith(exitCodes.partial)
  }

  #reading(flags: ConsumeFlags, names: readonly string[]): Reading {
    const request = requestOf(flags, names, this.system.clock.now())
    const { timeoutMs } = request
    const options = {
      isCommittedOnly: flags['isolation-level'] === 'read_committed',
      onDamage: (damage: Damage): void => {
        this.#damaged++
        this.note(`leat: ${damageText(damage)}`)
      },
      signal: timeoutMs === null ? this.signal : AbortSignal.any([this.signal, signalAfter(timeoutMs)]),
    }
    return {
      flags,
      request,
      options,
      system: this.system,
      note: (text) => this.note(text),
      withCluster: (work) => this.withCluster(flags, work),
    }
  }

  /** @returns how many records were taken */
  async #tell(flags: ConsumeFlags, result: HandleResult): Promise<number> {
    if (flags.json) await this.print(`${toJson(result)}\n`)
    else for (const text of handledText(result, this.system.clock.now(), flags.verbose || this.signal.aborted)) this.note(text)
    if (result.deadLettered > 0) this.endWith(exitCodes.partial)
    return result.taken
  }
}
