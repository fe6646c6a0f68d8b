// Reads records from sources and appends them to topics. When it resolves, everything read is stored as durably as was asked.
import type { Cluster } from '../../client/cluster.ts'
import type { RecordFormat } from '../../input/record-format.ts'
import type { ByteSource } from '../../system/byte-streams.ts'
import type { System } from '../../system/system.ts'
import { pacing } from './paced-source.ts'
import type { PartitionerName } from './partitioner.ts'
import { ProduceRun } from './produce-run.ts'
import { checkTarget } from './targets.ts'
import type { TransactionOptions } from './transactional.ts'

export const ON_ERROR = ['stop', 'skip', 'dlq'] as const

export interface ProduceOptions {
  readonly cluster: Cluster
  readonly system: System
  /** null: each record names its own. */
  readonly topic: string | null
  /** Opened one after the other. */
  readonly sources: readonly (() => ByteSource)[]
  readonly format: RecordFormat
  readonly batchBytes: number
  /** How long a record may wait for others in its batch when the input pauses, in ms. */
  readonly lingerMs: number
  /** Codec id: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec: number
  readonly compressionLevel?: number | undefined
  readonly partitioner: PartitionerName
  /** -1 lets the key decide. */
  readonly partition: number
  /** Partitions of a topic that is made on first use. */
  readonly createPartitions: number
  readonly onError: (typeof ON_ERROR)[number]
  readonly isDurable: boolean
  /** Only looks: nothing is made or stored. Without transactions. */
  readonly isDryRun?: boolean
  /** null: each record counts as soon as it is stored. */
  readonly transaction: TransactionOptions | null
  /** null: as fast as they come. */
  readonly rate: { readonly perSecond: number; /** That every record of the input ends in. */ readonly endByte: number } | null
  readonly signal: AbortSignal
  readonly onTopicCreated: (topic: string, partitions: number) => void
  readonly onAppend: (topic: string, partition: number, firstOffset: bigint, recordCount: number) => void
  /** A record was passed over (`--on-error skip` or `dlq`). */
  readonly onRejected: (message: string) => void
  readonly onProgress: (progress: ProduceProgress) => void
}

export interface ProduceProgress {
  readonly records: number
  /** Read from the sources. */
  readonly inputBytes: number
}

export interface ProduceResult {
  readonly records: number
  /** Records of a transaction that was aborted. */
  readonly aborted: number
  /** Of the batches as stored. */
  readonly bytes: number
  readonly rejected: number
  /** Where those are that were kept (`--on-error dlq`). */
  readonly deadLetterTopics: readonly string[]
}

/** @throws LeatError for the first record that cannot be stored, unless `onError` says otherwise; all before it is stored */
export async function produce(options: ProduceOptions): Promise<ProduceResult> {
  const { topic, cluster, rate, format, isDryRun } = options
  if (topic !== null) checkTarget(topic, options)
  if (isDryRun !== true) await cluster.beginWriting()
  const run = new ProduceRun(options)
  const { signal } = run
  const { clock } = options.system
  const paced =
    rate === null
      ? (source: ByteSource) => source
      : pacing({ clock, ratePerSecond: rate.perSecond, endByte: rate.endByte, records: () => run.records, signal })
  try {
    await run.begin()
    if (topic !== null) run.useTopic(topic)
    for (const open of options.sources) {
      if (signal.aborted) break
      const source = run.timed(paced(open()))
      try {
        await format.read(source, run, signal)
      } finally {
        source.close()
      }
    }
  } catch (error) {
    run.fail(error)
  }
  return run.finish()
}
