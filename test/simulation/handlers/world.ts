// A topic whose records are handled by members that come and go: what they did, and what a directory says of each record.
import type { DirectoryCluster } from '../../../src/client/directory/directory-cluster.ts'
import { handle } from '../../../src/operations/handle/handle.ts'
import type { Handler } from '../../../src/operations/handle/handler.ts'
import type { FailurePlan } from '../../../src/operations/handle/policy.ts'
import { HANDLING } from '../../support/handling.ts'
import { keyedBatch } from '../../support/keyed-batches.ts'
import { memberOptions } from '../../support/members.ts'
import { openDirectory, readPartition } from '../../support/records.ts'
import type { SeededRandom } from '../random.ts'
import { type SimulatedSystem, simulatedSystem } from '../system.ts'

export interface Plan extends FailurePlan {
  readonly partitions: number
  readonly jobs: number
  readonly isDeduped: boolean
  /** What each value has besides its name: of large ones, those that come in the same moment are not appended with one write. */
  readonly paddingBytes: number
}

/** Its value begins with the name. Its handler takes it at the nth attempt; Infinity: never. */
export interface Source {
  readonly name: string
  readonly partition: number
  readonly goodAt: number
}

export interface Scene {
  readonly system: SimulatedSystem
  readonly plan: Plan
  readonly sources: readonly Source[]
  /** Names of what handlers took, in their order, each as often as it was. */
  readonly handled: string[]
  /** A sync of recorded ids has failed: everybody reads them from the page cache, and no later sync takes them to the disk. */
  areIdsInDoubt: boolean
}

export async function makeScene(seed: number, random: SeededRandom): Promise<Scene> {
  const system = simulatedSystem({ seed })
  const retryTopics = random.below(3)
  const plan: Plan = {
    partitions: 1 + random.below(3),
    jobs: random.pick(1, 2, 3, 8),
    isDeduped: random.chance(0.5),
    paddingBytes: random.pick(0, 0, 150_000),
    retries: retryTopics === 0 ? random.below(3) : 0,
    backoff: { minMs: 1, maxMs: 50 },
    retryDelaysMs: Array.from({ length: retryTopics }, () => 1 + random.below(100)),
    deadLetterTopicOf: (topic) => `${topic}.dlq`,
  }
  const sources = Array.from({ length: 8 + random.below(plan.paddingBytes === 0 ? 16 : 6) }, (_, index) => ({
    name: `${index}`,
    partition: random.below(plan.partitions),
    goodAt: random.pick(1, 1, 2, 3, Number.POSITIVE_INFINITY),
  }))
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  cluster.createTopic('in', { partitions: plan.partitions, configs: new Map() })
  const appender = cluster.openAppender('in')
  const padding = 'x'.repeat(plan.paddingBytes)
  for (const { name, partition } of sources)
    appender.append(partition, keyedBatch([{ key: `k${Number(name) % 5}`, value: `${name} ${padding}` }]))
  await cluster.close()
  return { system, plan, sources, handled: [], areIdsInDoubt: false }
}

function nameOf(value: unknown): string {
  const text = String(value)
  return text.slice(0, text.indexOf(' '))
}

/** What its process has done so far is on record only while it lives. */
function handlerOf(scene: Scene, isDead: () => boolean): Handler {
  let underWay = 0
  const goodAt = new Map(scene.sources.map((source) => [source.name, source.goodAt]))
  return {
    maxUnderWay: scene.plan.jobs,
    isInOrder: scene.plan.jobs === 1,
    get hasRoom() {
      return underWay < scene.plan.jobs
    },
    preparer: () => ({
      beginBatch: () => {},
      prepare:
        ({ value }) =>
        async (attempt) => {
          underWay++
          // Often as long as others, so that records fail in the same moment.
          await scene.system.clock.sleep(10 + 20 * scene.system.random.below(4))
          underWay--
          if (isDead()) return new Promise(() => {})
          const name = nameOf(value)
          if (attempt < (goodAt.get(name) ?? 1)) return { type: 'Bad', message: name, stack: null, fault: 'record' }
          scene.handled.push(name)
          return null
        },
    }),
    close: async () => {},
  }
}

/** A run to the present end by one member; rejects when its disk does not let it. */
export async function run(scene: Scene, system: SimulatedSystem, memberId: string, isDead: () => boolean): Promise<void> {
  const { plan } = scene
  const cluster = openDirectory(system, '/data')
  try {
    await cluster.beginWriting()
    await handle({
      ...HANDLING,
      cluster,
      system,
      member: memberOptions(memberId, ['in']),
      openHandler: async () => handlerOf(scene, isDead),
      signal: new AbortController().signal,
      plan,
      dedupe: plan.isDeduped
        ? { eventId: ({ bytes, valueStart }) => bytes.toString('latin1', valueStart, bytes.indexOf(' ', valueStart)), ttlMs: 1e9 }
        : null,
    })
  } finally {
    await cluster.close()
  }
}

/** What a directory says, by names. */
export interface Found {
  /** Before the committed offset of their partition. */
  readonly committed: readonly string[]
  readonly deadLettered: readonly string[]
  /** In retry topics, and not committed there. */
  readonly waiting: readonly string[]
  readonly recorded: readonly string[]
}

export async function look(cluster: DirectoryCluster): Promise<Found> {
  const offsets = new Map((await cluster.groups.fetchOffsets('g')).map((one) => [`${one.topic}-${one.partition}`, one.offset]))
  const found = { committed: [] as string[], deadLettered: [] as string[], waiting: [] as string[], recorded: [] as string[] }
  for (const topic of cluster.topicNames().filter((name) => !name.startsWith('__')))
    for (const { partition } of cluster.describeTopic(topic).partitions) {
      const { records } = await readPartition(cluster, topic, partition)
      const position = offsets.get(`${topic}-${partition}`) ?? 0n
      for (const { offset, key, value } of records) {
        const isDone = BigInt(offset) < position
        if (topic === 'in.dlq') found.deadLettered.push(nameOf(value))
        else if (topic === 'g.handled') found.recorded.push(String(key).slice('in:'.length))
        else if (topic !== 'in' && !isDone) found.waiting.push(nameOf(value))
        else if (topic === 'in' && isDone) found.committed.push(nameOf(value))
      }
    }
  return found
}
