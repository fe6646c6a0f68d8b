// Which members of a group are gone, in a directory without a broker: as their lock files tell, and for those that have to let go of
// partitions, as long as this process has seen them at it.
import type { ConsumerGroup } from '../../stream/groups/consumer-group.ts'
import type { ConsumerGroupMember } from '../../stream/groups/group-member.ts'
import type { Clock } from '../../system/system.ts'
import type { MemberLocks } from './member-lock.ts'

export class EmbeddedLiveness {
  readonly #locks: MemberLocks
  readonly #clock: Clock
  /** Since when members have been letting go of partitions, by member id and epoch. */
  readonly #revoking = new Map<string, { readonly epoch: number; readonly sinceMs: bigint }>()

  constructor(locks: MemberLocks, clock: Clock) {
    this.#locks = locks
    this.#clock = clock
  }

  /** Members that can be fenced. One without a file is of a broker that does not run: the directory is open for writing. */
  goneMembers({ members }: ConsumerGroup): string[] {
    const gone = [...members.values()].filter((member) => this.#isGone(member) || this.#isSlow(member))
    return gone.map(({ memberId }) => memberId)
  }

  /** As `goneMembers` for who only looks: what a stopped broker left is shown as it was left. */
  knownGoneMembers({ members }: ConsumerGroup): string[] {
    const gone = [...members.values()].filter((member) => this.#locks.statusOf(member.memberId) !== null && this.#isGone(member))
    return gone.map(({ memberId }) => memberId)
  }

  /** Whether nobody is behind the member, though it may be back: its instance id is free. */
  isAway({ memberId }: ConsumerGroupMember): boolean {
    return this.#locks.statusOf(memberId)?.isHeld !== true
  }

  #isGone({ memberId, instanceId }: ConsumerGroupMember): boolean {
    if (this.#locks.holds(memberId)) return false
    const status = this.#locks.statusOf(memberId)
    if (status === null) return true
    // A static member that died may be back within its session.
    if (!status.isHeld && instanceId === null) return true
    return status.silentMs > status.sessionTimeoutMs
  }

  #isSlow({ memberId, memberEpoch, state, rebalanceTimeoutMs }: ConsumerGroupMember): boolean {
    const isRevoking = state === 'UNREVOKED_PARTITIONS' && memberEpoch >= 0
    if (!isRevoking || this.#revoking.get(memberId)?.epoch !== memberEpoch) this.#revoking.delete(memberId)
    if (!isRevoking) return false
    const now = this.#clock.now()
    const since = this.#revoking.get(memberId) ?? { epoch: memberEpoch, sinceMs: now }
    this.#revoking.set(memberId, since)
    return rebalanceTimeoutMs >= 0 && now - since.sinceMs > BigInt(rebalanceTimeoutMs)
  }
}
