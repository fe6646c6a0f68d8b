// Who is alive, by the time since the last heartbeat. It is in memory only, as revocations are.
import type { ConsumerGroupMember } from './group-member.ts'
import type { FenceReason, MemberLiveness } from './requests.ts'
import { memberKey, Revocations } from './revocations.ts'

export class LivenessTimers {
  readonly #heardMs = new Map<string, bigint>()
  readonly #revocations = new Revocations()

  /** A member was heard of: after each of its heartbeats that was not refused. Commits do not count (KIP-848). */
  heard(groupId: string, memberId: string, nowMs: bigint): void {
    this.#heardMs.set(memberKey(groupId, memberId), nowMs)
  }

  forget(groupId: string, memberId: string): void {
    this.#heardMs.delete(memberKey(groupId, memberId))
    this.#revocations.forget(groupId, memberId)
  }

  /** For `expireMembers`. Members that were not known begin their timeouts now. */
  at(nowMs: bigint, sessionTimeoutMs: number): MemberLiveness {
    return { verdict: (groupId, member) => this.#verdict(groupId, member, nowMs, BigInt(sessionTimeoutMs)) }
  }

  #verdict(groupId: string, member: ConsumerGroupMember, nowMs: bigint, sessionTimeoutMs: bigint): FenceReason | null {
    const key = memberKey(groupId, member.memberId)
    const heardMs = this.#heardMs.get(key) ?? nowMs
    this.#heardMs.set(key, heardMs)
    if (nowMs - heardMs >= sessionTimeoutMs) return 'session'
    return this.#revocations.isLate(groupId, member, nowMs) ? 'rebalance' : null
  }
}
