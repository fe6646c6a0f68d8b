// The power fails, the process is killed, or the disk refuses, at every single file call of a compaction: no live key is lost, offsets
// rise, no aborted record is seen; by readers that change nothing, by the next writer, and by Kafka's own recovery.
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { LeatError } from '../../src/errors/leat-error.ts'
import { unreadRecords } from '../../src/log/unread-records.ts'
import type { Finding } from '../../src/operations/log/finding.ts'
import { dump } from '../../src/operations/log/dump/dump.ts'
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
/** LEAT_CRASH_SEED repeats a run; LEAT_CRASH_MODES=all tries every mode after every call. */
const SEED = Number(process.env['LEAT_CRASH_SEED'] ?? Date.now() % 1_000_000)
const ALL_MODES = process.env['LEAT_CRASH_MODES'] === 'all'
/** Seconds, and minutes where others use the machine. */
const SLOW = { timeout: 600_000 }
console.log(`crash of compaction: seed ${SEED}, ${ALL_MODES ? 'all modes' : 'two modes'} after each call`)

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

async function verified({ files }: SimulatedSystem): Promise<{ findings: Finding[]; records: number }> {
  const findings: Finding[] = []
  const options = { files, root: ROOT, targets: ['t'], isDeep: true }
  const { records } = await verify({ ...options, onFinding: (finding) => void findings.push(finding) })
  return { findings, records }
}

/** What looks at files, or counts what is in them, sees what readers see: right after the crash, with nothing mended yet. */
async function checkLooks(system: SimulatedSystem, done: Expected): Promise<void> {
  const { files } = system
  const isLost = ({ kind, fromOffset }: Finding): boolean => kind === 'damage' && (fromOffset ?? 0n) < done.storedEnd
  const looked = await verified(system)
  expect(looked.findings.filter(isLost)).toEqual([])

  const cluster = openDirectory(system, ROOT)
  const { endOffset } = cluster.partitionOffsets('t', 0)
  const { records } = await readPartition(cluster, 't', 0)
  const committed = await readPartition(cluster, 't', 0, { isCommittedOnly: true })
  await cluster.close()
  const options = { files, root: ROOT, workingDirectory: ROOT, names: ['t'], partitions: null, onSkip: () => {}, offsets: null }
  const items = dump({ ...options, maxItems: Number.POSITIVE_INFINITY, withRecords: true, isDecoding: true })
  const dumped: string[] = []
  let markers = 0
  for (const item of items)
    if (item.type !== 'record') continue
    else if (item.cursor.header.isControl) markers++
    else dumped.push(String(item.cursor.offset))
  expect(dumped).toEqual(records.map(({ offset }) => offset))
  expect(looked.records).toBe(dumped.length + markers)
  expect(unreadRecords(files, FOLDER, 0n, endOffset).count).toBe(BigInt(committed.records.length))
}

/** Reads what is left, lets Kafka's recovery have a copy, then writes and compacts it as the next command would. */
async function check(system: SimulatedSystem, done: Expected): Promise<void> {
  await checkTable(system, done)
  await checkLooks(system, done)
  const kafkas = simulatedSystem({ disk: system.files.crash({ mode: 'keep' }) })
  loadAsKafka(kafkas.files, FOLDER)
  await checkTable(kafkas, done)

  const cluster = openDirectory(system, ROOT)
  await cluster.beginWriting()
  await cluster.compact('t', 0, { ...REQUEST, mapBytes: 1 << 20 })
  await cluster.close()
  await checkTable(system, done)
  const isOfOthers = ({ file, toOffset }: Finding): boolean =>
    file.endsWith('.snapshot') || (toOffset !== null && toOffset >= done.storedEnd)
  expect((await verified(system)).findings.filter((finding) => !isOfOthers(finding))).toEqual([])
  const names = system.files.list(FOLDER).map(({ name }) => name)
  expect(names.filter((name) => /\.(cleaned|swap|deleted)$/.test(name))).toEqual([])
}

/** What was called in a run. */
async function callsOf(prepared: Prepared): Promise<readonly Call[]> {
  const whole = copyOf(prepared)
  await workload(whole)
  return whole.system.files.journal
}

