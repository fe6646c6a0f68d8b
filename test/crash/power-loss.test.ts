// The power fails after every single file call of a writer: what was acknowledged is there, and nothing else is wrong.
import { expect, test } from 'vitest'
import type { RecoveryReport } from '../../src/log/recovery.ts'
import { openDirectory, readPartition } from '../support/records.ts'
import { batchOf } from '../support/batches.ts'
import type { CrashMode } from '../simulation/file-node.ts'
import type { SimulatedSystem } from '../simulation/system.ts'
import { simulatedSystem } from '../simulation/system.ts'

const ROOT = '/data'
const MODES: readonly CrashMode[] = ['drop', 'keep', 'zeros', 'random']
/** LEAT_CRASH_SEED repeats a run; LEAT_CRASH_MODES=all tries every mode after every call. */
const SEED = Number(process.env['LEAT_CRASH_SEED'] ?? Date.now() % 1_000_000)
const ALL_MODES = process.env['LEAT_CRASH_MODES'] === 'all'
/** Thousands of runs: seconds, and minutes where others use the machine. */
const SLOW = { timeout: 600_000 }
console.log(`power loss: seed ${SEED}, ${ALL_MODES ? 'all modes' : 'two modes'} after each call`)

/** What the writer was told is stored. */
interface Acknowledged {
  /** Where partition 0 of a topic may start: what a trim was asked for, and whether it was acknowledged. */
  readonly trims: Map<string, { readonly to: number; isStored: boolean }>
  readonly topics: Set<string>
  readonly deleted: Set<string>
  readonly values: Map<string, string[]>
  /** Whether it was told that something derived could not be written. */
  isUnfinished: boolean
}

const nothing = (): Acknowledged => ({ trims: new Map(), topics: new Set(), deleted: new Set(), values: new Map(), isUnfinished: false })

function open(system: SimulatedSystem, done: Acknowledged): ReturnType<typeof openDirectory> {
  return openDirectory(system, ROOT, ({ kind }) => {
    if (kind === 'unfinished') done.isUnfinished = true
  })
}

/** Makes topics, appends, rolls, deletes; notes in `done` what was acknowledged. */
async function workload(system: SimulatedSystem, done: Acknowledged): Promise<void> {
  // An index entry for each batch, and room for two: the log rolls often.
  const configs = new Map([
    ['segment.index.bytes', '24'],
    ['index.interval.bytes', '0'],
  ])
  const long = 'x'.repeat(300)
  for (let round = 0; round < 3; round++) {
    const cluster = open(system, done)
    await cluster.beginWriting()
    const topic = `orders-${round % 2}`
    if (!cluster.hasTopic(topic)) cluster.createTopic(topic, { partitions: 2, configs })
    const appender = cluster.openAppender(topic)
    const pending: string[] = []
    for (let index = 0; index < 6; index++) {
      const value = `${round}.${index}.${index === 1 ? 'short' : long}`
      appender.append(index % 2, batchOf([value]))
      pending.push(`${index % 2}:${value}`)
    }
    await cluster.sync()
    done.topics.add(topic)
    done.values.set(topic, [...(done.values.get(topic) ?? []), ...pending])
    if (round === 1) {
      cluster.createTopic('gone', { partitions: 1, configs: new Map() })
      cluster.deleteTopic('gone')
      await cluster.sync()
      done.deleted.add('gone')
    }
    if (round === 2) await trim(cluster, topic, done)
    await cluster.close()
  }
}

/** Deletes all of partition 0 but its last record. */
async function trim(cluster: ReturnType<typeof openDirectory>, topic: string, done: Acknowledged): Promise<void> {
  const { endOffset } = cluster.partitionOffsets(topic, 0)
  const wanted = { to: Number(endOffset) - 1, isStored: false }
  done.trims.set(topic, wanted)
  await cluster.applyRetention(topic, 0, { startOffset: endOffset - 1n, withLimits: false })
  await cluster.sync()
  wanted.isStored = true
}

/** One process makes a topic and rolls its log, and is killed before it syncs; another appends and syncs. */
async function twoProcesses(system: SimulatedSystem, done: Acknowledged): Promise<void> {
  const configs = new Map([
    ['segment.index.bytes', '24'],
    ['index.interval.bytes', '0'],
  ])
  const [first, second] = [system.anotherProcess(), system.anotherProcess()]
  const killed = openDirectory(first, ROOT)
  await killed.beginWriting()
  killed.createTopic('shared', { partitions: 2, configs })
  const appended: string[] = []
  const append = (cluster: ReturnType<typeof openDirectory>, round: number): void => {
    const appender = cluster.openAppender('shared')
    for (let index = 0; index < 10; index++) {
      const value = `${round}.${index}.short`
      appender.append(index % 2, batchOf([value]))
      appended.push(`${index % 2}:${value}`)
    }
  }
  append(killed, 0)
  const survivor = openDirectory(second, ROOT)
  await survivor.beginWriting()
  append(survivor, 1)
  append(killed, 2)
  first.kill()
  append(survivor, 3)
  await survivor.sync()
  done.topics.add('shared')
  done.values.set('shared', [...appended])
  await survivor.close()
}

/** A topic is made again under its name: what was known of the old one is not for the new one. */
async function reborn(system: SimulatedSystem, done: Acknowledged): Promise<void> {
  for (const values of [['old 0', 'old 1', 'old 2'], ['0.0.short']]) {
    const cluster = open(system, done)
    await cluster.beginWriting()
    done.topics.clear()
    if (cluster.hasTopic('reborn')) cluster.deleteTopic('reborn')
    cluster.createTopic('reborn', { partitions: 2, configs: new Map() })
    for (const value of values) cluster.openAppender('reborn').append(0, batchOf([value]))
    await cluster.sync()
    done.values.set(
      'reborn',
      values.map((value) => `0:${value}`),
    )
    done.topics.add('reborn')
    await cluster.close()
  }
}

