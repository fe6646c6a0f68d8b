import * as Args from '@oclif/core/args'
import { BaseCommand } from './base-command.ts'
import { formatOf, maxLagOf, produceFlags, transactionOf, type ProduceFlags } from './produce-flags.ts'
import { ProduceProgress } from './produce-progress.ts'
import { CODEC_NAMES, type CodecName } from '../src/bytes/compression/index.ts'
import { exitCodes } from '../src/errors/leat-error.ts'
import { requireCount, requirePartitions, requireRate, requireSize } from '../src/grammar/values.ts'
import { TopicLag } from '../src/operations/lag/topic-lag.ts'
import { Backpressure, type ON_LAG } from '../src/operations/produce/backpressure.ts'
import type { PartitionerName } from '../src/operations/produce/partitioner.ts'
import { type ON_ERROR, produce, type ProduceResult } from '../src/operations/produce/produce.ts'
import { summaryText } from '../src/output/progress.ts'
import { openSource, standardInput } from '../src/system/standard-input.ts'
import { standardOutput } from '../src/system/standard-output.ts'
import { teeSource } from '../src/system/tee-source.ts'
import type { ByteSource } from '../src/system/byte-streams.ts'
import type { DirectoryCluster } from '../src/client/directory/directory-cluster.ts'

export default class Produce extends BaseCommand {
  static override summary = 'read records from files or stdin and append them to a topic'
  static override description = 'Exit code 0 means that every record is stored, and survives a power loss (--no-sync: a kill).'
  static override args = {
    topic: Args.string({ ignoreStdin: true, description: 'topic, made when there is none; then files, - for stdin' }),
  }
  static override strict = false
  static override flags = produceFlags

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Produce)
    const words = argv as string[]
    // With --json, records say themselves which topic they are of.
    const isNamed = flags.topic === undefined && words.length > 0
    const topic = flags.topic ?? words[0] ?? (flags.json ? null : this.requireTopic(undefined, undefined))
    const files = isNamed ? words.slice(1) : words
    const format = formatOf(flags, this.system)
    const cluster = this.openCluster(flags)
    const progress = new ProduceProgress(flags.quiet, (text) => process.stderr.write(text))
    const startedAt = this.system.clock.now()
    let stored = 0
    const backpressure = this.#backpressure(cluster, topic, flags, () => stored)
    const open = (file: string): ByteSource => {
      const source = progress.watch(this.#open(file, flags.tee))
      return backpressure?.source(source) ?? source
    }
    try {
      const result = await produce({
        cluster,
        system: this.system,
        topic,
        sources: (files.length === 0 ? ['-'] : files).map((file) => () => open(file)),
        format,
        batchBytes: requireSize('--batch-bytes', flags['batch-bytes']),
        codec: CODEC_NAMES.indexOf(flags.compression as CodecName),
        partitioner: flags.partitioner as PartitionerName,
        partition: flags.partition === undefined ? -1 : (requirePartitions('--partition', flags.partition)[0] as number),
        createPartitions: requireCount('--create-partitions', flags['create-partitions'], 1),
        onError: flags['on-error'] as (typeof ON_ERROR)[number],
        isDurable: flags.sync,
        transaction: transactionOf(flags),
        ratePerSecond: flags.rate === undefined ? Number.POSITIVE_INFINITY : requireRate('--rate', flags.rate),
        signal: this.signal,
        onTopicCreated: (name, partitions) =>
          this.note(`leat: made topic '${name}' with ${partitions} partition${partitions === 1 ? '' : 's'}`),
        onAppend: (name, partition, firstOffset, recordCount) => {
          stored += recordCount
          if (!flags.verbose) return
          for (let index = 0n; index < recordCount; index++) process.stderr.write(`${name} ${partition} ${firstOffset + index}\n`)
        },
        onRejected: (message) => this.note(`leat: ${message}`),
        onProgress: (state) => progress.show(state, Number(this.system.clock.now() - startedAt)),
      })
      await cluster.close(flags.sync)
      progress.end()
      this.#summarize(result, topic, Number(this.system.clock.now() - startedAt), flags)
    } finally {
      progress.end()
      await cluster.close(flags.sync)
    }
  }

  #open(file: string, isTeed: boolean): ByteSource {
    const source = file === '-' ? standardInput() : openSource(file)
    return isTeed ? teeSource(source, standardOutput()) : source
  }

  #backpressure(cluster: DirectoryCluster, topic: string | null, flags: ProduceFlags, storedRecords: () => number): Backpressure | null {
    const maxLag = maxLagOf(flags)
    if (maxLag === null) return null
    const { group, limit } = maxLag
    const named = this.requireTopic(topic ?? undefined, undefined)
    const lag = new TopicLag({ system: this.system, cluster, group, topic: named })
    return new Backpressure({
      group,
      topic: named,
      limit,
      onLag: (flags['on-lag'] as (typeof ON_LAG)[number] | undefined) ?? 'pause',
      lag: () => lag.records(limit),
      storedRecords,
      clock: this.system.clock,
      signal: this.signal,
      onPause: (unread) => {
        const what = lag.hasBegun ? `has not read ${unread} records of '${named}'` : `has committed nothing of '${named}' yet`
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
    this.note(`leat: ${result.rejected} ${result.rejected === 1 ? 'record was' : 'records were'} not stored`)
    this.endWith(exitCodes.partial)
  }
}
