// The power fails, the process is killed, or the disk refuses, at every single file call of a compaction: no live key is lost, offsets
// rise, no aborted record is seen; by readers that change nothing, by the next writer, and by Kafka's own recovery.
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { LeatError } from '../../src/errors/leat-error.ts'
import type { Finding } from '../../src/operations/log/finding.ts'
import { verify } from '../../src/operations/log/verify.ts'
import type { CrashMode } from '../simulation/file-node.ts'
import { SimulatedClock } from '../simulation/clock.ts'
import type { Call } from '../simulation/faults.ts'
import { type SimulatedSystem, simulatedSystem } from '../simulation/system.ts'
import { markerOf } from '../support/batches.ts'
import { keyedBatch } from '../support/keyed-batches.ts'
import { openDirectory, readPartition } from '../support/records.ts'
import { loadAsKafka } from './kafka-load.ts'

const ROOT = '/data'
const FOLDER = `${ROOT}/t-0`
const REQUEST = { rolls: true, turn: async (): Promise<void> => {} }
/** A table that holds five keys: the others take another round. */
const LITTLE_MEMORY = 128

/** The table as it has to be found: what was acknowledged, and what may be there in its place. */
interface Expected {
  readonly stored: Map<string, string | null>
  readonly written: Map<string, string | null>
  /** Before this offset all is acknowledged. */
  storedEnd: bigint
  /** Whether a log was not left as by a clean stop, and that was told. */
  isUnfinished: boolean
}

class Writer {
  readonly cluster: DirectoryCluster
  readonly #done: Expected
  readonly #sequences = new Map<bigint, number>()

  constructor(system: SimulatedSystem, done: Expected) {
    this.cluster = openDirectory(system, ROOT, ({ kind }) => {
      if (kind === 'unfinished') done.isUnfinished = true
    })
    this.#done = done
  }

  append(
    records: Readonly<Record<string, string | null>>,
    options: { codec?: number; producerId?: bigint; isAborted?: boolean } = {},
  ): void {
    const { codec = 0, producerId: id, isAborted = false } = options
    const sequence = this.#sequences.get(id ?? -1n) ?? 0
    this.#sequences.set(id ?? -1n, sequence + Object.keys(records).length)
    const list = Object.entries(records).map(([key, value]) => ({ key, value }))
    const producer = id === undefined ? {} : { producer: { id, sequence, isTransactional: true } }
    this.cluster.openAppender('t').append(0, keyedBatch(list, { codec, ...producer }))
    if (!isAborted) for (const { key, value } of list) this.#done.written.set(key, value)
  }

  mark(producerId: bigint, outcome: 'commit' | 'abort'): void {
    this.cluster.openAppender('t').append(0, markerOf(producerId, outcome))
  }

