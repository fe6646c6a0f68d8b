// Which members of a group are gone, in a directory without a broker: as their lock files tell, and for those that have to let go of
// partitions, as long as this process has seen them at it.
import type { ConsumerGroupMember } from '../../stream/groups/group-member.ts'
import type { FenceReason, MemberLiveness } from '../../stream/groups/requests.ts'
import { Revocations } from '../../stream/groups/revocations.ts'
import type { Clock } from '../../system/system.ts'
import type { MemberLocks } from './member-lock.ts'

export class EmbeddedLiveness implements MemberLiveness {
  readonly #locks: MemberLocks
  readonly #clock: Clock
  readonly #revocations = new Revocations()

  constructor(locks: MemberLocks, clock: Clock) {
    this.#locks = locks
    this.#clock = clock
  }

  /** For who may write. A member without a file is of a broker that does not run: the directory is open for writing. */
  verdict(groupId: string, member: ConsumerGroupMember): FenceReason | null {
    if (this.#isGone(member)) return 'session'
    return this.#revocations.isLate(groupId, member, this.#clock.now()) ? 'rebalance' : null
  }

  /** For who only looks: what a stopped broker left is shown as it was left. */
  readonly seen: MemberLiveness = {
    verdict: (_, member) => (this.#locks.statusOf(member.memberId) !== null && this.#isGone(member) ? 'session' : null),
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
}
