// A member's side of a group: its epoch, what it has, and how it learns that it was taken for dead.
import { type Groups, type HeartbeatResponse, JOIN_EPOCH, LEAVE_EPOCH, type MemberOptions } from '../../../client/groups.ts'
import { type OffsetAndMetadata, type OffsetCommit, STATIC_LEAVE_EPOCH } from '../../../client/groups.ts'
import { LeatError } from '../../../errors/leat-error.ts'
import type { Clock } from '../../../system/system.ts'
import type { TopicPartition } from '../../../record/topic-partition.ts'

/** The group went on without this member: what it has is not its own any more, and what it commits is refused. */
export class MemberFenced extends Error {
  /** What could not be committed. */
  readonly lost: readonly OffsetAndMetadata[]

  constructor(cause: LeatError, lost: readonly OffsetAndMetadata[] = []) {
    super(cause.message, { cause })
    this.name = 'MemberFenced'
    this.lost = lost
  }
}

const FENCING_CODES = new Set(['UNKNOWN_MEMBER_ID', 'FENCED_MEMBER_EPOCH'])

export class Membership {
  /** What the member reads at the moment. */
  owned: readonly TopicPartition[] = []
  readonly #groups: Groups
  readonly #member: MemberOptions
  readonly #clock: Clock
  #epoch = JOIN_EPOCH
  #lastHeartbeatMs = 0

  constructor(groups: Groups, member: MemberOptions, clock: Clock) {
    this.#groups = groups
    this.#member = member
    this.#clock = clock
  }

  /** Milliseconds since the group last heard of it; infinite once it has gone on without it. */
  get silentMs(): number {
    return Number(this.#clock.now()) - this.#lastHeartbeatMs
  }

  /** Joins, or says that it lives and what it has. @throws MemberFenced */
  async heartbeat(): Promise<HeartbeatResponse> {
    const response = await this.#orFenced([], () => this.#groups.heartbeat(this.#member, this.#epoch, this.owned))
    this.#epoch = response.memberEpoch
    this.#lastHeartbeatMs = Number(this.#clock.now())
    return response
  }

  /** Who commits, as the group knows it now. */
  get committer(): NonNullable<OffsetCommit['member']> {
    const { memberId, instanceId } = this.#member
    return { memberId, memberEpoch: this.#epoch, instanceId }
  }

  /** @throws MemberFenced */
  async commit(offsets: readonly OffsetAndMetadata[]): Promise<void> {
    const { groupId } = this.#member
    const commit = (): Promise<void> => this.#groups.commitOffsets({ groupId, member: this.committer, offsets })
    await this.#orFenced(offsets, async () => {
      try {
        await commit()
      } catch (error) {
        if (!(error instanceof LeatError && error.code === 'STALE_MEMBER_EPOCH')) throw error
        // The group has moved on, and the partitions are still its own until it lets go of them.
        await this.heartbeat()
        await commit()
      }
    })
  }

  /** Has nothing any more, and joins with the next heartbeat. */
  startOver(): void {
    this.#epoch = JOIN_EPOCH
    this.owned = []
  }

  async leave(): Promise<void> {
    if (this.#epoch === JOIN_EPOCH) return
    const epoch = this.#member.instanceId === null ? LEAVE_EPOCH : STATIC_LEAVE_EPOCH
    this.startOver()
    try {
      await this.#groups.heartbeat(this.#member, epoch, [])
    } catch (error) {
      // It is out of the group already.
      if (!isFencing(error)) throw error
    }
  }

  async #orFenced<T>(lost: readonly OffsetAndMetadata[], action: () => Promise<T>): Promise<T> {
    try {
      return await action()
    } catch (error) {
      if (!isFencing(error)) throw error
      this.#lastHeartbeatMs = Number.NEGATIVE_INFINITY
      throw new MemberFenced(error, lost)
    }
  }
}

function isFencing(error: unknown): error is LeatError {
  return error instanceof LeatError && FENCING_CODES.has(error.code)
}
