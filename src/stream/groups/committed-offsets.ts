// Committed offsets of all groups of a partition of `__consumer_offsets`. Those of a transaction wait apart until its marker says
// whether they count (KIP-98).
import { type Uuid, ZERO_UUID } from '../../bytes/uuid.ts'
import type { GroupTopics } from './requests.ts'

export interface OffsetAndMetadata {
  readonly offset: bigint
  /** Of the record before the offset; -1: not known. */
  readonly leaderEpoch: number
  readonly metadata: string
  /** Of the topic that it was committed of; `ZERO_UUID` in records of Kafka before 4.1. */
  readonly topicId: Uuid
  /** Milliseconds since the epoch. */
  readonly commitTimestamp: bigint
  /** Milliseconds since the epoch, from clients of Kafka before 2.1; -1n: it goes by the retention of the broker. */
  readonly expireTimestamp: bigint
  /** Where in the log it was committed. */
  readonly recordOffset: bigint
}

type TopicOffsets = Map<number, OffsetAndMetadata>
type GroupOffsets = Map<string, TopicOffsets>

export interface CommittedOffset extends OffsetAndMetadata {
  readonly topic: string
  readonly partition: number
}

/** Whether it was committed of a topic that had this name before the one that has it now. */
export function isOfFormerTopic(topic: string, { topicId }: OffsetAndMetadata, topics: GroupTopics): boolean {
  const present = topics.topic(topic)
  return present !== undefined && topicId !== ZERO_UUID && topicId !== present.id
}

class OffsetsByGroup {
  readonly #groups = new Map<string, GroupOffsets>()

  get groupIds(): Iterable<string> {
    return this.#groups.keys()
  }

  has(groupId: string): boolean {
    return this.#groups.has(groupId)
  }

  get(groupId: string, topic: string, partition: number): OffsetAndMetadata | undefined {
    return this.#groups.get(groupId)?.get(topic)?.get(partition)
  }

  set(groupId: string, topic: string, partition: number, offset: OffsetAndMetadata): void {
    const group = this.#groups.get(groupId) ?? new Map<string, TopicOffsets>()
    const partitions = group.get(topic) ?? new Map<number, OffsetAndMetadata>()
    this.#groups.set(groupId, group.set(topic, partitions.set(partition, offset)))
  }

  delete(groupId: string, topic: string, partition: number): void {
    const group = this.#groups.get(groupId)
    const partitions = group?.get(topic)
    partitions?.delete(partition)
    if (partitions?.size === 0) group?.delete(topic)
    if (group?.size === 0) this.#groups.delete(groupId)
  }

  *of(groupId: string): Iterable<CommittedOffset> {
    for (const [topic, partitions] of this.#groups.get(groupId) ?? [])
      for (const [partition, offset] of partitions) yield { topic, partition, ...offset }
  }
}

export class CommittedOffsets {
  readonly #committed = new OffsetsByGroup()
  /** By producer id of the open transaction. */
  readonly #pending = new Map<bigint, OffsetsByGroup>()

  /** Whether the group has any, those of open transactions included. */
  has(groupId: string): boolean {
    return this.#committed.has(groupId) || this.hasOpenTransaction(groupId)
  }

  get groupIds(): Set<string> {
    return new Set([this.#committed, ...this.#pending.values()].flatMap((offsets) => [...offsets.groupIds]))
  }

  get(groupId: string, topic: string, partition: number): OffsetAndMetadata | undefined {
    return this.#committed.get(groupId, topic, partition)
  }

  /** Where the group is in the topic that has this name now. */
  presentAt(groupId: string, topic: string, partition: number, topics: GroupTopics): OffsetAndMetadata | undefined {
    const offset = this.get(groupId, topic, partition)
    return offset === undefined || isOfFormerTopic(topic, offset, topics) ? undefined : offset
  }

  /** All that are in the log, also of topics that had the names before. */
  of(groupId: string): Iterable<CommittedOffset> {
    return this.#committed.of(groupId)
  }

  /** Those that say where the group is in the topics that there are now. */
  *present(groupId: string, topics: GroupTopics): Iterable<CommittedOffset> {
    for (const offset of this.of(groupId)) if (!isOfFormerTopic(offset.topic, offset, topics)) yield offset
  }

  /** What open transactions have committed for the group. */
  *pendingOf(groupId: string): Iterable<CommittedOffset> {
    for (const offsets of this.#pending.values()) yield* offsets.of(groupId)
  }

  isPending(groupId: string, topic: string, partition: number): boolean {
    for (const offsets of this.#pending.values()) if (offsets.get(groupId, topic, partition) !== undefined) return true
    return false
  }

  hasOpenTransaction(groupId: string): boolean {
    for (const offsets of this.#pending.values()) if (offsets.has(groupId)) return true
    return false
  }

  replayCommit(groupId: string, topic: string, partition: number, offset: OffsetAndMetadata, producerId: bigint): void {
    let offsets = this.#committed
    if (producerId >= 0n) {
      offsets = this.#pending.get(producerId) ?? new OffsetsByGroup()
      this.#pending.set(producerId, offsets)
    }
    offsets.set(groupId, topic, partition, offset)
  }

  replayDeletion(groupId: string, topic: string, partition: number): void {
    this.#committed.delete(groupId, topic, partition)
    for (const offsets of this.#pending.values()) offsets.delete(groupId, topic, partition)
  }

  replayEndTransactionMarker(producerId: bigint, isCommitted: boolean): void {
    const pending = this.#pending.get(producerId)
    this.#pending.delete(producerId)
    if (pending === undefined || !isCommitted) return
    for (const groupId of pending.groupIds)
      for (const { topic, partition, ...offset } of pending.of(groupId)) {
        // The commit that is later in the log counts, not the one whose transaction ended later: compaction keeps the later record.
        const present = this.#committed.get(groupId, topic, partition)
        if (present === undefined || offset.recordOffset > present.recordOffset) this.#committed.set(groupId, topic, partition, offset)
      }
  }
}
