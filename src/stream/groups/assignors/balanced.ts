// Kafka's `uniform`, and `sticky`: first even numbers of partitions, then as few changes of owner as that allows.
//
//   1. every member keeps what it has, but for partitions that are gone and topics that it is not subscribed to any more
//   2. each free partition goes to the subscriber with the fewest, of topics with most partitions for each subscriber first
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
  /** Of each topic; the same list for topics with the same subscribers. */
  readonly #subscribers = new Map<Uuid, readonly Holder[]>()

  constructor({ members, topics }: AssignorInput) {
    this.#holders = inMemberOrder(members).map((member) => ({ member, partitions: new Map(), count: 0 }))
    const bySubscribers = new Map<string, Holder[]>()
    for (const { id } of topics) {
      const subscribers = this.#holders.filter(({ member }) => member.topicIds.has(id))
      const key = this.#holders.map(({ member }) => (member.topicIds.has(id) ? '1' : '0')).join('')
      const same = bySubscribers.get(key) ?? subscribers
      bySubscribers.set(key, same)
      this.#subscribers.set(id, same)
    }
    this.#topics = inTopicOrder(topics).toSorted(
      (a, b) => this.#loadOf(b) - this.#loadOf(a) || this.#subscribersOf(a.id).length - this.#subscribersOf(b.id).length,
    )
  }

  /** Partitions for each subscriber. Who has to take many of them is served first; the others then make up for it. */
  #loadOf({ id, partitionCount }: AssignorTopic): number {
    return partitionCount / Math.max(1, this.#subscribersOf(id).length)
  }

  assign(maxMoves: number): Map<string, Assignment> {
    this.#keep()
    this.#fill()
    while (this.#evenOut(maxMoves));
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
    for (const { id, partitionCount } of this.#topics) {
      const subscribers = this.#subscribersOf(id)
      const taken = new Set(subscribers.flatMap(({ partitions }) => [...(partitions.get(id) ?? [])]))
      for (let partition = 0; partition < partitionCount; partition++) {
        const holder = taken.has(partition) ? null : fewest(subscribers)
        if (holder !== null) give(holder, id, partition)
      }
    }
  }

  /** Who has the most gives first, so that nobody gives more than it has to. @returns whether there was anything to move */
  #evenOut(maxMoves: number): boolean {
    let hasMoved = false
    const givers = new Set(this.#holders)
    for (let giver = most(givers); giver !== null; giver = most(givers)) {
      if (giver.count <= (fewest(this.#holders)?.count ?? 0) + 1) break
      const chain = this.#chainFrom(giver, maxMoves)
      for (const move of chain) shift(move)
      if (chain.length > 0) hasMoved = true
      else givers.delete(giver)
    }
    return hasMoved
  }

  /** The moves, one after the other, by which the giver has one less and somebody with at least two fewer one more; the shortest. */
  #chainFrom(giver: Holder, maxMoves: number): Move[] {
    const moveTo = new Map<Holder, Move | null>([[giver, null]])
    const seen = new Set<readonly Holder[]>()
    let reached = [giver]
    for (let moves = 1; moves <= maxMoves && reached.length > 0; moves++) {
      const ways = this.#waysFrom(reached, seen)
      const last = ways.toSorted((a, b) => a.to.count - b.to.count)[0]
      if (last !== undefined && last.to.count <= giver.count - 2) return [...movesTo(last.from, moveTo), last]
      reached = []
      for (const { from, topicId } of ways)
        for (const to of this.#subscribersOf(topicId)) {
          if (moveTo.has(to)) continue
          moveTo.set(to, { from, to, topicId })
          reached.push(to)
        }
    }
    return []
  }

  /** A move to the best of each list of subscribers that was not seen yet. */
  #waysFrom(holders: readonly Holder[], seen: Set<readonly Holder[]>): Move[] {
    const ways: Move[] = []
    for (const from of holders)
      for (const topicId of from.partitions.keys()) {
        const subscribers = this.#subscribersOf(topicId)
        const to = seen.has(subscribers) ? null : fewest(subscribers)
        seen.add(subscribers)
        if (to !== null) ways.push({ from, to, topicId })
      }
    return ways
  }

  #subscribersOf(topicId: Uuid): readonly Holder[] {
    return this.#subscribers.get(topicId) ?? []
  }
}

/** The moves that lead to a holder, from the giver on. */
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

/** The first one of those that have the most. */
function most(holders: Iterable<Holder>): Holder | null {
  let first: Holder | null = null
  for (const holder of holders) if (first === null || holder.count > first.count) first = holder
  return first
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
