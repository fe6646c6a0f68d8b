// The assignors beside Kafka 4.3's own, on random groups that live through four steps (fixtures/assignors says how they were made).
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Assignment } from '../../../../src/stream/groups/assignment.ts'
import { assignorNamed } from '../../../../src/stream/groups/assignors/index.ts'

interface Member {
  readonly topics: readonly string[]
  readonly instanceId: string | null
  /** `t1-0`: of the step before. */
  readonly had: readonly string[]
  /** What Kafka assigns. */
  readonly gets: readonly string[]
}

interface Step {
  readonly assignor: 'uniform' | 'range'
  readonly topics: Readonly<Record<string, number>>
  readonly members: Readonly<Record<string, Member>>
}

type Names = Readonly<Record<string, readonly string[]>>

const file = path.resolve(import.meta.dirname, '../../../../fixtures/assignors/assignors.jsonl')
const steps = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Step)

function stepsOf(assignor: string, isHomogeneous: boolean): Step[] {
  return steps.filter(
    (step) =>
      step.assignor === assignor && (new Set(Object.values(step.members).map(({ topics }) => topics.join())).size === 1) === isHomogeneous,
  )
}

function assigned({ assignor, topics, members }: Step): Names {
  const subscribed = new Set(Object.values(members).flatMap((member) => member.topics))
  const result = assignorNamed(assignor)({
    topics: Object.entries(topics).flatMap(([name, partitionCount]) => (subscribed.has(name) ? [{ id: name, name, partitionCount }] : [])),
    members: Object.entries(members).map(([memberId, { topics: names, instanceId, had }]) => ({
      memberId,
      instanceId,
      topicIds: new Set(names),
      target: targetOf(had),
    })),
  })
  return Object.fromEntries(
    [...result].map(([memberId, target]) => [
      memberId,
      [...target].flatMap(([topic, partitions]) => [...partitions].map((partition) => `${topic}-${partition}`)).toSorted(),
    ]),
  )
}

function targetOf(names: readonly string[]): Assignment {
  const byTopic = Map.groupBy(names, (name) => name.split('-')[0] as string)
  return new Map([...byTopic].map(([topic, some]) => [topic, new Set(some.map((name) => Number(name.split('-')[1])))]))
}

function kafkas({ members }: Step): Names {
  return Object.fromEntries(Object.entries(members).map(([memberId, { gets }]) => [memberId, gets.toSorted()]))
}

function sizes(names: Names): number[] {
  return Object.values(names)
    .map(({ length }) => length)
    .toSorted((a, b) => a - b)
}

/** Partitions that stay with their member. */
function keptCount({ members }: Step, names: Names): number {
  return Object.entries(members).reduce((sum, [memberId, { had }]) => sum + had.filter((name) => names[memberId]?.includes(name)).length, 0)
}

/** The less, the more even. */
function unevenness(names: Names): number {
  return sizes(names).reduce((sum, size) => sum + size * size, 0)
}

test.each([
  ['the same topics', true],
  ['different topics', false],
] as const)('range gives each member just what Kafka gives it, where they read %s', (_, isHomogeneous) => {
  const some = stepsOf('range', isHomogeneous)
  expect(some.length).toBeGreaterThan(30)
  for (const step of some) expect(assigned(step)).toEqual(kafkas(step))
})

test('uniform gives as many partitions as Kafka and leaves as many where they were, where all read the same topics', () => {
  const some = stepsOf('uniform', true)
  expect(some.length).toBeGreaterThan(30)
  for (const step of some) {
    const names = assigned(step)
    expect(sizes(names)).toEqual(sizes(kafkas(step)))
    expect(keptCount(step, names)).toBe(keptCount(step, kafkas(step)))
  }
})

test('uniform is as even as Kafka and leaves no less where it was, where they read different topics', () => {
  const some = stepsOf('uniform', false)
  expect(some.length).toBeGreaterThan(30)
  for (const step of some) {
    const names = assigned(step)
    expect(unevenness(names)).toBeLessThanOrEqual(unevenness(kafkas(step)))
    expect(keptCount(step, names)).toBeGreaterThanOrEqual(keptCount(step, kafkas(step)))
  }
})
