// How far a group is behind on one topic, asked again and again by somebody who writes to it.
import type { CoordinatorTopic } from '../../client/directory/coordinator-topic.ts'
import type { DirectoryCluster } from '../../client/directory/directory-cluster.ts'
import { openOffsetsTopic } from '../../client/directory/offsets-topic.ts'
import { unreadRecords } from '../../log/unread-records.ts'
import type { GroupState } from '../../stream/groups/group-state.ts'
import type { System } from '../../system/system.ts'

export interface TopicLagOptions {
  readonly system: System
  readonly cluster: DirectoryCluster
  readonly group: string
  readonly topic: string
}

export class TopicLag {
  readonly #options: TopicLagOptions
  readonly #offsets: CoordinatorTopic<GroupState>

  constructor(options: TopicLagOptions) {
    this.#options = options
    this.#offsets = openOffsetsTopic(options.cluster, () => {})
  }

  /** Whether the group has committed an offset of the topic. */
  get hasBegun(): boolean {
    const { cluster, group, topic } = this.#options
    return [...this.#offsets.read(group).offsets.present(group, cluster.groupTopics)].some((committed) => committed.topic === topic)
  }

  /**
   * Unread records of all partitions; where the group has committed nothing, all there are. Offsets are records at the most, so they are
   * counted only where the offsets alone are more than `limit`.
   */
  records(limit: bigint): bigint {
    const { system, cluster, group, topic } = this.#options
    const { offsets } = this.#offsets.read(group)
    const ranges = cluster.describeTopic(topic).partitions.map(({ partition }) => {
      const { startOffset, endOffset } = cluster.partitionOffsets(topic, partition)
      const committed = offsets.presentAt(group, topic, partition, cluster.groupTopics)?.offset ?? startOffset
      return { partition, from: committed > startOffset ? committed : startOffset, endOffset }
    })
    const atMost = ranges.reduce((sum, { from, endOffset }) => sum + (endOffset > from ? endOffset - from : 0n), 0n)
    if (atMost <= limit) return atMost
    const counts = ranges.map(
      ({ partition, from, endOffset }) => unreadRecords(system.files, cluster.folder(topic, partition), from, endOffset).count,
    )
    return counts.reduce((sum, count) => sum + count, 0n)
  }

  close(): void {
    this.#offsets.close()
  }
}
