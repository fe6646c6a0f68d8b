// Deletes topics with all their records.
import type { Cluster } from '../../client/cluster.ts'

/** @throws LeatError UNKNOWN_TOPIC_OR_PARTITION before anything is deleted */
export async function deleteTopics(cluster: Cluster, names: readonly string[]): Promise<void> {
  for (const name of names) cluster.describeTopic(name)
  await cluster.beginWriting()
  for (const name of names) cluster.deleteTopic(name)
  await cluster.sync()
}
