import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { TakeOutCommand } from './take-out-command.ts'
import { takeOutFlags } from './take-out-flags.ts'
import { park } from '../../src/operations/dlq/park.ts'

const NO_LIMITS = {
  ratePerSecond: Number.POSITIVE_INFINITY,
  batchRecords: Number.POSITIVE_INFINITY,
  pauseMs: 0,
  stopOnFailure: Number.POSITIVE_INFINITY,
}

export default class DlqPark extends TakeOutCommand {
  static override summary = 'take dead letters out to TOPIC.parked, with a written reason'
  static override description =
    'They are kept as they are, with the reason in a header, and are not replayed. What is done is kept by the group leat.replay.TOPIC.'
  static override usage = 'dlq park TOPIC --reason TEXT'
  static override args = { topic: Args.string({ ignoreStdin: true, description: 'dead-letter topic' }) }
  static override flags = {
    ...takeOutFlags,
    reason: Flags.string({ summary: 'why they are not to be tried again', required: true }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DlqPark)
    const topic = this.oneTopic(args.topic, flags.topic)
    await this.takeOut(topic, flags, 'parked', (options) => park({ ...options, ...NO_LIMITS, reason: flags.reason }))
  }
}