/** Opens what is left for writing, as the next command would, and checks it against what was acknowledged. */
async function check(system: SimulatedSystem, done: Acknowledged): Promise<void> {
  const before = await contents(system, done)
  const lost: RecoveryReport[] = []
  const writer = openDirectory(system, ROOT, (report) => {
    if (report.kind === 'damage' && report.damage.reason.includes('was on the disk')) lost.push(report)
  })
  await writer.beginWriting()
  for (const topic of done.topics) {
    const appender = writer.openAppender(topic)
    for (let partition = 0; partition < 2; partition++) appender.append(partition, batchOf(['after the crash']))
  }
  await writer.close()
  expect(lost).toEqual([])
  const after = await contents(system, done)
  // Recovery takes nothing away that could be read before it.
  for (const [place, values] of before) expect(after.get(place)?.slice(0, values.length)).toEqual(values)
  for (const values of after.values()) expect(values.at(-1)).toBe('after the crash')
}

async function contents(system: SimulatedSystem, done: Acknowledged): Promise<Map<string, unknown[]>> {
  const found = new Map<string, unknown[]>()
  if (done.topics.size === 0) return found
  const cluster = openDirectory(system, ROOT)
  for (const topic of done.deleted) expect(cluster.hasTopic(topic)).toBe(false)
  for (const topic of done.topics) {
    for (let partition = 0; partition < 2; partition++) {
      const { records, damage } = await readPartition(cluster, topic, partition)
      const values = records.map(({ value }) => value)
      const acknowledged = (done.values.get(topic) ?? [])
        .filter((value) => value.startsWith(`${partition}:`))
        .map((value) => value.slice(2))
      const kept = keptFrom(done, topic, partition, Number(records[0]?.offset))
      const stored = records.filter(({ offset }) => Number(offset) < acknowledged.length)
      expect(stored.map(({ value }) => value)).toEqual(stored.map(({ offset }) => acknowledged[Number(offset)]))
      const offsets = stored.map(({ offset }) => Number(offset)).filter((offset) => offset >= kept)
      expect(offsets).toEqual(acknowledged.map((_, offset) => offset).slice(kept))
      // Of what was not acknowledged, a later batch may be on the disk and an earlier one not: a gap, and it is said.
      expect(damage.filter(({ fromOffset }) => fromOffset < BigInt(acknowledged.length))).toEqual([])
      // Beyond what was acknowledged there may be what was being written; never anything else.
      for (const value of values.slice(stored.length)) expect(value).toMatch(/^(\d\.\d\.(short|x{300})|after the crash)$/)
      found.set(`${topic}-${partition}`, values)
    }
  }
  await cluster.close()
  return found
}

/** From which offset on all is there: an acknowledged trim holds; one that was under way has deleted some of what it may. */
function keptFrom(done: Acknowledged, topic: string, partition: number, firstOffset: number): number {
  const trimmed = partition === 0 ? done.trims.get(topic) : undefined
  if (trimmed?.isStored === true) expect(firstOffset).toBe(trimmed.to)
  return trimmed?.to ?? 0
}

type Workload = typeof workload

/** The calls of a run after which a crash shows something new. */
async function pointsOf(run: Workload, seed: number): Promise<number[]> {
  const whole = simulatedSystem({ seed })
  await run(whole, nothing())
  return whole.files.journal.filter((call) => call.changes).map((call) => call.number + 1)
}

/** The one that does most, and another in its turn. */
function modesAt(index: number): readonly CrashMode[] {
  return ALL_MODES ? MODES : ['random', MODES[(index + SEED) % 3] as CrashMode]
}

async function crashAt(run: Workload, seed: number, point: number, modes: readonly CrashMode[]): Promise<void> {
  const system = simulatedSystem({ seed })
  const done = nothing()
  system.files.cutPowerAt(point)
  await run(system, done).catch(() => {})
  for (const mode of modes) {
    try {
      await check(system.afterPowerLoss({ mode, seed: SEED + point }), done)
    } catch (error) {
      if (error instanceof Error) error.message = `seed ${SEED}, call ${point}, ${mode}: ${error.message}`
      throw error
    }
  }
}

test.for<[string, Workload, number]>([
  ['one process writes', workload, 1],
  ['two processes write, one of them killed', twoProcesses, 4],
  ['a topic is made again', reborn, 5],
])('a power loss after any file call while %s loses nothing that was acknowledged', SLOW, async ([, run, seed]) => {
  const points = await pointsOf(run, seed)
  expect(points.length).toBeGreaterThan(50)
  for (const [index, point] of points.entries()) await crashAt(run, seed, point, modesAt(index))
})

test('a kill after any file call loses nothing that was written', SLOW, async () => {
  for (const point of await pointsOf(workload, 2)) await crashAt(workload, 2, point, ['keep'])
})

test('a file call that fails is reported, and what was acknowledged before stays', SLOW, async () => {
  const whole = simulatedSystem({ seed: 3 })
  await workload(whole, nothing())
  const unreported: string[] = []
  for (const { number, syscall, path, changes } of whole.files.journal) {
    const system = simulatedSystem({ seed: 3 })
    const done = nothing()
    system.files.failCall(number, number % 2 === 0 ? 'EIO' : 'ENOSPC')
    const failure = await workload(system, done).then(
      () => null,
      (error: unknown) => error,
    )
    if (failure === null && !done.isUnfinished) unreported.push(`${number}: ${syscall} ${path}`)
    system.kill()
    // A failed look leaves the disk as a kill does, which is tried above.
    if (changes) await check(system.anotherProcess(), done)
  }
  expect(unreported).toEqual([])
})
