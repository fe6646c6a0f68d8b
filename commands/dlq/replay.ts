import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { TakeOutCommand } from './take-out-command.ts'
import { takeOutFlags } from './take-out-flags.ts'
import { readText } from '../read-text.ts'
import { counted } from '../../src/errors/counted.ts'
import { exitCodes } from '../../src/errors/leat-error.ts'
import { requireDuration } from '../../src/grammar/duration.ts'
import { requireCount, requireRate } from '../../src/grammar/values.ts'
import { EditedRecords } from '../../src/operations/dlq/edit/edited-file.ts'
import { replay } from '../../src/operations/dlq/replay.ts'

const countOf = (flag: string, text: string | undefined): number =>
  text === undefined ? Number.POSITIVE_INFINITY : requireCount(flag, text, 1)

export default class DlqReplay extends TakeOutCommand {
  static override summary = 'send dead letters back to where they came from'
  static override description =
    'Each goes to the topic that it came from at first, with its own key, value and headers. What is done is kept by the group leat.replay.TOPIC: the next run goes on, and takes what this one left.'
  static override usage = 'dlq replay TOPIC'
  static override args = { topic: Args.string({ ignoreStdin: true, description: 'dead-letter topic' }) }
  static override flags = {
    ...takeOutFlags,
    edited: Flags.string({
      summary: 'the letters in this file (- for standard input), as `leat dlq edit` has made them',
      helpValue: 'FILE',
    }),
    to: Flags.string({ summary: 'all of them to this topic, which has to be there' }),
    'same-partition': Flags.boolean({ summary: 'to the partition that it came from; by key where there is none', default: false }),
    'keep-timestamp': Flags.boolean({ summary: "with the original's timestamp, not the present time", default: false }),
    'max-replays': Flags.string({ summary: 'what was replayed so often goes to TOPIC.parked (default 3; none for parked records)' }),
    rate: Flags.string({ summary: 'records per second, evenly (50/s)' }),
    batch: Flags.string({ summary: 'pause after so many records', dependsOn: ['pause'] }),
    pause: Flags.string({ summary: 'for so long (10s)', dependsOn: ['batch'] }),
    'stop-on-failure': Flags.string({ summary: 'stop, with exit code 4, once so many of them have failed again' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DlqReplay)
    const topic = this.oneTopic(args.topic, flags.topic)
    const maxReplays = flags['max-replays']
    const edited = flags.edited === undefined ? null : new EditedRecords(await readText(flags.edited))
    const own = {
      edited,
      to: flags.to ?? null,
      samePartition: flags['same-partition'],
      keepTimestamp: flags['keep-timestamp'],
      maxReplays: maxReplays === undefined ? null : requireCount('--max-replays', maxReplays, 1),
      ratePerSecond: flags.rate === undefined ? Number.POSITIVE_INFINITY : requireRate('--rate', flags.rate),
      batchRecords: countOf('--batch', flags.batch),
      pauseMs: flags.pause === undefined ? 0 : requireDuration('--pause', flags.pause),
      stopOnFailure: countOf('--stop-on-failure', flags['stop-on-failure']),
    }
    const { stoppedBy } = await this.takeOut(topic, flags, 'replayed', (options) => replay({ ...options, ...own }))
    if (edited === null || edited.size === 0 || stoppedBy !== null) return
    const envelopes = `${counted(edited.size, 'envelope')} ${edited.size === 1 ? 'is' : 'are'}`
    this.note(`leat: ${envelopes} of letters that were not asked for, or do not wait in '${topic}' any more`)
    this.endWith(exitCodes.partial)
  }
}
