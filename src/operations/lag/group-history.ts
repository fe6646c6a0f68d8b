// Groups with the history of their commits, as replaying `__consumer_offsets` gives it: each commit there has the time at which it was made, so one
// look at the log tells what a monitor learns only by watching. What counts of it is what the groups' own state says.
import { decodeGroupRecord } from '../../record/internal/group-records.ts'
import type { CoordinatorRecord, CoordinatorState } from '../../stream/coordinator.ts'
import { GroupState } from '../../stream/groups/group-state.ts'
import { addCommit, type TimedOffset } from './commit-history.ts'

interface CommitKey {
  readonly group: string
  readonly topic: string
  readonly partition: number
}

export class GroupHistory implements CoordinatorState {
  readonly state = new GroupState()
  readonly #histories = new Map<string, TimedOffset[]>()
  /** What open transactions have committed, by producer. */
  readonly #pending = new Map<bigint, CommitKey[]>()

  /** Oldest first, the commit that stands last; empty where none does. */
  commitsOf(group: string, topic: string, partition: number): readonly TimedOffset[] {
    return this.#histories.get(keyText({ group, topic, partition })) ?? []
  }

  replay(record: CoordinatorRecord, offset: bigint, producerId: bigint): void {
    this.state.replay(record, offset, producerId)
    const decoded = decodeGroupRecord(record.key, record.value)
    if (decoded?.type !== 'OFFSET_COMMIT' && decoded?.type !== 'LEGACY_OFFSET_COMMIT') return
    if (producerId < 0n) return this.#note(decoded.key)
    const pending = this.#pending.get(producerId) ?? []
    this.#pending.set(producerId, pending)
    pending.push(decoded.key)
  }

  replayEndTransactionMarker(producerId: bigint, isCommitted: boolean): void {
    this.state.replayEndTransactionMarker(producerId, isCommitted)
    if (isCommitted) for (const key of this.#pending.get(producerId) ?? []) this.#note(key)
    this.#pending.delete(producerId)
  }

  #note(key: CommitKey): void {
    const present = this.state.offsets.get(key.group, key.topic, key.partition)
    const text = keyText(key)
    if (present === undefined) return void this.#histories.delete(text)
    const history = this.#histories.get(text) ?? []
    this.#histories.set(text, history)
    addCommit(history, { offset: present.offset, timestampMs: present.commitTimestamp })
  }
}

function keyText({ group, topic, partition }: CommitKey): string {
  return `${partition} ${topic} ${group}`
}
