// How far a group is behind on one topic, asked again and again by somebody who writes to it.
import type { Cluster, PartitionOffsets } from '../../client/cluster.ts'

interface Unread extends PartitionOffsets {
  readonly partition: number
}

export class TopicLag {
  readonly #cluster: Cluster
  readonly #group: string
  readonly #topic: string
  #hasBegun = false

  constructor(cluster: Cluster, group: string, topic: string) {
    this.#cluster = cluster
    this.#group = group
    this.#topic = topic
  }

  /** Whether the group had committed an offset of the topic when this was last looked at. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /**
   * Unread records of all partitions; where the group has committed nothing, all there are. Offsets are records at the most, so they are
   * counted only where the offsets alone are more than `limit`.
   */
  async records(limit: bigint): Promise<bigint> {
    const ranges = await this.#unread()
    const atMost = ranges.reduce((sum, { startOffset, endOffset }) => sum + (endOffset > startOffset ? endOffset - startOffset : 0n), 0n)
    if (atMost <= limit) return atMost
    return ranges.reduce((sum, range) => sum + this.#count(range), 0n)
  }

  async #unread(): Promise<Unread[]> {
    // Others may have trimmed the topic, or made it anew.
    this.#cluster.refresh()
    const committed = await this.#cluster.groups.fetchOffsets(this.#group)
    const offsets = new Map(committed.filter(({ topic }) => topic === this.#topic).map(({ partition, offset }) => [partition, offset]))
    this.#hasBegun = offsets.size > 0
    return this.#cluster.describeTopic(this.#topic).partitions.map(({ partition }) => {
      const { startOffset, endOffset } = this.#cluster.partitionOffsets(this.#topic, partition)
      const offset = offsets.get(partition) ?? startOffset
      return { partition, startOffset: offset > startOffset ? offset : startOffset, endOffset }
    })
  }

  #count({ partition, startOffset, endOffset }: Unread): bigint {
    const log = this.#cluster.openLogFacts(this.#topic, partition)
    try {
      return log.unread(startOffset, endOffset).count
    } finally {
      log.close()
    }
  }
}
