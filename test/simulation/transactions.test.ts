// Several processes share two transactional ids in one directory, are interleaved at every wait, and are killed in the middle. Whatever
// happens, a transaction is seen whole or not at all, as its producer was told, and nothing holds readers back in the end.
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { LeatError } from '../../src/errors/leat-error.ts'
import { batchOf } from '../support/batches.ts'
import { openDirectory, readPartition } from '../support/records.ts'
import { killable } from './killable.ts'
import { SeededRandom } from './random.ts'
import { simulatedSystem } from './system.ts'

/** 50 in every run; the long run takes a thousand. */
const SEEDS = Number(process.env['LEAT_SIMULATION_SEEDS'] ?? 50)
const ONLY_SEED = process.env['LEAT_SIMULATION_SEED']
const MINUTE = 60_000
const PROCESSES = 4
const ROUNDS = 6
const TARGETS = [
  { topic: 'a', partition: 0 },
  { topic: 'a', partition: 1 },
  { topic: 'b', partition: 0 },
]

interface Outcome {
  /** The partition whose offset is committed with it. */
  readonly partition: number
  readonly targets: readonly (typeof TARGETS)[number][]
  /** What its producer was told. */
  told: 'committed' | 'aborted' | 'nothing'
}

async function produce(cluster: DirectoryCluster, name: string, random: SeededRandom, outcomes: Map<string, Outcome>): Promise<void> {
  let producer = await cluster.transactions.initProducerId(`id-${random.below(2)}`, MINUTE)
  for (let round = 0; round < ROUNDS; round++) {
    if (random.below(4) === 0) await cluster.transactions.endUnfinished()
    const targets = TARGETS.filter(() => random.below(3) > 0)
    if (targets.length === 0) continue
    const value = `${name}.${round}`
    const outcome: Outcome = { partition: outcomes.size, targets, told: 'nothing' }
    outcomes.set(value, outcome)
    await cluster.transactions.addPartitions(producer, targets, 'group')
    for (const target of targets) cluster.transactions.append(producer, target, batchOf([value]), 0)
    const offset = { topic: 'a', partition: outcome.partition, offset: 1n, leaderEpoch: -1, metadata: '' }
    cluster.transactions.sendOffsets(producer, { groupId: 'group', member: null, offsets: [offset] })
    const isCommitted = random.below(3) > 0
    producer = await cluster.transactions.endTransaction(producer, isCommitted)
    outcome.told = isCommitted ? 'committed' : 'aborted'
  }
}

const REFUSALS = new Set(['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'INVALID_TXN_STATE', 'CONCURRENT_TRANSACTIONS'])

async function run(seed: number): Promise<Map<string, Outcome>> {
  const random = new SeededRandom(seed)
  const machine = simulatedSystem({ seed })
  const first = openDirectory(machine, '/data')
  await first.beginWriting()
  for (const topic of ['a', 'b']) first.createTopic(topic, { partitions: 2, configs: new Map() })
  await first.transactions.initProducerId('first', MINUTE)
  await first.close()

  const outcomes = new Map<string, Outcome>()
  const processes = Array.from({ length: PROCESSES }, async (_, index) => {
    const { system, kill, isDead } = killable(machine.anotherProcess(), random)
    const cluster = openDirectory(system, '/data')
    await cluster.beginWriting()
    const working = produce(cluster, `${index}`, random, outcomes).catch((error: unknown) => {
      if (!isDead() && !isRefusal(error)) throw error
    })
    // Some live to the end.
    for (let turns = random.below(300); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve))
    if (random.below(4) > 0) kill()
    await working
    kill()
  })
  await Promise.all(processes)

  const last = openDirectory(machine.anotherProcess(), '/data')
  await last.beginWriting()
  await machine.clock.advance(MINUTE + 1)
  await last.transactions.endUnfinished()
  await check(last, outcomes)
  await last.close()
  return outcomes
}

function isRefusal(error: unknown): boolean {
  return error instanceof LeatError && REFUSALS.has(error.code)
}

async function check(cluster: DirectoryCluster, outcomes: ReadonlyMap<string, Outcome>): Promise<void> {
  const seen = new Map<string, string[]>()
  for (const { topic, partition } of TARGETS) {
    const view = cluster.openTransactionView(topic, partition, 0n)
    expect(view.lastStableOffset()).toBe(cluster.partitionOffsets(topic, partition).endOffset)
    view.close()
    const { records } = await readPartition(cluster, topic, partition, { isCommittedOnly: true })
    for (const { value } of records) seen.set(String(value), [...(seen.get(String(value)) ?? []), `${topic}-${partition}`])
  }
  const offsets = new Set((await cluster.groups.fetchOffsets('group')).map(({ partition }) => partition))
  for (const [value, { partition: committed, targets, told }] of outcomes) {
    const places = seen.get(value) ?? []
    if (told === 'aborted' || (told === 'nothing' && places.length === 0)) expect(places, value).toEqual([])
    else expect(places, value).toEqual(targets.map(({ topic, partition }) => `${topic}-${partition}`))
    expect(offsets.has(committed), value).toBe(places.length > 0)
  }
}

test(`${SEEDS} seeds of producers that share ids, are interleaved and killed`, async () => {
  const told: Record<Outcome['told'], number> = { committed: 0, aborted: 0, nothing: 0 }
  const seeds = ONLY_SEED === undefined ? Array.from({ length: SEEDS }, (_, index) => index + 1) : [Number(ONLY_SEED)]
  for (const seed of seeds) {
    try {
      for (const outcome of (await run(seed)).values()) told[outcome.told]++
    } catch (error) {
      throw new Error(`LEAT_SIMULATION_SEED=${seed} repeats it`, { cause: error })
    }
  }
  // All kinds of endings are tried.
  if (ONLY_SEED === undefined) for (const count of Object.values(told)) expect(count).toBeGreaterThanOrEqual(SEEDS)
}, 3_600_000)
