// The power fails, or the process is killed, after every file call of transactions and of a pipe: a committed one is there whole, of the others
// there is nothing to see, and the offsets that a pipe committed are those of what it stored.
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { pipe, type PipeOptions } from '../../src/operations/pipe/pipe.ts'
import type { CrashMode } from '../simulation/file-node.ts'
import type { SimulatedSystem } from '../simulation/system.ts'
import { simulatedSystem } from '../simulation/system.ts'
import { batchOf } from '../support/batches.ts'
import { openDirectory, readPartition } from '../support/records.ts'

const ROOT = '/data'
const MINUTE = 60_000
const MODES_AT: readonly CrashMode[][] = [['drop'], ['random'], ['keep'], ['zeros']]
/** An index entry for each batch, and room for three: logs roll often. */
const SMALL = new Map([
  ['segment.index.bytes', '36'],
  ['index.interval.bytes', '0'],
])

/** What the user was told. */
interface Told {
  readonly committed: string[]
  readonly aborted: string[]
  /** Its end was asked for, and not answered. */
  pending: string | null
}

async function open(system: SimulatedSystem): Promise<DirectoryCluster> {
  const cluster = openDirectory(system, ROOT)
  await cluster.beginWriting()
  return cluster
}

const TARGETS = [
  { topic: 'orders', partition: 0 },
  { topic: 'orders', partition: 1 },
  { topic: 'totals', partition: 0 },
]

/** Commits and aborts in turn, two runs, and leaves one open in between. */
async function transactions(system: SimulatedSystem, told: Told): Promise<void> {
  for (let run = 0; run < 2; run++) {
    const cluster = await open(system)
    for (const topic of ['orders', 'totals']) if (!cluster.hasTopic(topic)) cluster.createTopic(topic, { partitions: 2, configs: SMALL })
    let producer = await cluster.transactions.initProducerId('id', MINUTE)
    for (let round = 0; round < 3; round++) {
      const value = `${run}.${round}`
      const isCommitted = round % 2 === 0
      await cluster.transactions.addPartitions(producer, TARGETS, 'group')
      for (const target of TARGETS) cluster.transactions.append(producer, target, batchOf([value, value]), 0)
      const offset = { topic: 'orders', partition: 0, offset: BigInt(run * 4 + round + 1), leaderEpoch: -1, metadata: '' }
      cluster.transactions.sendOffsets(producer, { groupId: 'group', member: null, offsets: [offset] })
      // The last one of a run is left as it is.
      if (round === 2) break
      if (isCommitted) told.pending = value
      producer = await cluster.transactions.endTransaction(producer, isCommitted)
      told.pending = null
      if (isCommitted) told.committed.push(value)
      else told.aborted.push(value)
    }
    await cluster.close()
  }
}

/** What the next run finds, once it has taken up the id. */
async function checkTransactions(system: SimulatedSystem, told: Told): Promise<void> {
  const cluster = await open(system)
  if (!TARGETS.every(({ topic }) => cluster.hasTopic(topic))) {
    expect(told.committed).toEqual([])
    return cluster.close()
  }
  await cluster.transactions.initProducerId('id', MINUTE)
  const seen = await Promise.all(
    TARGETS.map(async ({ topic, partition }) => {
      const { records } = await readPartition(cluster, topic, partition, { isCommittedOnly: true })
      // Nothing that is open holds readers back.
      const view = cluster.openTransactionView(topic, partition, 0n)
      expect(view.lastStableOffset()).toBe(cluster.partitionOffsets(topic, partition).endOffset)
      view.close()
      return records.map(({ value }) => String(value))
    }),
  )
  const values = seen[0] ?? []
  expect(seen).toEqual(TARGETS.map(() => values))
  const committed = values.filter((_, index) => index % 2 === 0)
  expect(values).toEqual(committed.flatMap((value) => [value, value]))
  // That which was not answered may be there or not.
  const isThere = told.pending !== null && committed.at(-1) === told.pending
  expect(committed).toEqual([...told.committed, ...(isThere ? [told.pending] : [])])
  // The offset of the group is that of the last one.
  const [offset] = await cluster.groups.fetchOffsets('group')
  const [run, round] = (committed.at(-1) ?? '').split('.').map(Number)
  expect(offset?.offset).toBe(run === undefined || round === undefined ? undefined : BigInt(run * 4 + round + 1))
  await cluster.close()
}

