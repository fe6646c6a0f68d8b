// `produce --dry-run`: records go through all that looks at them on their way to the disk, and stop there. Topics that would be made
// are remembered.
import type { Cluster, CreateTopicOptions, TopicAppender } from '../../client/cluster.ts'
import { logConfig } from '../../log/topic-config.ts'
import type { TargetTopics } from './targets.ts'

export class DryRun implements TargetTopics {
  readonly #cluster: Cluster
  readonly #made = new Map<string, CreateTopicOptions>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  hasTopic(name: string): boolean {
    return this.#made.has(name) || this.#cluster.hasTopic(name)
  }

  describeTopic(name: string): ReturnType<TargetTopics['describeTopic']> {
    const made = this.#made.get(name)
    if (made === undefined) return this.#cluster.describeTopic(name)
    return { partitions: Array.from({ length: made.partitions }, (_, partition) => ({ partition })) }
  }

  checkNewTopic(name: string, partitions: number): void {
    this.#cluster.checkNewTopic(name, partitions)
  }

  createTopic(name: string, options: CreateTopicOptions): void {
    this.#made.set(name, options)
  }

  openAppender(name: string): TopicAppender {
    const made = this.#made.get(name)
    const append = (): bigint => 0n
    if (made === undefined) return { ...this.#cluster.openAppender(name), append }
    return { partitionCount: made.partitions, config: logConfig(made.configs), append }
  }
}
