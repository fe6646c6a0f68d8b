import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Assignment } from '../../../../src/stream/groups/assignment.ts'
import type { AssignorInput } from '../../../../src/stream/groups/assignors/assignor.ts'
import { ASSIGNOR_NAMES, assignorNamed } from '../../../../src/stream/groups/assignors/index.ts'
import { topicId } from '../coordinator.ts'

interface Member {
  /** Topics that it is subscribed to. */
  readonly topics: readonly string[]
  readonly instanceId?: string
  /** What it has: `orders-1`. */
  readonly had?: readonly string[]
}

function inputOf(partitionCounts: Readonly<Record<string, number>>, members: Readonly<Record<string, Member>>): AssignorInput {
  return {
    topics: Object.entries(partitionCounts).map(([name, partitionCount]) => ({ id: topicId(name), name, partitionCount })),
    members: Object.entries(members).map(([memberId, { topics, instanceId, had }]) => ({
      memberId,
      instanceId: instanceId ?? null,
      topicIds: new Set(topics.map((name) => topicId(name))),
      target: targetOf(had ?? []),
    })),
  }
}

function targetOf(names: readonly string[]): Assignment {
  const target = new Map<string, Set<number>>()
  for (const name of names) {
    const [topic, partition] = name.split('-') as [string, string]
    const id = topicId(topic)
    target.set(id, (target.get(id) ?? new Set()).add(Number(partition)))
  }
  return target
}

function namesOf(input: AssignorInput, result: ReadonlyMap<string, Assignment>): Record<string, string[]> {
  const nameById = new Map(input.topics.map(({ id, name }) => [id, name]))
  return Object.fromEntries(
    [...result].map(([memberId, assignment]) => [
      memberId,
      [...assignment].flatMap(([id, partitions]) => [...partitions].map((partition) => `${nameById.get(id)}-${partition}`)).toSorted(),
    ]),
  )
}

function assigned(
  name: string,
  partitionCounts: Readonly<Record<string, number>>,
  members: Readonly<Record<string, Member>>,
): Record<string, string[]> {
  const input = inputOf(partitionCounts, members)
  return namesOf(input, assignorNamed(name as (typeof ASSIGNOR_NAMES)[number])(input))
}

const TOPICS = ['t1', 't2', 't3']
const all: Member = { topics: TOPICS }

/** Groups of up to 8 members; `t1` to `t3` with up to 12 partitions. Members may have had anything. */
const partitionCounts = fc.tuple(fc.nat(12), fc.nat(12), fc.nat(12)).map(([t1, t2, t3]) => ({ t1, t2, t3 }))
const had = fc.uniqueArray(
  fc.tuple(fc.constantFrom(...TOPICS, 'gone'), fc.nat(14)).map(([topic, partition]) => `${topic}-${partition}`),
  { maxLength: 12 },
)
const membersWith = (topics: fc.Arbitrary<string[]>): fc.Arbitrary<Record<string, Member>> =>
  fc
    .array(fc.record({ topics, had }), { minLength: 1, maxLength: 8 })
    .map((members) => Object.fromEntries(members.map((member, index) => [`m${index}`, member])))
const anyMembers = membersWith(fc.subarray(TOPICS))
const equalMembers = membersWith(fc.constant(TOPICS))

