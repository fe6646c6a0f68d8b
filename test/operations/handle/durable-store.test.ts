// What is told stored is stored, whichever file call fails.
import { expect, test } from 'vitest'
import { DurableStore } from '../../../src/operations/handle/durable-store.ts'
import { type SimulatedSystem, simulatedSystem } from '../../simulation/system.ts'
import { openDirectory, readPartition } from '../../support/records.ts'

const PARTITIONS = 2
const STORES = /in\.dlq|g\.handled/
/** Records that fail in the same moment; several are appended while the next ones are added. */
const GROUPS = [
  [150_000, 150_000, 150_000, 10],
  [20, 10],
]
/** One that the topic takes compressed only: it is appended at once, after those before it. */
const COMPRESSED = 300_000

async function prepared(): Promise<SimulatedSystem> {
  const system = simulatedSystem({ seed: 3 })
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  for (const topic of ['in.dlq', 'g.handled'])
    cluster.createTopic(topic, { partitions: PARTITIONS, configs: new Map([['max.message.bytes', '200000']]) })
  await cluster.close()
  return system
}

/** @returns the names of records that were told stored */
async function run(system: SimulatedSystem): Promise<string[]> {
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  const store = new DurableStore(cluster, system)
  const told: string[] = []
  const keep = async (name: string, topic: string, partition: number, size: number): Promise<void> => {
    const record = { topic, partition, timestamp: 1n, key: Buffer.from(name), value: Buffer.alloc(size, 'x'), headers: null, codec: 0 }
    await store.store(record).then(
      () => told.push(name),
      () => {},
    )
  }
  for (const [group, sizes] of GROUPS.entries()) {
    const letters = [...sizes, ...(group === 0 ? [COMPRESSED, 10] : [])]
    const kept = letters.map((size, index) => keep(`${group}.${index}`, 'in.dlq', index % PARTITIONS, size))
    await Promise.all([...kept, keep(`${group} id`, 'g.handled', 0, 0)])
  }
  return told
}

/** Names of the records in the log. */
async function stored(system: SimulatedSystem): Promise<string[]> {
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  const names: string[] = []
  for (const topic of ['in.dlq', 'g.handled'])
    for (let partition = 0; partition < PARTITIONS; partition++)
      names.push(...(await readPartition(cluster, topic, partition)).records.map(({ key }) => String(key)))
  await cluster.close()
  return names
}

test('whichever file call fails, each record that is told stored is on the disk', async () => {
  const whole = await prepared()
  const before = whole.files.calls
  const all = await run(whole)
  expect(all.length).toBe(GROUPS.flat().length + GROUPS.length + 2)
  let failures = 0
  for (const { number } of whole.files.journal.slice(before).filter(({ path }) => STORES.test(path))) {
    const system = await prepared()
    system.files.failCall(number, 'ENOSPC')
    const told = await run(system).catch(() => [])
    system.kill()
    if (told.length < all.length) failures++
    const kept = await stored(system.afterPowerLoss({ mode: 'drop', seed: number }))
    expect([number, told.filter((name) => !kept.includes(name))]).toEqual([number, []])
  }
  expect(failures).toBeGreaterThan(20)
})

test('a record that its topic does not take keeps no other from being stored, then or later', async () => {
  const system = await prepared()
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  cluster.alterTopic('in.dlq', { partitions: null, configs: new Map([['max.message.bytes', '1000']]) })
  const store = new DurableStore(cluster, system)
  const keep = (value: Buffer): Promise<void> =>
    store.store({ topic: 'in.dlq', partition: 0, timestamp: 1n, key: Buffer.from('key'), value, headers: null, codec: 0 })
  const tooLarge = Buffer.alloc(5000)
  system.random.fill(tooLarge)
  const said = await Promise.allSettled([keep(Buffer.alloc(10)), keep(tooLarge), keep(Buffer.alloc(10))])
  expect(said.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  await keep(Buffer.alloc(10))
  expect(cluster.partitionOffsets('in.dlq', 0).endOffset).toBe(3n)
  await cluster.close()
})
