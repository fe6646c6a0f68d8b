// Consumer groups in a data directory: what they have committed, what is shown of them, what is changed from outside. Members are looked
// after in embedded-members.ts.
import { type Uuid, ZERO_UUID } from '../../bytes/uuid.ts'
import type { Damage } from '../../log/segment-walker.ts'
import { OFFSETS_TOPIC } from '../../record/internal/internal-topics.ts'
import type { CoordinatorResult } from '../../stream/coordinator.ts'
import {
  deleteExpiredOffsets,
  deleteGroup,
  deleteOffsets,
  deleteOffsetsOfGoneTopics,
  deleteOffsetsOfTopic,
} from '../../stream/groups/deletions.ts'
import { describeGroup, listGroups } from '../../stream/groups/descriptions.ts'
import { expireMembers } from '../../stream/groups/expire-members.ts'
import { groupIdNotFound } from '../../stream/groups/group-errors.ts'
import type { GroupState } from '../../stream/groups/group-state.ts'
import { commitOffsets } from '../../stream/groups/offset-commits.ts'
import { fetchOffsets } from '../../stream/groups/offset-reads.ts'
import { partitionFor } from '../../stream/groups/partition-for.ts'
import type { GroupContext, OffsetToCommit, PartitionResult } from '../../stream/groups/requests.ts'
import { unknownTopic } from '../../stream/topics/topic-commands.ts'
import {
  type CommittedOffset,
  type GroupDescription,
  type GroupListing,
  type Groups,
  type HeartbeatResponse,
  JOIN_EPOCH,
  type MemberOptions,
  type OffsetCommit,
} from '../groups.ts'
import type { NotAwaited } from '../../system/locks.ts'
import type { CoordinatorLog } from './coordinator-log.ts'
import type { CoordinatorTopic } from './coordinator-topic.ts'
import { EmbeddedMembers } from './embedded-members.ts'
import { type GroupHost, groupContext } from './group-host.ts'
import { openOffsetsTopic } from './offsets-topic.ts'
import { ReadSyncs } from './read-syncs.ts'
import type { TopicPartition } from '../../record/topic-partition.ts'

export class DirectoryGroups implements Groups {
  readonly offsets: CoordinatorTopic<GroupState>
  readonly #host: GroupHost
  readonly #onDamage: (damage: Damage) => void
  readonly #members: EmbeddedMembers
  readonly #reads: ReadSyncs

  constructor(host: GroupHost, onDamage: (damage: Damage) => void) {
    this.#host = host
    this.#onDamage = onDamage
    this.offsets = openOffsetsTopic(host, onDamage)
    this.#members = new EmbeddedMembers(host)
    this.#reads = new ReadSyncs(host.system.files, host.location)
  }

  async heartbeat(member: MemberOptions, memberEpoch: number, owned: readonly TopicPartition[]): Promise<HeartbeatResponse> {
    const log = this.offsets.logOf(member.groupId)
    const response = this.#members.heartbeat(log, member, memberEpoch, owned)
    if (memberEpoch === JOIN_EPOCH) await this.tidy(member.groupId)
    return response
  }

  watch(groupId: string, changed: () => void): { close(): void } {
    this.offsets.logOf(groupId)
    return this.#host.system.files.watch(this.offsets.folderOf(groupId) ?? this.#host.location, changed)
  }