describe.for(ASSIGNOR_NAMES)('%s', (name) => {
  test('every partition that anyone is subscribed to has one owner, who is subscribed to it', () => {
    fc.assert(
      fc.property(partitionCounts, anyMembers, (counts, members) => {
        const result = assigned(name, counts, members)
        const subscribed = new Set(Object.values(members).flatMap(({ topics }) => topics))
        const expected = Object.entries(counts).flatMap(([topic, count]) =>
          subscribed.has(topic) ? Array.from({ length: count }, (_, partition) => `${topic}-${partition}`) : [],
        )
        expect(Object.values(result).flat().toSorted()).toEqual(expected.toSorted())
        for (const [memberId, names] of Object.entries(result))
          for (const partition of names) expect(members[memberId]!.topics).toContain(partition.split('-')[0])
      }),
    )
  })

  test('the same members and topics give the same assignment, in whatever order they come', () => {
    fc.assert(
      fc.property(partitionCounts, anyMembers, (counts, members) => {
        const { topics, members: list } = inputOf(counts, members)
        const reversed = { topics: topics.toReversed(), members: list.toReversed() }
        const assign = assignorNamed(name)
        expect(namesOf(reversed, assign(reversed))).toEqual(namesOf({ topics, members: list }, assign({ topics, members: list })))
      }),
    )
  })

  test('a group that does not change has the same assignment again', () => {
    fc.assert(
      fc.property(partitionCounts, anyMembers, (counts, members) => {
        const first = assigned(name, counts, members)
        const again = Object.fromEntries(
          Object.entries(members).map(([memberId, member]) => [memberId, { ...member, had: first[memberId]! }]),
        )
        expect(assigned(name, counts, again)).toEqual(first)
      }),
    )
  })

  test('nobody subscribed to anything is fine', () => {
    expect(assigned(name, {}, { a: { topics: [] }, b: { topics: [] } })).toEqual({ a: [], b: [] })
  })
})

