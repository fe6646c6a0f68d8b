// Which partitions a member has or shall have.
import type { Uuid } from '../../bytes/uuid.ts'

/** Partitions by topic id. No topic is there without partitions. */
export type Assignment = ReadonlyMap<Uuid, ReadonlySet<number>>

/** Partitions by topic id, each with the member epoch in which it was handed over: older commits of it are refused (KIP-1251). */
export type CurrentAssignment = ReadonlyMap<Uuid, ReadonlyMap<number, number>>

/** How both look in requests, responses and records. */
export interface TopicPartitions {
  readonly topicId: Uuid
  readonly partitions: readonly number[]
}

export const NO_ASSIGNMENT: Assignment & CurrentAssignment = new Map()

export function assignmentOf(topics: readonly TopicPartitions[]): Assignment {
  return new Map(topics.filter(({ partitions }) => partitions.length > 0).map(({ topicId, partitions }) => [topicId, new Set(partitions)]))
}

/** In order, so that equal assignments are written alike. */
export function topicPartitionsOf(assignment: Assignment | CurrentAssignment): TopicPartitions[] {
  return [...assignment]
    .map(([topicId, partitions]) => ({ topicId, partitions: [...partitions.keys()].toSorted((a, b) => a - b) }))
    .toSorted((a, b) => (a.topicId < b.topicId ? -1 : 1))
}

export function partitionCountOf(assignment: Assignment | CurrentAssignment): number {
  let count = 0
  for (const partitions of assignment.values()) count += partitions.size
  return count
}

/** Whether both have the same partitions, whatever their epochs. */
export function isSameAssignment(a: Assignment | CurrentAssignment, b: Assignment | CurrentAssignment): boolean {
  return partitionCountOf(a) === partitionCountOf(b) && contains(a, topicPartitionsOf(b))
}

/** Whether all of `topics` are in the assignment. */
export function contains(assignment: Assignment | CurrentAssignment, topics: readonly TopicPartitions[]): boolean {
  return topics.every(({ topicId, partitions }) => partitions.every((partition) => assignment.get(topicId)?.has(partition) === true))
}

/** Whether any of `topics` is in the assignment. */
export function overlaps(assignment: Assignment | CurrentAssignment, topics: readonly TopicPartitions[]): boolean {
  return topics.some(({ topicId, partitions }) => partitions.some((partition) => assignment.get(topicId)?.has(partition) === true))
}
