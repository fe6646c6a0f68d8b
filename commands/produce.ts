import * as Args from '@oclif/core/args'
import { BaseCommand } from './base-command.ts'
import { maxLagOf, produceFlags, type ProduceFlags, settingsOf } from './produce-flags.ts'
import { ProduceProgress } from './produce-progress.ts'
import { writeStderr } from './report-error.ts'
import { exitCodes } from '../src/errors/leat-error.ts'
import { TopicLag } from '../src/operations/lag/topic-lag.ts'
import { Backpressure, type ON_LAG } from '../src/operations/produce/backpressure.ts'
import { produce, type ProduceResult } from '../src/operations/produce/produce.ts'
import { counted } from '../src/errors/counted.ts'
import { summaryText } from '../src/output/progress.ts'
import { checkSource, openSource, standardInput } from '../src/system/standard-input.ts'
import { standardOutput } from '../src/system/standard-output.ts'
import { teeSource } from '../src/system/tee-source.ts'
import type { ByteSource } from '../src/system/byte-streams.ts'
import type { DirectoryCluster } from '../src/client/directory/directory-cluster.ts'

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
    let stored = 0
    const run = this.withCluster(
      flags,
      (cluster) => {
        const backpressure = this.#backpressure(cluster, topic, flags, () => stored)
        const open = (file: string): ByteSource => {
          const source = progress.watch(this.#open(file, flags.tee))
          return backpressure?.source(source) ?? source
        }
        return produce({
          ...settings,
          cluster,
          system: this.system,
          topic,
          sources: (files.length === 0 ? ['-'] : files).map((file) => () => open(file)),
          signal: this.signal,
          onTopicCreated: (name, partitions) => this.note(`leat: made topic '${name}' with ${counted(partitions, 'partition')}`),
          onAppend: (name, partition, firstOffset, recordCount) => {
            stored += recordCount
            if (flags.verbose) tellOffsets(name, partition, firstOffset, recordCount)
          },
          onRejected: (message) => this.note(`leat: ${message}`),
          onProgress: (state) => progress.show(state, elapsedMs()),
        })
      },
      settings.isDurable,
    )
    this.#summarize(await run.finally(() => progress.end()), topic, elapsedMs(), flags)
  }

  #open(file: string, isTeed: boolean): ByteSource {
    const source = file === '-' ? standardInput() : openSource(file)
    return isTeed ? teeSource(source, standardOutput()) : source
  }

  #backpressure(cluster: DirectoryCluster, topic: string | null, flags: ProduceFlags, storedRecords: () => number): Backpressure | null {
    const maxLag = maxLagOf(flags)
    if (maxLag === null) return null
    const { group, limit } = maxLag
    if (topic === null) throw this.usage('--max-lag needs a topic')
    const lag = new TopicLag({ system: this.system, cluster, group, topic })
    return new Backpressure({
      group,
      topic,
      limit,
      onLag: (flags['on-lag'] as (typeof ON_LAG)[number] | undefined) ?? 'pause',
      lag: () => lag.records(limit),
      storedRecords,
      clock: this.system.clock,
      signal: this.signal,
      onPause: (unread) => {
        const what = lag.hasBegun ? `has not read ${unread} records of '${topic}'` : `has committed nothing of '${topic}' yet`
        this.note(`leat: waiting: group '${group}' ${what} (--max-lag ${limit})`)
      },
    })
  }

  #summarize(result: ProduceResult, topic: string | null, elapsedMs: number, flags: ProduceFlags): void {
    const isInterrupted = this.signal.aborted
    if (flags.verbose || isInterrupted || (process.stderr.isTTY && process.env['CI'] === undefined))
      this.note(`leat: stored ${summaryText({ ...result, elapsedMs })}${topic === null ? '' : ` in '${topic}'`}`)
    if (result.aborted > 0) this.note(`leat: ${result.aborted} records of the open transaction are aborted`)
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