describe.for(['uniform', 'sticky', 'round-robin'])('%s', (name) => {
  test('numbers of partitions differ by one at most where all have the same subscriptions', () => {
    fc.assert(
      fc.property(partitionCounts, equalMembers, (counts, members) => {
        const sizes = Object.values(assigned(name, counts, members)).map((names) => names.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe.for(['uniform', 'sticky'])('%s', (name) => {
  /** What members keep at best when every one may have `floor` partitions, and only so many one more. */
  function mostKept(counts: Readonly<Record<string, number>>, members: Readonly<Record<string, Member>>): number {
    const taken = new Set<string>()
    const kept = Object.entries(members)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([, member]) =>
          (member.had ?? []).filter((partition) => isThere(counts, partition) && !taken.has(partition) && taken.add(partition)).length,
      )
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
    const floor = Math.floor(total / kept.length)
    const extra = Math.min(total % kept.length, kept.filter((count) => count > floor).length)
    return kept.reduce((sum, count) => sum + Math.min(count, floor), extra)
  }

  function isThere(counts: Readonly<Record<string, number>>, partition: string): boolean {
    const [topic, number] = partition.split('-') as [string, string]
    return Number(number) < (counts[topic] ?? 0)
  }

  test('no partition moves that need not, where all have the same subscriptions', () => {
    fc.assert(
      fc.property(partitionCounts, equalMembers, (counts, members) => {
        const result = assigned(name, counts, members)
        const kept = Object.entries(members).flatMap(([memberId, member]) =>
          (member.had ?? []).filter((partition) => result[memberId]!.includes(partition)),
        )
        expect(kept.length).toBeGreaterThanOrEqual(mostKept(counts, members))
      }),
    )
  })

  test('no single move would make it more even', () => {
    fc.assert(
      fc.property(partitionCounts, anyMembers, (counts, members) => {
        const result = assigned(name, counts, members)
        for (const [from, names] of Object.entries(result))
          for (const topic of new Set(names.map((partition) => partition.split('-')[0]!)))
            for (const [to, others] of Object.entries(result))
              if (from !== to && members[to]!.topics.includes(topic)) expect(names.length - others.length).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('who joins takes only its share, who leaves leaves only its own', () => {
    const two = assigned(name, { t1: 6 }, { a: { topics: ['t1'] }, b: { topics: ['t1'] } })
    const three = assigned(
      name,
      { t1: 6 },
      { a: { topics: ['t1'], had: two['a']! }, b: { topics: ['t1'], had: two['b']! }, c: { topics: ['t1'] } },
    )
    expect(three['c']).toHaveLength(2)
    expect([...three['a']!, ...three['b']!].every((partition) => two['a']!.includes(partition) || two['b']!.includes(partition))).toBe(true)
    const left = assigned(name, { t1: 6 }, { a: { topics: ['t1'], had: three['a']! }, b: { topics: ['t1'], had: three['b']! } })
    expect(left['a']).toEqual(expect.arrayContaining(three['a']!))
    expect(left['b']).toEqual(expect.arrayContaining(three['b']!))
  })
})

test('sticky is as even as can be where subscriptions overlap, by chains of moves', () => {
  const nine = Array.from({ length: 9 }, (_, partition) => `t1-${partition}`)
  const twenty = Array.from({ length: 21 }, (_, partition) => `t2-${partition}`)
  const members = {
    a: { topics: ['t1'], had: nine },
    b: { topics: ['t1', 't2'], had: twenty.slice(0, 10) },
    c: { topics: ['t2'], had: twenty.slice(10) },
  }
  const sizes = (name: string): number[] => Object.values(assigned(name, { t1: 10, t2: 21 }, members)).map((names) => names.length)
  expect(sizes('uniform')).toEqual([10, 10, 11])
  const chained = {
    ...members,
    b: { topics: ['t1', 't2'], had: ['t1-9', ...twenty.slice(0, 9)] },
    c: { topics: ['t2'], had: twenty.slice(9, 20) },
  }
  const chainedSizes = (name: string): number[] => Object.values(assigned(name, { t1: 10, t2: 20 }, chained)).map((names) => names.length)
  expect(chainedSizes('uniform')).toEqual([9, 10, 11])
  expect(chainedSizes('sticky')).toEqual([10, 10, 10])
})

describe('range', () => {
  test("is Kafka's: runs of neighbours, the first members with one more, the same of every topic", () => {
    const members = { b: all, a: all, c: all }
    expect(assigned('range', { t1: 4, t2: 7 }, members)).toEqual({
      a: ['t1-0', 't1-1', 't2-0', 't2-1', 't2-2'],
      b: ['t1-2', 't2-3', 't2-4'],
      c: ['t1-3', 't2-5', 't2-6'],
    })
  })

  test("Kafka's own example: two members, two topics of three partitions", () => {
    expect(assigned('range', { t1: 3, t2: 3 }, { m0: all, m1: all })).toEqual({
      m0: ['t1-0', 't1-1', 't2-0', 't2-1'],
      m1: ['t1-2', 't2-2'],
    })
  })

  test('static members come first, by instance id, whatever their member ids', () => {
    const members = { a: all, y: { ...all, instanceId: 'i2' }, z: { ...all, instanceId: 'i1' } }
    expect(assigned('range', { t1: 3 }, members)).toEqual({ z: ['t1-0'], y: ['t1-1'], a: ['t1-2'] })
  })

  test('of each topic only subscribers count', () => {
    expect(assigned('range', { t1: 2, t2: 2 }, { a: { topics: ['t1'] }, b: { topics: ['t1', 't2'] } })).toEqual({
      a: ['t1-0'],
      b: ['t1-1', 't2-0', 't2-1'],
    })
  })
})

test('round-robin deals in turn over all topics, and passes over who is not subscribed', () => {
  expect(assigned('round-robin', { t1: 3, t2: 3 }, { a: all, b: all })).toEqual({
    a: ['t1-0', 't1-2', 't2-1'],
    b: ['t1-1', 't2-0', 't2-2'],
  })
  // The example in the documentation of Kafka's RoundRobinAssignor.
  expect(
    assigned(
      'round-robin',
      { t1: 1, t2: 2, t3: 3 },
      { c0: { topics: ['t1'] }, c1: { topics: ['t1', 't2'] }, c2: { topics: ['t1', 't2', 't3'] } },
    ),
  ).toEqual({ c0: ['t1-0'], c1: ['t2-0'], c2: ['t2-1', 't3-0', 't3-1', 't3-2'] })
})
