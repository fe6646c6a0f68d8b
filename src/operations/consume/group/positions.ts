// How far a member has come in each of its partitions. A position goes three ways: handed to the printer, written out, committed.
import type { OffsetAndMetadata } from '../../../client/groups.ts'
import type { PartitionRange } from '../ranges.ts'
import { keyOf, type TopicPartition } from '../../../record/topic-partition.ts'

export interface Position {
  readonly range: PartitionRange
  /** The next record to hand over. */
  handed: bigint
  /** Everything before it is out of our hands. */
  written: bigint
  committed: bigint
  /** Of the last record before `handed`; -1: not known. */
  leaderEpoch: number
}

export class Positions {
  readonly #positions = new Map<string, Position>()

  /** @param committed null where the group has committed nothing */
  add(range: PartitionRange, committed: bigint | null): void {
    const { from } = range
    this.#positions.set(keyOf(range), { range, handed: from, written: from, committed: committed ?? -1n, leaderEpoch: -1 })
  }

  get(topic: string, partition: number): Position | undefined {
    return this.#positions.get(keyOf({ topic, partition }))
  }

  delete(partition: TopicPartition): void {
    this.#positions.delete(keyOf(partition))
  }

  clear(): void {
    this.#positions.clear()
  }

  /** What is left to read. */
  ranges(): PartitionRange[] {
    return [...this.#positions.values()].map(({ range, written }) => ({ ...range, from: written }))
  }

  /** What was handed over was written, too. */
  noteWritten(): void {
    for (const position of this.#positions.values()) position.written = position.handed
  }

  /** Everything before these offsets was done with; it may be far behind what was handed over. */
  noteDone(doneBefore: (topic: string, partition: number) => bigint | undefined): void {
    for (const position of this.#positions.values()) {
      const { topic, partition, to } = position.range
      const done = doneBefore(topic, partition)
      if (done !== undefined && done > position.written) position.written = to !== null && done > to ? to : done
    }
  }

  /** What has moved since the last commit, or where nothing was committed: whoever comes next goes on there. @param how far: what is written, or already what was handed over */
  uncommitted(how: 'handed' | 'written'): OffsetAndMetadata[] {
    return [...this.#positions.values()]
      .filter((position) => position[how] > position.committed)
      .map((position) => ({
        topic: position.range.topic,
        partition: position.range.partition,
        offset: position[how],
        leaderEpoch: position.leaderEpoch,
        metadata: '',
      }))
  }

  noteCommitted(offsets: readonly OffsetAndMetadata[]): void {
    for (const { topic, partition, offset } of offsets) {
      const position = this.get(topic, partition)
      if (position !== undefined) position.committed = offset
    }
  }
}