  async sync(): Promise<void> {
    await this.cluster.sync()
    for (const [key, value] of this.#done.written) this.#done.stored.set(key, value)
    this.#done.storedEnd = this.cluster.partitionOffsets('t', 0).endOffset
  }
}

interface Prepared {
  readonly system: SimulatedSystem
  readonly done: Expected
}

/** A log of segments of two batches, all of it on the disk. */
async function prepare(): Promise<Prepared> {
  const system = simulatedSystem()
  const done = { stored: new Map<string, string | null>(), written: new Map<string, string | null>(), storedEnd: 0n, isUnfinished: false }
  const writer = new Writer(system, done)
  await writer.cluster.beginWriting()
  const configs = { 'cleanup.policy': 'compact', 'delete.retention.ms': '1000', 'index.interval.bytes': '0', 'segment.index.bytes': '8' }
  writer.cluster.createTopic('t', { partitions: 1, configs: new Map(Object.entries(configs)) })
  writer.append({ a: '1', b: '1' })
  writer.append({ c: '1', d: '1', a: '2' }, { codec: 3 })
  writer.append({ b: 'aborted', e: 'aborted' }, { producerId: 7n, isAborted: true })
  writer.append({ a: '3', c: null })
  writer.append({ b: 'aborted' }, { producerId: 7n, isAborted: true })
  writer.mark(7n, 'abort')
  writer.append({ d: '2', f: '1' }, { producerId: 8n })
  writer.append({ a: '4' })
  writer.mark(8n, 'commit')
  writer.append({ f: null, g: '1' })
  writer.cluster.alterTopic('t', { partitions: null, configs: new Map([['segment.index.bytes', '96']]) })
  await writer.sync()
  await writer.cluster.close()
  return { system, done }
}

/** The same again, for one run. */
function copyOf({ system, done }: Prepared): Prepared {
  const disk = system.files.crash({ mode: 'keep' })
  return {
    system: simulatedSystem({ disk, clock: new SimulatedClock(system.clock.now()) }),
    done: { stored: new Map(done.stored), written: new Map(done.written), storedEnd: done.storedEnd, isUnfinished: false },
  }
}

/** Compactions that make few segments of them. */
async function workload({ system, done }: Prepared): Promise<void> {
  const first = new Writer(system, done)
  await first.cluster.beginWriting()
  await first.cluster.compact('t', 0, { ...REQUEST, mapBytes: LITTLE_MEMORY })
  await first.cluster.close()
  await system.clock.advance(2000)
  const second = new Writer(system, done)
  await second.cluster.beginWriting()
  // Not synced: what it supersedes may go only when it is on the disk.
  second.append({ a: '5', g: '2' })
  await second.cluster.compact('t', 0, { ...REQUEST, mapBytes: 1 << 20 })
  await second.sync()
  await second.cluster.close()
}

async function checkTable(system: SimulatedSystem, done: Expected): Promise<void> {
  const cluster = openDirectory(system, ROOT)
  const { records, damage } = await readPartition(cluster, 't', 0, { isCommittedOnly: true })
  await cluster.close()
  // Of what was not acknowledged, a part may be missing in the middle, and it is said.
  expect(damage.filter(({ toOffset }) => toOffset <= done.storedEnd)).toEqual([])
  const offsets = records.map(({ offset }) => Number(offset))
  expect(offsets).toEqual([...new Set(offsets)].toSorted((a, b) => a - b))
  const table = new Map(records.map(({ key, value }) => [key as string, value as string | null]))
  for (const [key, value] of table) expect([done.stored.get(key), done.written.get(key)], key).toContainEqual(value)
  // A tombstone may be gone; nothing else may.
  for (const [key, value] of done.stored) if (value !== null) expect([...table.keys()]).toContain(key)
}

/** Reads what is left, lets Kafka's recovery have a copy, then writes and compacts it as the next command would. */
async function check(system: SimulatedSystem, done: Expected): Promise<void> {
  await checkTable(system, done)
  const kafkas = simulatedSystem({ disk: system.files.crash({ mode: 'keep' }) })
  loadAsKafka(kafkas.files, FOLDER)
  await checkTable(kafkas, done)

  const cluster = openDirectory(system, ROOT)
  await cluster.beginWriting()
  await cluster.compact('t', 0, { ...REQUEST, mapBytes: 1 << 20 })
  await cluster.close()
  await checkTable(system, done)
  const findings: Finding[] = []
  await verify({ files: system.files, root: ROOT, targets: ['t'], isDeep: true, onFinding: (finding) => void findings.push(finding) })
  // Of a segment that was begun and never synced, an index may have come to the disk and the log not.
  const isOfOthers = ({ file, problem, toOffset }: Finding): boolean =>
    file.endsWith('.snapshot') || problem === 'it belongs to no segment' || (toOffset !== null && toOffset >= done.storedEnd)
  expect(findings.filter((finding) => !isOfOthers(finding))).toEqual([])
  const names = system.files.list(FOLDER).map(({ name }) => name)
  expect(names.filter((name) => /\.(cleaned|swap|deleted)$/.test(name))).toEqual([])
}

/** What was called in a run. */
async function callsOf(prepared: Prepared): Promise<readonly Call[]> {
  const whole = copyOf(prepared)
  await workload(whole)
  return whole.system.files.journal
}

test('a power loss after any file call of a compaction loses no live key', async () => {
  const prepared = await prepare()
  const points = (await callsOf(prepared)).filter(({ changes }) => changes)
  expect(points.length).toBeGreaterThan(60)
  for (const [index, { number }] of points.entries()) {
    const run = copyOf(prepared)
    run.system.files.cutPowerAt(number + 1)
    await workload(run).catch(() => {})
    // In the mode that does most, and in that of its turn.
    for (const mode of ['random', (['drop', 'zeros'] as const)[index % 2] as CrashMode] as const)
      await check(run.system.afterPowerLoss({ mode, seed: number }), run.done)
  }
})

test('a kill after any file call of a compaction loses no live key', async () => {
  const prepared = await prepare()
  for (const { number, changes } of await callsOf(prepared)) {
    if (!changes) continue
    const run = copyOf(prepared)
    run.system.files.cutPowerAt(number + 1)
    await workload(run).catch(() => {})
    await check(run.system.afterPowerLoss({ mode: 'keep' }), run.done)
  }
})

test('a file call of a compaction that fails is reported, and no live key is lost', async () => {
  const prepared = await prepare()
  const unreported: string[] = []
  for (const { number, changes, syscall, path } of await callsOf(prepared)) {
    const run = copyOf(prepared)
    run.system.files.failCall(number, number % 2 === 0 ? 'EIO' : 'ENOSPC')
    const failure = await workload(run).then(
      () => null,
      (error: unknown) => error,
    )
    if (failure === null && !run.done.isUnfinished) unreported.push(`${number}: ${syscall} ${path}`)
    else if (failure !== null && path.endsWith('.cleaned')) expect(failure, path).toBeInstanceOf(LeatError)
    run.system.kill()
    // A failed look leaves the disk as a kill does, which is tried above.
    if (changes) await check(run.system.anotherProcess(), run.done)
  }
  expect(unreported).toEqual([])
})
