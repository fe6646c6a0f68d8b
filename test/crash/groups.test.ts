// The power fails after every file call of two runs of a group's members: no commit that a run ended with is lost, no offset is ahead of what
// was handed over, and the next member goes on.
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { consumeAsMember } from '../../src/operations/consume/group/consume-as-member.ts'
import type { RecordSink } from '../../src/operations/consume/record-sink.ts'
import type { CrashMode } from '../simulation/file-node.ts'
import type { SimulatedSystem } from '../simulation/system.ts'
import { simulatedSystem } from '../simulation/system.ts'
import { batchOf } from '../support/batches.ts'
import { memberOptions } from '../support/members.ts'
import { openDirectory } from '../support/records.ts'

const MODES: readonly CrashMode[] = ['drop', 'random', 'keep', 'zeros']
const INPUTS = Array.from({ length: 12 }, (_, index) => `input ${index}`)

/** What the user saw. */
interface Seen {
  readonly values: string[]
  /** As many were there when the last run ended well. */
  acknowledged: number
}

async function open(system: SimulatedSystem): Promise<DirectoryCluster> {
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  return cluster
}

async function makeInputs(system: SimulatedSystem): Promise<void> {
  const cluster = await open(system)
  cluster.createTopic('events', { partitions: 2, configs: new Map() })
  const appender = cluster.openAppender('events')
  for (const [index, value] of INPUTS.entries()) appender.append(index % 2, batchOf([value]))
  await cluster.close()
}

function collect(values: string[], maxRecords: number): RecordSink {
  let left = maxRecords
  return {
    beginBatch: () => {},
    record: ({ bytes, valueStart, valueEnd }) => {
      values.push(bytes.toString('utf8', valueStart, valueEnd))
      return --left > 0
    },
    endBatch: () => null,
    idle: () => null,
  }
}

async function readAsMember(cluster: DirectoryCluster, system: SimulatedSystem, memberId: string, sink: RecordSink): Promise<void> {
  await consumeAsMember({
    cluster,
    clock: system.clock,
    member: memberOptions(memberId, ['events']),
    offsets: { from: { kind: 'start', plus: 0n }, to: null },
    isFollowing: false,
    commit: 'after',
    sink,
    output: null,
    isCommittedOnly: false,
    withControl: false,
    onDamage: () => {},
    note: () => {},
    signal: new AbortController().signal,
  })
}

async function twoRuns(system: SimulatedSystem, seen: Seen): Promise<void> {
  for (const [run, maxRecords] of [5, 100].entries()) {
    const cluster = await open(system)
    await readAsMember(cluster, system, `member-${run}`, collect(seen.values, maxRecords))
    await cluster.close()
    seen.acknowledged = seen.values.length
  }
}

async function check(system: SimulatedSystem, seen: Seen): Promise<void> {
  const cluster = await open(system)
  const committed = await cluster.groups.fetchOffsets('g')
  const done = committed.flatMap(({ partition, offset }) => INPUTS.filter((_, index) => index % 2 === partition).slice(0, Number(offset)))
  expect(seen.values).toEqual(expect.arrayContaining(done))
  expect(done).toEqual(expect.arrayContaining(seen.values.slice(0, seen.acknowledged)))
  const rest: string[] = []
  await readAsMember(cluster, system, 'after', collect(rest, 100))
  expect([...done, ...rest].toSorted()).toEqual(INPUTS.toSorted())
  expect((await cluster.groups.describe('g')).state).toBe('Empty')
  await cluster.close()
}

test('whatever file call is the last, commits are kept, none is ahead, and the group goes on', async () => {
  const whole = simulatedSystem({ seed: 3 })
  await makeInputs(whole)
  const before = whole.files.journal.length
  const all: Seen = { values: [], acknowledged: 0 }
  await twoRuns(whole, all)
  expect([all.values.toSorted(), all.acknowledged]).toEqual([INPUTS.toSorted(), INPUTS.length])
  const points = whole.files.journal.filter((call) => call.changes && call.number > before).map((call) => call.number + 1)
  expect(points.length).toBeGreaterThan(50)
  for (const [index, point] of points.entries()) {
    const system = simulatedSystem({ seed: 3 })
    await makeInputs(system)
    const seen: Seen = { values: [], acknowledged: 0 }
    system.files.cutPowerAt(point)
    await twoRuns(system, seen).catch(() => {})
    await check(system.afterPowerLoss({ mode: MODES[index % MODES.length] as CrashMode, seed: point }), seen)
  }
}, 120_000)
