// Runs retention on topics now, as a broker does every five minutes.
import type { Cluster } from '../client/cluster.ts'

export interface RetainedPartition {
  readonly topic: string
  readonly partition: number
  readonly deletedSegments: number
  readonly deletedBytes: number
  /** Why the segments went: their age, the size of the log, or its start. */
  readonly reasons: readonly string[]
  readonly previousStartOffset: bigint
  readonly logStartOffset: bigint
}

export async function runRetention(cluster: Cluster, topics: readonly string[], isDryRun: boolean): Promise<RetainedPartition[]> {
  const descriptions = topics.map((topic) => cluster.describeTopic(topic))
  if (!isDryRun) await cluster.beginWriting()
  const results: RetainedPartition[] = []
  for (const { name, partitions } of descriptions) {
    for (const { partition } of partitions) {
      const request = { startOffset: null, withLimits: true }
      const { deleted, startOffset, previousStartOffset } = isDryRun
        ? cluster.planRetention(name, partition, request)
        : await cluster.applyRetention(name, partition, request)
      results.push({
        topic: name,
        partition,
        deletedSegments: deleted.length,
        deletedBytes: deleted.reduce((sum, { segment }) => sum + segment.sizeInBytes, 0),
        reasons: [...new Set(deleted.map(({ reason }) => reason))],
        previousStartOffset,
        logStartOffset: startOffset,
      })
    }
  }
  if (!isDryRun) await cluster.sync()
  return results
}