const INPUTS = Array.from({ length: 12 }, (_, index) => `input ${index}`)

function pipeOptions(cluster: DirectoryCluster, system: SimulatedSystem): PipeOptions {
  return {
    cluster,
    system,
    from: 'in',
    to: 'out',
    partitions: null,
    groupId: 'copier',
    offsets: { from: { kind: 'start', plus: 0n }, to: null },
    isFollowing: false,
    isWanted: null,
    keyField: null,
    openTransform: null,
    codec: 0,
    batchBytes: 1000,
    recordsPerTransaction: 5,
    createPartitions: null,
    signal: new AbortController().signal,
    onTopicCreated: () => {},
    onDamage: () => {},
    note: () => {},
  }
}

async function makeInputs(system: SimulatedSystem): Promise<void> {
  const cluster = await open(system)
  cluster.createTopic('in', { partitions: 2, configs: SMALL })
  const appender = cluster.openAppender('in')
  for (const [index, value] of INPUTS.entries()) appender.append(index % 2, batchOf([value]))
  await cluster.close()
}

async function runPipe(system: SimulatedSystem): Promise<void> {
  const cluster = await open(system)
  await pipe(pipeOptions(cluster, system))
  await cluster.close()
}

/** Each output is there once, exactly for the inputs before the committed offsets; another run makes them complete. */
async function checkPipe(system: SimulatedSystem): Promise<void> {
  for (const isComplete of [false, true]) {
    const cluster = await open(system)
    if (isComplete) await pipe(pipeOptions(cluster, system))
    else if (cluster.hasTopic('out')) {
      await cluster.transactions.initProducerId('copier:in', MINUTE)
      await cluster.transactions.endUnfinished()
    }
    const committed = await cluster.groups.fetchOffsets('copier')
    const done = [0, 1].flatMap((partition) => {
      const offset = committed.find((known) => known.partition === partition)?.offset ?? 0n
      return INPUTS.filter((_, index) => index % 2 === partition).slice(0, Number(offset))
    })
    const outputs: string[] = []
    for (const partition of cluster.hasTopic('out') ? [0, 1] : [])
      outputs.push(...(await readPartition(cluster, 'out', partition, { isCommittedOnly: true })).records.map(({ value }) => String(value)))
    expect(outputs.toSorted()).toEqual(done.toSorted())
    if (isComplete) expect(outputs.length).toBe(INPUTS.length)
    await cluster.close()
  }
}

const nothing = (): Told => ({ committed: [], aborted: [], pending: null })

test('transactions: whatever file call is the last, the committed ones are there whole and nothing else is', async () => {
  const whole = simulatedSystem({ seed: 1 })
  const all = nothing()
  await transactions(whole, all)
  expect(all).toEqual({ committed: ['0.0', '1.0'], aborted: ['0.1', '1.1'], pending: null })
  const points = whole.files.journal.filter((call) => call.changes).map((call) => call.number + 1)
  expect(points.length).toBeGreaterThan(200)
  for (const [index, point] of points.entries()) {
    const system = simulatedSystem({ seed: 1 })
    const told = nothing()
    system.files.cutPowerAt(point)
    await transactions(system, told).catch(() => {})
    for (const mode of MODES_AT[index % MODES_AT.length] as CrashMode[])
      await checkTransactions(system.afterPowerLoss({ mode, seed: point }), told)
  }
}, 180_000)

test('a pipe: whatever file call is the last, outputs and committed offsets agree, and the next run completes them', async () => {
  const whole = simulatedSystem({ seed: 2 })
  await makeInputs(whole)
  const before = whole.files.journal.length
  await runPipe(whole)
  const points = whole.files.journal.filter((call) => call.changes && call.number > before).map((call) => call.number + 1)
  expect(points.length).toBeGreaterThan(100)
  for (const [index, point] of points.entries()) {
    const system = simulatedSystem({ seed: 2 })
    await makeInputs(system)
    system.files.cutPowerAt(point)
    await runPipe(system).catch(() => {})
    for (const mode of MODES_AT[index % MODES_AT.length] as CrashMode[]) await checkPipe(system.afterPowerLoss({ mode, seed: point }))
  }
}, 180_000)
