// Kafka's `uniform`, and `sticky`: first even numbers of partitions, then as few changes of owner as that allows.
//
//   1. every member keeps what it has, but for partitions that are gone and topics that it is not subscribed to any more
//   2. each free partition goes to the subscriber with the fewest, topics with the most partitions for each subscriber first
//   3. a partition moves from a member to one that has at least two fewer, until there is no such pair
//
// Where all members are subscribed to the same topics, that gives numbers that differ by one at most, and no move too many. Where
// subscriptions overlap, `uniform` stops when no single move helps, as Kafka does: 9, 10 and 11 partitions are even enough for members of
// topics {a}, {a b}, {b}. `sticky` also looks for chains of moves (here one of b and one of a), and so is as even as can be.
import type { Uuid } from '../../../bytes/uuid.ts'
import type { Assignment } from '../assignment.ts'
import { type Assignor, type AssignorInput, type AssignorMember, type AssignorTopic, inMemberOrder, inTopicOrder } from './assignor.ts'

export const uniform: Assignor = (input) => new Balance(input).assign(1)

export const sticky: Assignor = (input) => new Balance(input).assign(Number.POSITIVE_INFINITY)

interface Holder {
  readonly member: AssignorMember
  readonly partitions: Map<Uuid, Set<number>>
  count: number
}

/** A partition of the topic goes from one holder to the next. */
interface Move {
  readonly from: Holder
  readonly to: Holder
  readonly topicId: Uuid
}

class Balance {
  readonly #topics: AssignorTopic[]
  readonly #holders: Holder[]
  readonly #subscribers: Map<Uuid, Holder[]>

  constructor({ members, topics }: AssignorInput) {
    this.#topics = inTopicOrder(topics)
    this.#holders = inMemberOrder(members).map((member) => ({ member, partitions: new Map(), count: 0 }))
    this.#subscribers = new Map(topics.map(({ id }) => [id, this.#holders.filter(({ member }) => member.topicIds.has(id))]))
  }

  assign(maxMoves: number): Map<string, Assignment> {
    this.#keep()
    this.#fill()
    for (let chain = this.#chain(maxMoves); chain.length > 0; chain = this.#chain(maxMoves)) for (const move of chain) shift(move)
    return new Map(this.#holders.map(({ member, partitions }) => [member.memberId, partitions]))
  }

  #keep(): void {
    for (const { id, partitionCount } of this.#topics) {
      const taken = new Set<number>()
      for (const holder of this.#subscribersOf(id))
        for (const partition of holder.member.target.get(id) ?? []) {
          if (partition >= partitionCount || taken.has(partition)) continue
          taken.add(partition)
          give(holder, id, partition)
        }
    }
  }

  #fill(): void {
    const share = ({ id, partitionCount }: AssignorTopic): number => partitionCount / this.#subscribersOf(id).length
    for (const { id, partitionCount } of this.#topics.toSorted((a, b) => share(b) - share(a))) {
      const subscribers = this.#subscribersOf(id)
      const taken = new Set(subscribers.flatMap(({ partitions }) => [...(partitions.get(id) ?? [])]))
      for (let partition = 0; partition < partitionCount; partition++) {
        const holder = taken.has(partition) ? null : fewest(subscribers)
        if (holder !== null) give(holder, id, partition)
      }
    }
  }

  /** Moves that even out two members, one after the other; none where all is even. */
  #chain(maxMoves: number): Move[] {
    const least = Math.min(...this.#holders.map(({ count }) => count))
    for (const start of this.#holders.toSorted((a, b) => b.count - a.count)) {
      if (start.count <= least + 1) return []
      const chain = this.#chainFrom(start, maxMoves)
      if (chain.length > 0) return chain
    }
    return []
  }

  /** Breadth first, so the shortest chain. */
  #chainFrom(start: Holder, maxMoves: number): Move[] {
    const moveTo = new Map<Holder, Move | null>([[start, null]])
    let reached = [start]
    for (let moves = 1; moves <= maxMoves && reached.length > 0; moves++) {
      const next: Holder[] = []
      for (const from of reached)
        for (const topicId of from.partitions.keys())
          for (const to of this.#subscribersOf(topicId)) {
            if (moveTo.has(to)) continue
            moveTo.set(to, { from, to, topicId })
            next.push(to)
          }
      const end = fewest(next)
      if (end !== null && end.count <= start.count - 2) return movesTo(end, moveTo)
      reached = next
    }
    return []
  }

  #subscribersOf(topicId: Uuid): readonly Holder[] {
    return this.#subscribers.get(topicId) ?? []
  }
}

function movesTo(end: Holder, moveTo: ReadonlyMap<Holder, Move | null>): Move[] {
  const moves: Move[] = []
  for (let move = moveTo.get(end); move !== null && move !== undefined; move = moveTo.get(move.from)) moves.unshift(move)
  return moves
}

/** The first one of those that have the fewest partitions. */
function fewest(holders: readonly Holder[]): Holder | null {
  let least: Holder | null = null
  for (const holder of holders) if (least === null || holder.count < least.count) least = holder
  return least
}

function give(holder: Holder, topicId: Uuid, partition: number): void {
  const partitions = holder.partitions.get(topicId) ?? new Set()
  holder.partitions.set(topicId, partitions.add(partition))
  holder.count++
}

function shift({ from, to, topicId }: Move): void {
  const partitions = from.partitions.get(topicId)
  if (partitions === undefined) return
  const partition = Math.max(...partitions)
  partitions.delete(partition)
  if (partitions.size === 0) from.partitions.delete(topicId)
  from.count--
  give(to, topicId, partition)
}
