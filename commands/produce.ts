import * as Args from '@oclif/core/args'
import { BaseCommand } from './base-command.ts'
import { produceFlags, type ProduceFlags, settingsOf } from './produce-flags.ts'
import { ProduceProgress } from './produce-progress.ts'
import { writeStderr } from './report-error.ts'
import { exitCodes } from '../src/errors/leat-error.ts'
import { produce, type ProduceResult } from '../src/operations/produce/produce.ts'
import { counted } from '../src/errors/counted.ts'
import { summaryText } from '../src/output/progress.ts'
import { checkSource, openSource, standardInput } from '../src/system/standard-input.ts'
import { standardOutput } from '../src/system/standard-output.ts'
import { teeSource } from '../src/system/tee-source.ts'
import type { ByteSource } from '../src/system/byte-streams.ts'

export default class Produce extends BaseCommand {
  static override summary = 'read records from files or stdin and append them to a topic'
  static override description = 'Exit code 0 means that every record is stored, and survives a power loss (--no-sync: a kill).'
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
    const words = argv as string[]
    const topic = flags.topic ?? words[0] ?? null
    // With --json, records say themselves which topic they are of.
    if (topic === null && !flags.json) throw this.usage('a topic is needed')
    const files = flags.topic === undefined ? words.slice(1) : words
    const settings = settingsOf(flags, this.system)
    for (const file of files) if (file !== '-') checkSource(file)
    const progress = new ProduceProgress(flags.quiet, writeStderr)
    const startedAt = this.system.clock.now()
    const elapsedMs = (): number => Number(this.system.clock.now() - startedAt)
    const run = this.withCluster(
      flags,
      (cluster) =>
        produce({
          ...settings,
          cluster,
          system: this.system,
          topic,
          sources: (files.length === 0 ? ['-'] : files).map((file) => () => progress.watch(this.#open(file, flags.tee))),
          signal: this.signal,
          onTopicCreated: (name, partitions) => this.note(`leat: made topic '${name}' with ${counted(partitions, 'partition')}`),
          onAppend: flags.verbose ? tellOffsets : () => {},
          onRejected: (message) => this.note(`leat: ${message}`),
          onProgress: (state) => progress.show(state, elapsedMs()),
        }),
      settings.isDurable,
    )
    this.#summarize(await run.finally(() => progress.end()), topic, elapsedMs(), flags)
  }

  #open(file: string, isTeed: boolean): ByteSource {
    const source = file === '-' ? standardInput() : openSource(file)
    return isTeed ? teeSource(source, standardOutput()) : source
  }

  #summarize(result: ProduceResult, topic: string | null, elapsedMs: number, flags: ProduceFlags): void {
    const isInterrupted = this.signal.aborted
    if (flags.verbose || isInterrupted || (process.stderr.isTTY && process.env['CI'] === undefined))
      this.note(`leat: stored ${summaryText({ ...result, elapsedMs })}${topic === null ? '' : ` in '${topic}'`}`)
    if (result.rejected === 0) return
    this.note(`leat: ${counted(result.rejected, 'record was', 'records were')} not stored`)
    this.endWith(exitCodes.partial)
  }
}

function tellOffsets(topic: string, partition: number, firstOffset: bigint, recordCount: number): void {
  let lines = ''
  for (let index = 0n; index < recordCount; index++) lines += `${topic} ${partition} ${firstOffset + index}\n`
  writeStderr(lines)
}