  async commitOffsets({ groupId, member, offsets }: OffsetCommit): Promise<void> {
    const { memberId, memberEpoch, instanceId } = member ?? { memberId: '', memberEpoch: -1, instanceId: null }
    this.#reads.add(offsets)
    await this.#reads.flush()
    const log = this.offsets.logOf(groupId)
    const results = log.withLock((state) => {
      this.#host.refreshTopics()
      if (member === null) this.#members.clear(log, state, groupId)
      const known = member === null ? this.ofTopics(offsets) : this.#ofMember(memberId, offsets)
      return log.applyLocked(commitOffsets(state, { groupId, memberId, memberEpoch, instanceId, offsets: known }, this.#context()))
    })
    throwFirst(results)
    await this.tidy(groupId)
  }

  async fetchOffsets(groupId: string): Promise<CommittedOffset[]> {
    const request = { groupId, memberId: null, memberEpoch: -1, partitions: null, requireStable: false }
    return fetchOffsets(this.offsets.read(groupId), request, this.#host.groupTopics).map(
      ({ commitTimestamp: commitTimestampMs, topicId: _, error: __, ...offset }) => ({ ...offset, commitTimestampMs }),
    )
  }

  async subscribedTopics(groupId: string): Promise<readonly string[] | null> {
    const group = this.offsets.read(groupId).group(groupId)
    if (group === undefined) return null
    return 'isSubscribedTo' in group ? this.#host.topicNames().filter((topic) => group.isSubscribedTo(topic)) : []
  }

  async hasMembers(groupId: string): Promise<boolean> {
    const group = this.offsets.read(groupId).group(groupId)
    return group?.type === 'Consumer' && this.#members.hasMembers(group)
  }

  async ids(): Promise<string[]> {
    if (!this.#isThere()) return []
    return this.offsets
      .readAll()
      .flatMap(({ groups }) => groups.map(({ groupId }) => groupId))
      .toSorted()
  }

  async list(): Promise<GroupListing[]> {
    if (!this.#isThere()) return []
    return this.#look((topic) => topic.readAll().flatMap((state) => listGroups(this.#withoutGone(state)))).toSorted((a, b) =>
      a.groupId < b.groupId ? -1 : 1,
    )
  }

  async describe(groupId: string): Promise<GroupDescription> {
    const { groupTopics } = this.#host
    const group = this.#look((topic) => describeGroup(this.#withoutGone(topic.read(groupId)), groupId, groupTopics))
    return {
      ...group,
      coordinatorPartition: partitionFor(groupId, this.#host.describeTopic(OFFSETS_TOPIC).partitions.length),
      members: group.members.map(({ clientHost, assignment, targetAssignment, ...member }) => ({
        ...member,
        host: clientHost,
        assigned: flat(assignment),
        target: group.type === 'Classic' ? null : flat(targetAssignment),
      })),
    }
  }

  async delete(groupId: string): Promise<void> {
    this.#changeFromOutside(groupId, (state) => deleteGroup(state, groupId))
  }

  async deleteOffsets(groupId: string, partitions: readonly TopicPartition[]): Promise<void> {
    throwFirst(this.#changeFromOutside(groupId, (state) => deleteOffsets(state, { groupId, partitions })))
  }

  /**
   * Of a topic that was deleted: what groups committed of it would hide records of the next topic with its name.
   * @param id null: only what does not say its topic's id
   */
  forgetTopic(topic: string, id: Uuid | null): void {
    for (const log of this.offsets.logs()) log.changeIfNeeded((state) => deleteOffsetsOfTopic(state, topic, id))
  }

  /** Takes out of a partition what Kafka's coordinator takes out from time to time: members and topics that are gone, offsets that are old. */
  expire(partition: number): void {
    const log = this.offsets.log(partition)
    log.withLock((state) => this.#expireLocked(log, state))
  }

  /** Keeps small what the group is kept in. */
  tidy(groupId: string): Promise<void> {
    return this.offsets.compactIfDue(groupId, (log, state) => this.#expireLocked(log, state))
  }

  close(): void {
    this.#members.close()
    this.offsets.close()
  }

  #expireLocked(log: CoordinatorLog<GroupState>, state: GroupState): void {
    this.#members.clearAll(log, state)
    this.#host.refreshTopics()
    if (this.#host.knowsAllTopics) log.applyLocked(deleteOffsetsOfGoneTopics(state, this.#host.groupTopics))
    log.applyLocked(deleteExpiredOffsets(state, this.#context()))
  }

  #changeFromOutside<T extends NotAwaited>(groupId: string, decide: (state: GroupState) => CoordinatorResult<T>): T {
    if (this.offsets.read(groupId).group(groupId) === undefined) throw groupIdNotFound(groupId)
    const log = this.offsets.logOf(groupId)
    return log.withLock((state) => {
      this.#members.clear(log, state, groupId)
      return log.applyLocked(decide(state))
    })
  }

  /** With the ids of the topics that there are now. @throws LeatError UNKNOWN_TOPIC_OR_PARTITION */
  ofTopics(offsets: OffsetCommit['offsets']): OffsetToCommit[] {
    return offsets.map((offset) => {
      if (!this.#host.hasTopic(offset.topic)) throw unknownTopic(offset.topic, [])
      return { ...offset, topicId: this.#host.groupTopics.topic(offset.topic)?.id ?? ZERO_UUID }
    })
  }

  /** How far a topic was read that is gone matters to nobody. */
  #ofMember(memberId: string, offsets: OffsetCommit['offsets']): OffsetToCommit[] {
    const { groupTopics } = this.#host
    return offsets.flatMap((offset) => {
      const topicId = this.#members.topicIdOf(memberId, offset.topic)
      return topicId !== undefined && groupTopics.topicById(topicId) !== undefined ? [{ ...offset, topicId }] : []
    })
  }

  /** Whether anything is kept of any group. @throws LeatError NO_DIRECTORY */
  #isThere(): boolean {
    return this.#host.topicNames().includes(OFFSETS_TOPIC)
  }

  /** On a state of its own: what is shown may differ from what is in the log. */
  #look<T>(action: (topic: CoordinatorTopic<GroupState>) => T): T {
    const topic = openOffsetsTopic(this.#host, this.#onDamage)
    try {
      return action(topic)
    } finally {
      topic.close()
    }
  }

  /** Members that died are shown as gone before anybody has fenced them. */
  #withoutGone(state: GroupState): GroupState {
    const context = this.#context()
    const { records } = expireMembers(state, this.#members.seen, context)
    for (const record of records) state.replay(record, -1n, -1n, context.nowMs)
    return state
  }

  #context(): GroupContext {
    return groupContext(this.#host)
  }
}

function flat(topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]): TopicPartition[] {
  return topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })))
}

function throwFirst(results: readonly PartitionResult[]): void {
  for (const { error } of results) if (error !== null) throw error
}
