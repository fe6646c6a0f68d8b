import * as Args from '@oclif/core/args'
import { BaseCommand } from './base-command.ts'
import { backpressureOf } from './produce-backpressure.ts'
import { type ProduceFlags, produceFlags } from './produce-flags.ts'
import { settingsOf } from './produce-settings.ts'
import { ProduceProgress } from './produce-progress.ts'
import { checkSources, sourcesOf } from './produce-sources.ts'
import { writeStderr } from './report-error.ts'
import { exitCodes } from '../src/errors/leat-error.ts'
import { produce, type ProduceResult } from '../src/operations/produce/produce.ts'
import { counted } from '../src/errors/counted.ts'
import { abortedText, offsetsText, plannedText, rejectedText, storedText } from '../src/output/produce-notes.ts'
import { isTerminal } from '../src/system/terminal.ts'

export default class Produce extends BaseCommand {
  static override summary = 'read records from files or stdin and append them to a topic'
  static override description = 'Exit code 0 means that every record is stored, and survives a power loss (--no-sync: a kill).'
  static override usage = 'produce [TOPIC] [FILE…]'
  static override args = {
    topic: Args.string({ ignoreStdin: true, description: 'topic, made when there is none; then files, - for stdin' }),
  }
  static override strict = false
  static override flags = produceFlags

  protected override get isJsonInput(): boolean {
    return true
  }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Produce)
    const topic = flags.topic ?? argv[0] ?? null
    // With --json, records say themselves which topic they are of.
    if (topic === null && !flags.json) throw this.usage('a topic is needed')
    const files = flags.topic === undefined ? argv.slice(1) : argv
    const settings = settingsOf(flags, this.system)
    const isDryRun = flags['dry-run']
    checkSources(files)
    const progress = new ProduceProgress(flags.quiet, this.system.clock, writeStderr)
    const note = (text: string): void => {
      progress.end()
      this.note(`leat: ${text}`)
    }
    let stored = 0
    const run = this.withCluster(
      flags,
      (cluster) => {
        const { system, signal } = this
        const backpressure = backpressureOf(flags, { clock: system.clock, cluster, topic, signal, storedRecords: () => stored, note })
        return produce({
          ...settings,
          isDryRun,
          cluster,
          system,
          topic,
          sources: sourcesOf(files, { isTeed: flags.tee, progress, backpressure, note }),
          signal,
          onTopicCreated: (name, partitions) =>
            note(`${isDryRun ? 'would make' : 'made'} topic '${name}' with ${counted(partitions, 'partition')}`),
          onAppend: (name, partition, firstOffset, recordCount) => {
            stored += recordCount
            if (flags.verbose && !isDryRun) writeStderr(offsetsText(name, partition, firstOffset, recordCount))
          },
          onRejected: note,
          onProgress: progress.show,
        })
      },
      settings.isDurable,
    )
    this.#summarize(await run.finally(() => progress.end()), topic, progress.elapsedMs, flags)
  }

  #summarize(result: ProduceResult, topic: string | null, elapsedMs: number, flags: ProduceFlags): void {
    if (result.rejected > 0) this.endWith(exitCodes.partial)
    if (flags['dry-run']) return this.note(`leat: ${plannedText(result, topic)}`)
    const withSummary = flags.verbose || this.signal.aborted || (process.env['CI'] === undefined && isTerminal(2))
    if (withSummary) this.note(`leat: ${storedText(result, topic, elapsedMs)}`)
    if (result.aborted > 0) this.note(`leat: ${abortedText(result)}`)
    if (result.rejected > 0) this.note(`leat: ${rejectedText(result)}`)
  }
}