/** The power fails after the call. */
async function crashedAt(prepared: Prepared, number: number): Promise<Prepared> {
  const run = copyOf(prepared)
  run.system.files.cutPowerAt(number + 1)
  await workload(run).catch(() => {})
  return run
}

/** The process ends after the call: all that it wrote is there, and not all of it is on the disk. */
async function killedAt(prepared: Prepared, number: number): Promise<Prepared> {
  const { system, done } = await crashedAt(prepared, number)
  system.files.cutPowerAt(Infinity)
  system.kill()
  return { system: system.anotherProcess(), done }
}

/** Opens the log, which finishes what was cut short. */
async function finish(system: SimulatedSystem): Promise<void> {
  const cluster = openDirectory(system, ROOT)
  await cluster.beginWriting()
  cluster.openLog('t', 0)
}

/** The mode that does most, and another in its turn. */
function modesAt(index: number): readonly CrashMode[] {
  return ALL_MODES ? ['drop', 'keep', 'zeros', 'random'] : ['random', (['drop', 'zeros'] as const)[index % 2] as CrashMode]
}

test('a power loss after any file call of a compaction loses no live key', SLOW, async () => {
  const prepared = await prepare()
  const points = (await callsOf(prepared)).filter(({ changes }) => changes)
  expect(points.length).toBeGreaterThan(60)
  for (const [index, { number }] of points.entries()) {
    const run = await crashedAt(prepared, number)
    for (const mode of modesAt(index)) await check(run.system.afterPowerLoss({ mode, seed: SEED + number }), run.done)
  }
})

test('a power loss after any file call of what finishes a swap that was cut short loses no live key', SLOW, async () => {
  const prepared = await prepare()
  const cases: [kill: number, powerLoss: number][] = []
  for (const { number, changes } of await callsOf(prepared)) {
    if (!changes) continue
    const { system } = await killedAt(prepared, number)
    if (!system.files.list(FOLDER).some(({ name }) => name.endsWith('.swap'))) continue
    const before = system.files.calls
    await finish(system)
    const calls = system.files.journal.slice(before).filter((call) => call.changes && call.path.startsWith(FOLDER))
    cases.push(...calls.map((call): [number, number] => [number, call.number + 1]))
  }
  expect(cases.length).toBeGreaterThan(200)
  for (const [index, [kill, powerLoss]] of cases.entries()) {
    if (!ALL_MODES && (index + SEED) % 15 !== 0) continue
    const { system, done } = await killedAt(prepared, kill)
    system.files.cutPowerAt(powerLoss)
    await finish(system).catch(() => {})
    for (const mode of modesAt(index)) await check(system.afterPowerLoss({ mode, seed: SEED + index }), done)
  }
})

test(
  'a look at what a compaction would do sees a swap that was cut short as the next writer will: finished, or taken back',
  SLOW,
  async () => {
    const plan = async (system: SimulatedSystem): Promise<unknown> => {
      const cluster = openDirectory(system, ROOT)
      const planned = await cluster.planCompaction('t', 0, { ...REQUEST, mapBytes: 1 << 20 })
      await cluster.close()
      return planned
    }
    const prepared = await prepare()
    let swaps = 0
    for (const { number, changes } of await callsOf(prepared)) {
      if (!changes) continue
      const { system } = await killedAt(prepared, number)
      if (!system.files.list(FOLDER).some(({ name }) => name.endsWith('.swap'))) continue
      swaps++
      const planned = await plan(system)
      await finish(system)
      expect(planned, `after call ${number}`).toEqual(await plan(system))
    }
    expect(swaps).toBeGreaterThan(20)
  },
)

test('a kill after any file call of a compaction loses no live key', SLOW, async () => {
  const prepared = await prepare()
  for (const { number, changes } of await callsOf(prepared)) {
    if (!changes) continue
    const run = await crashedAt(prepared, number)
    await check(run.system.afterPowerLoss({ mode: 'keep' }), run.done)
  }
})

test('a file call of a compaction that fails is reported, and no live key is lost', SLOW, async () => {
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
