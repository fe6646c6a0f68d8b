// What an assignor is asked and answers: who shall have which partition, by the subscriptions of all members.
import type { Uuid } from '../../../bytes/uuid.ts'
import type { Assignment } from '../assignment.ts'
import { compareText } from '../compare-text.ts'

export interface AssignorMember {
  readonly memberId: string
  readonly instanceId: string | null
  /** The topics that it is subscribed to and that there are. */
  readonly topicIds: ReadonlySet<Uuid>
  /** Its target until now. */
  readonly target: Assignment
}

export interface AssignorTopic {
  readonly id: Uuid
  readonly name: string
  readonly partitionCount: number
}

export interface AssignorInput {
  readonly members: readonly AssignorMember[]
  /** The topics that any member is subscribed to. */
  readonly topics: readonly AssignorTopic[]
}

/** The new target of every member, by member id. */
export type Assignor = (input: AssignorInput) => Map<string, Assignment>

/** Static members first, by instance id: so a member that comes back under another member id has the same place. */
export function inMemberOrder(members: readonly AssignorMember[]): AssignorMember[] {
  return members.toSorted((a, b) => {
    if (a.instanceId !== null && b.instanceId !== null) return compareText(a.instanceId, b.instanceId)
    if (a.instanceId !== null) return -1
    return b.instanceId === null ? compareText(a.memberId, b.memberId) : 1
  })
}

export function inTopicOrder(topics: readonly AssignorTopic[]): AssignorTopic[] {
  return topics.toSorted((a, b) => compareText(a.name, b.name))
}

/** Assignments that grow a partition at a time. */
export class AssignmentBuilder {
  readonly #assignments: Map<string, Map<Uuid, Set<number>>>

  constructor(members: readonly AssignorMember[]) {
    this.#assignments = new Map(members.map(({ memberId }) => [memberId, new Map<Uuid, Set<number>>()]))
  }

  add(memberId: string, topicId: Uuid, partition: number): void {
    const topics = this.#assignments.get(memberId)
    const partitions = topics?.get(topicId)
    if (partitions === undefined) topics?.set(topicId, new Set([partition]))
    else partitions.add(partition)
  }

  result(): Map<string, Assignment> {
    return this.#assignments
  }
}
