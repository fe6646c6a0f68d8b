// Who is alive, by the time since the last heartbeat. It is in memory only: after a restart, or when another process takes over, every
// member has a whole timeout again, as in Kafka.
import type { ConsumerGroupMember } from './group-member.ts'
import type { FenceReason, MemberLiveness } from './requests.ts'

interface Watch {
  heardMs: bigint
  /** Since when it has had to let go of partitions at this epoch; null while there are none. */
  revoking: { readonly epoch: number; readonly sinceMs: bigint } | null
}

export class LivenessTimers {
  readonly #watches = new Map<string, Watch>()

  /** A member was heard of: after each of its heartbeats that was not refused. Commits do not count (KIP-848). */
  heard(groupId: string, memberId: string, nowMs: bigint): void {
    this.#watch(groupId, memberId, nowMs).heardMs = nowMs
  }

  forget(groupId: string, memberId: string): void {
    this.#watches.delete(keyOf(groupId, memberId))
  }

  /** For `expireMembers`. Members that were not known begin their timeouts now. */
  at(nowMs: bigint, sessionTimeoutMs: number): MemberLiveness {
    return { verdict: (groupId, member) => this.#verdict(groupId, member, nowMs, BigInt(sessionTimeoutMs)) }
  }

  #verdict(groupId: string, member: ConsumerGroupMember, nowMs: bigint, sessionTimeoutMs: bigint): FenceReason | null {
    const watch = this.#watch(groupId, member.memberId, nowMs)
    if (nowMs - watch.heardMs >= sessionTimeoutMs) return 'session'
    if (member.state !== 'UNREVOKED_PARTITIONS' || member.memberEpoch < 0) {
      watch.revoking = null
      return null
    }
    if (watch.revoking?.epoch !== member.memberEpoch) watch.revoking = { epoch: member.memberEpoch, sinceMs: nowMs }
    const isLate = member.rebalanceTimeoutMs >= 0 && nowMs - watch.revoking.sinceMs >= BigInt(member.rebalanceTimeoutMs)
    return isLate ? 'rebalance' : null
  }

  #watch(groupId: string, memberId: string, nowMs: bigint): Watch {
    const key = keyOf(groupId, memberId)
    const watch = this.#watches.get(key) ?? { heardMs: nowMs, revoking: null }
    this.#watches.set(key, watch)
    return watch
  }
}

/** The length keeps pairs apart that would read alike. */
function keyOf(groupId: string, memberId: string): string {
  return `${groupId.length}:${groupId}${memberId}`
}
