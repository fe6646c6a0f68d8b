// How far a dead-letter topic is worked off. A group of its own keeps that, so that a run can stop and go on: what was replayed or parked is
// done with, what a filter passed over or a target refused is not.
import type { Cluster } from '../../client/cluster.ts'
import type { OffsetAndMetadata } from '../../client/groups.ts'
import { LeatError } from '../../errors/leat-error.ts'
import type { PartitionRange } from '../consume/ranges.ts'
import { DoneOffsets } from './done-offsets.ts'

export function replayGroup(topic: string): string {
  return `leat.replay.${topic}`
}

interface Partition {
  readonly range: PartitionRange
  readonly done: DoneOffsets
  /** Everything before it was looked at, or is not there. */
  seenTo: bigint
  hasChanged: boolean
}

export class WorkLeft {
  readonly #topic: string
  readonly #partitions: ReadonlyMap<number, Partition>

  private constructor(topic: string, partitions: ReadonlyMap<number, Partition>) {
    this.#topic = topic
    this.#partitions = partitions
  }

  /** From what is left up to the present ends. @throws LeatError for offsets that somebody else committed */
  static async read(cluster: Cluster, topic: string, note: (text: string) => void): Promise<WorkLeft> {
    const groupId = replayGroup(topic)
    const committed = await cluster.groups.fetchOffsets(groupId)
    const partitions = cluster.describeTopic(topic).partitions.map(({ partition }): [number, Partition] => {
      const { startOffset, endOffset } = cluster.partitionOffsets(topic, partition)
      const found = committed.find((offset) => offset.topic === topic && offset.partition === partition)
      const known = found !== undefined && found.offset <= endOffset ? found : undefined
      if (found !== known)
        note(`leat: ${topic}-${partition} ends at ${endOffset}, before what was replayed of it: it was made anew, and is begun anew`)
      const done = known === undefined ? new DoneOffsets(startOffset) : DoneOffsets.read(known.offset, known.metadata)
      if (done === null) throw unreadable(groupId, topic, partition)
      done.add(0n, startOffset)
      const from = done.committed
      return [partition, { range: { topic, partition, from, to: endOffset }, done, seenTo: from, hasChanged: false }]
    })
    return new WorkLeft(topic, new Map(partitions))
  }

  /** What is to be read; none where a log ends before what was committed of it. */
  get ranges(): PartitionRange[] {
    return [...this.#partitions.values()].map(({ range }) => range).filter(({ from, to }) => to !== null && from < to)
  }

  isDone(partition: number, offset: bigint): boolean {
    return this.#of(partition).done.has(offset)
  }

  /** The next record that is there, in order. */
  see(partition: number, offset: bigint): void {
    const state = this.#of(partition)
    this.#skip(state, offset)
    state.seenTo = offset + 1n
  }

  /** Everything before the offset was seen or is not there. */
  reached(partition: number, offset: bigint): void {
    const state = this.#of(partition)
    this.#skip(state, offset)
  }

  /** A record was taken out. */
  take(partition: number, offset: bigint): void {
    this.#add(this.#of(partition), offset, offset + 1n)
  }

  /** Whether the record can be taken out and kept note of. */
  hasRoomFor(partition: number, offset: bigint): boolean {
    return this.#of(partition).done.hasRoomFor(offset)
  }

  /** What changed since this was last asked. */
  changes(): OffsetAndMetadata[] {
    const changed = [...this.#partitions].filter(([, state]) => state.hasChanged)
    for (const [, state] of changed) state.hasChanged = false
    return changed.map(([partition, { done }]) => {
      return { topic: this.#topic, partition, offset: done.committed, leaderEpoch: -1, metadata: done.metadata() }
    })
  }

  /** What is not there (markers, what was aborted) counts as what comes before it does. */
  #skip(state: Partition, to: bigint): void {
    if (to <= state.seenTo) return
    if (state.done.has(state.seenTo - 1n)) this.#add(state, state.seenTo, to)
    state.seenTo = to
  }

  #add(state: Partition, from: bigint, to: bigint): void {
    state.done.add(from, to)
    state.hasChanged = true
  }

  #of(partition: number): Partition {
    const found = this.#partitions.get(partition)
    if (found === undefined) throw new Error(`partition ${partition} is not being read`)
    return found
  }
}

function unreadable(groupId: string, topic: string, partition: number): LeatError {
  return new LeatError('INVALID_COMMIT_OFFSET', `what group '${groupId}' committed of ${topic}-${partition} is not of a replay`, {
    hint: `\`leat group seek ${groupId} ${topic}:${partition} OFFSET\` sets where the next replay begins.`,
  })
}
