// How long members have been letting go of partitions. It is in memory only: after a restart, or when another process takes over, each has
// a whole rebalance timeout again, as in Kafka.
import type { ConsumerGroupMember } from './group-member.ts'

export class Revocations {
  /** Since when, at which epoch, by group and member. */
  readonly #since = new Map<string, { readonly epoch: number; readonly sinceMs: bigint }>()

  /** Whether others have waited for the member for longer than its rebalance timeout. */
  isLate(groupId: string, member: ConsumerGroupMember, nowMs: bigint): boolean {
    const { memberId, memberEpoch, state, rebalanceTimeoutMs } = member
    const key = memberKey(groupId, memberId)
    if (state !== 'UNREVOKED_PARTITIONS' || memberEpoch < 0) {
      this.#since.delete(key)
      return false
    }
    let since = this.#since.get(key)
    if (since?.epoch !== memberEpoch) this.#since.set(key, (since = { epoch: memberEpoch, sinceMs: nowMs }))
    return rebalanceTimeoutMs >= 0 && nowMs - since.sinceMs >= BigInt(rebalanceTimeoutMs)
  }

  forget(groupId: string, memberId: string): void {
    this.#since.delete(memberKey(groupId, memberId))
  }
}

/** The length keeps pairs apart that would read alike. */
export function memberKey(groupId: string, memberId: string): string {
  return `${groupId.length}:${groupId}${memberId}`
}
