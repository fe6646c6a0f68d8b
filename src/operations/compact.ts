// Compacts topics now, as a broker's cleaner does in the background.
import type { Cluster, CompactionRequest, CompactionResult } from '../client/cluster.ts'
import { LeatError } from '../errors/leat-error.ts'
import { logConfig } from '../log/topic-config.ts'

export interface CompactOptions extends CompactionRequest {
  readonly topics: readonly string[]
  readonly isDryRun: boolean
  /** Told of a topic whose policy is without `compact`, which only a dry run gets as far as. */
  readonly onUncompacted: (topic: string) => void
  /** Told of each partition when it is done. */
  readonly onDone: (partition: CompactedPartition) => void
}

export interface CompactedPartition extends Omit<CompactionResult, 'damage'> {
  readonly topic: string
  readonly partition: number
  /** What could not be read: the log is compacted up to that segment. */
  readonly damage: string | null
  /** Segments that retention took, in topics with `compact,delete`. */
  readonly deletedSegments: number
}

/** @throws LeatError POLICY_VIOLATION for a topic that is not to be compacted, before anything is touched */
export async function compactTopics(cluster: Cluster, options: CompactOptions): Promise<void> {
  const descriptions = options.topics.map((topic) => cluster.describeTopic(topic))
  const { isDryRun } = options
  for (const { name, configs } of descriptions) {
    if (logConfig(configs).cleanupPolicy.has('compact')) continue
    if (!isDryRun) throw notCompacted(name)
    options.onUncompacted(name)
  }
  if (!isDryRun) await cluster.beginWriting()
  for (const { name, partitions } of descriptions) {
    for (const { partition } of partitions) {
      const result = isDryRun ? await cluster.planCompaction(name, partition, options) : await cluster.compact(name, partition, options)
      const retention = { startOffset: null, withLimits: true }
      const { deleted } = isDryRun
        ? cluster.planRetention(name, partition, retention)
        : await cluster.applyRetention(name, partition, retention)
      const { damage, ...figures } = result
      const where = damage === null ? null : `${damage.file} at ${damage.position}: ${damage.reason}`
      options.onDone({ topic: name, partition, ...figures, damage: where, deletedSegments: deleted.length })
    }
  }
  if (!isDryRun) await cluster.sync()
}

function notCompacted(topic: string): LeatError {
  return new LeatError('POLICY_VIOLATION', `'${topic}' is not a compacted topic: its cleanup.policy is without 'compact'`, {
    hint: `To keep only the latest record of each key: \`leat topic alter ${topic} --config cleanup.policy=compact\`. To see those: \`leat table ${topic}\`. With --dry-run nothing is touched.`,
  })
}
