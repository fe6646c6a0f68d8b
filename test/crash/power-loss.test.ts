// The power fails after every single file call of a writer: what was acknowledged is there, and nothing else is wrong.
import { expect, test } from 'vitest'
import { openDirectory, readPartition } from '../support/records.ts'
import { batchOf } from '../support/batches.ts'
import type { SimulatedSystem } from '../simulation/system.ts'
import { simulatedSystem } from '../simulation/system.ts'

const ROOT = '/data'
const MODES = ['drop', 'keep', 'zeros', 'random'] as const

/** What the writer was told is stored. */
interface Acknowledged {
  readonly topics: Set<string>
  readonly deleted: Set<string>
  readonly values: Map<string, string[]>
}

const nothing = (): Acknowledged => ({ topics: new Set(), deleted: new Set(), values: new Map() })

/** Makes topics, appends, rolls, deletes; notes in `done` what was acknowledged. */
async function workload(system: SimulatedSystem, done: Acknowledged): Promise<void> {
  // An index entry for each batch, and room for two: the log rolls often.
  const configs = new Map([
    ['segment.index.bytes', '24'],
    ['index.interval.bytes', '0'],
  ])
  const long = 'x'.repeat(300)
  for (let round = 0; round < 3; round++) {
    const cluster = openDirectory(system, ROOT)
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
    await cluster.close()
  }
}

/** Opens what is left for writing, as the next command would, and checks it against what was acknowledged. */
async function check(system: SimulatedSystem, done: Acknowledged): Promise<void> {
  const before = await contents(system, done)
  const writer = openDirectory(system, ROOT)
  await writer.beginWriting()
  for (const topic of done.topics) {
    const appender = writer.openAppender(topic)
    for (let partition = 0; partition < 2; partition++) appender.append(partition, batchOf(['after the crash']))
  }
  await writer.close()
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
      expect(values.slice(0, acknowledged.length)).toEqual(acknowledged)
      expect(records.slice(0, acknowledged.length).map(({ offset }) => offset)).toEqual(acknowledged.map((_, index) => String(index)))
      // Of what was not acknowledged, a later batch may be on the disk and an earlier one not: a gap, and it is said.
      expect(damage.filter(({ fromOffset }) => fromOffset < BigInt(acknowledged.length))).toEqual([])
      // Beyond what was acknowledged there may be what was being written; never anything else.
      for (const value of values.slice(acknowledged.length)) expect(value).toMatch(/^(\d\.\d\.(short|x{300})|after the crash)$/)
      found.set(`${topic}-${partition}`, values)
    }
  }
  await cluster.close()
  return found
}

test('a power loss after any file call loses nothing that was acknowledged', async () => {
  const whole = simulatedSystem({ seed: 1 })
  await workload(whole, nothing())
  const points = whole.files.journal.filter((call) => call.changes).map((call) => call.number + 1)
  let tried = 0
  for (const [index, point] of points.entries()) {
    const system = simulatedSystem({ seed: 1 })
    const done = nothing()
    system.files.cutPowerAt(point)
    await workload(system, done).catch(() => {})
    const mode = MODES[index % MODES.length] as (typeof MODES)[number]
    await check(system.afterPowerLoss({ mode, seed: index }), done)
    tried++
  }
  console.log(`power loss: ${tried} points tried`)
  expect(tried).toBeGreaterThan(100)
})

test('a kill after any file call loses nothing that was written', async () => {
  const whole = simulatedSystem({ seed: 2 })
  await workload(whole, nothing())
  const points = whole.files.journal.filter((call) => call.changes).map((call) => call.number + 1)
  for (const [index, point] of points.entries()) {
    const system = simulatedSystem({ seed: 2 })
    const done = nothing()
    system.files.cutPowerAt(point)
    await workload(system, done).catch(() => {})
    await check(system.afterPowerLoss({ mode: 'keep', seed: index }), done)
  }
  console.log(`kill: ${points.length} points tried`)
})

test('a file call that fails is reported, and what was acknowledged before stays', async () => {
  const whole = simulatedSystem({ seed: 3 })
  await workload(whole, nothing())
  const calls = whole.files.journal.length
  let reported = 0
  for (let number = 1; number <= calls; number++) {
    for (const code of number % 2 === 0 ? (['EIO'] as const) : (['ENOSPC'] as const)) {
      const system = simulatedSystem({ seed: 3 })
      const done = nothing()
      system.files.failCall(number, code)
      const failure = await workload(system, done).then(
        () => null,
        (error: unknown) => error,
      )
      if (failure !== null) reported++
      system.kill()
      await check(system.anotherProcess(), done)
    }
  }
  console.log(`failing calls: ${calls} tried, ${reported} reported`)
  expect(reported).toBeGreaterThan(calls / 2)
})
