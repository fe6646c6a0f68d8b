// What becomes of the end of a log that was not closed in order, or went bad since.
import { describe, expect, test } from 'vitest'
import type { ScanStop } from '../../src/log/batch-scanner.ts'
import { CommittedView } from '../../src/log/committed-view.ts'
import { PartitionReader } from '../../src/log/partition-reader.ts'
import { writeProducerSnapshot } from '../../src/log/producer-snapshot.ts'
import { outcomeOfEnd, type RecoveryOutcome, type RecoveryReport } from '../../src/log/recovery.ts'
import { listSegments, segmentPath } from '../../src/log/segment-files.ts'
import type { Damage } from '../../src/log/segment-walker.ts'
import { simulatedSystem, type SimulatedSystem } from '../simulation/system.ts'
import { batchOf } from '../support/batches.ts'
import { openDirectory, readPartition } from '../support/records.ts'

const ROOT = '/data'
const FOLDER = `${ROOT}/t-0`
const LOG = segmentPath(FOLDER, 0n, 'log')

const END: ScanStop = { kind: 'end', position: 9 }
const INCOMPLETE: ScanStop = { kind: 'incomplete', position: 9, reason: '' }
const DAMAGED: ScanStop = { kind: 'damaged', position: 9, reason: '' }
const UNSUPPORTED: ScanStop = { kind: 'unsupported', position: 9, magic: 1, reason: '' }

test.for<[ScanStop, 'last segment' | 'earlier segment', 'past' | 'recovery point' | 'given end', RecoveryOutcome]>([
  [END, 'last segment', 'past', 'ok'],
  [INCOMPLETE, 'last segment', 'past', 'cut'],
  [DAMAGED, 'last segment', 'past', 'cut'],
  [UNSUPPORTED, 'last segment', 'past', 'refused'],
  [END, 'last segment', 'recovery point', 'ok'],
  [INCOMPLETE, 'last segment', 'recovery point', 'reported'],
  [DAMAGED, 'last segment', 'recovery point', 'reported'],
  [UNSUPPORTED, 'last segment', 'recovery point', 'refused'],
  [END, 'last segment', 'given end', 'reported'],
  [INCOMPLETE, 'last segment', 'given end', 'reported'],
  [DAMAGED, 'last segment', 'given end', 'reported'],
  [END, 'earlier segment', 'given end', 'ok'],
  [INCOMPLETE, 'earlier segment', 'given end', 'reported'],
  [DAMAGED, 'earlier segment', 'past', 'reported'],
  [UNSUPPORTED, 'earlier segment', 'past', 'refused'],
])('%o in the %s, past or before the %s: %s', ([tail, segment, before, outcome]) => {
  const isBeforeGivenEnd = before === 'given end'
  const isBeforeRecoveryPoint = isBeforeGivenEnd || before === 'recovery point'
  expect(outcomeOfEnd(tail, { isLastSegment: segment === 'last segment', isBeforeRecoveryPoint, isBeforeGivenEnd })).toBe(outcome)
})

async function append(system: SimulatedSystem, values: readonly string[]): Promise<{ offsets: bigint[]; reports: RecoveryReport[] }> {
  const reports: RecoveryReport[] = []
  const cluster = openDirectory(system, ROOT, (report) => reports.push(report))
  await cluster.beginWriting()
  if (!cluster.hasTopic('t')) cluster.createTopic('t', { partitions: 1, configs: new Map() })
  const appender = cluster.openAppender('t')
  const offsets = values.map((value) => appender.append(0, batchOf([value])))
  await cluster.close()
  return { offsets, reports }
}

function overwrite(system: SimulatedSystem, path: string, position: number, bytes: Buffer): void {
  const file = system.files.open(path, 'write')
  file.write(bytes, 0, bytes.length, position)
  file.close()
}

function truncate(system: SimulatedSystem, path: string, size: number): void {
  const file = system.files.open(path, 'write')
  file.truncate(size)
  file.close()
}

async function read(system: SimulatedSystem): Promise<{ values: unknown[]; damage: Damage[] }> {
  const cluster = openDirectory(system, ROOT)
  const { records, damage } = await readPartition(cluster, 't', 0)
  await cluster.close()
  return { values: records.map(({ offset, value }) => `${offset} ${String(value)}`), damage }
}

describe('an end that was synced and is lost', () => {
  const batchBytes = batchOf(['a']).length

  test('is reported, kept, and not written over: the log goes on after the offsets that were given', async () => {
    const system = simulatedSystem()
    await append(system, ['a', 'b', 'c'])
    overwrite(system, LOG, batchBytes + 20, Buffer.alloc(2 * batchBytes - 20))
    const { offsets, reports } = await append(system, ['d'])
    expect(offsets).toEqual([3n])
    expect(reports).toMatchObject([{ kind: 'damage', damage: { file: LOG, position: batchBytes, fromOffset: 1n, toOffset: 3n } }])
    expect(system.files.stat(LOG)?.size).toBe(3 * batchBytes)
    expect(await read(system)).toMatchObject({ values: ['0 a', '3 d'], damage: [{ fromOffset: 1n, toOffset: 3n }] })
  })

  test('is reported where the file just ends too soon', async () => {
    const system = simulatedSystem()
    await append(system, ['a', 'b', 'c'])
    truncate(system, LOG, batchBytes)
    const { offsets, reports } = await append(system, ['d'])
    expect(offsets).toEqual([3n])
    expect(reports).toMatchObject([{ kind: 'damage', damage: { file: LOG, fromOffset: 1n, toOffset: 3n } }])
    expect((await read(system)).values).toEqual(['0 a', '3 d'])
  })

  test('is told to who reads, before anybody has written again', async () => {
    const system = simulatedSystem()
    await append(system, ['a', 'b', 'c'])
    truncate(system, LOG, batchBytes)
    expect(await read(system)).toMatchObject({
      values: ['0 a'],
      damage: [{ file: LOG, position: batchBytes, fromOffset: 1n, toOffset: 3n }],
    })
    system.files.remove(LOG)
    expect(await read(system)).toMatchObject({ values: [], damage: [{ file: FOLDER, fromOffset: 0n, toOffset: 3n }] })
  })

  test('is told once, and the next process that writes has nothing to tell', async () => {
    const system = simulatedSystem()
    await append(system, ['a', 'b', 'c'])
    truncate(system, LOG, batchBytes + 7)
    expect((await append(system, ['d'])).reports.length).toBe(1)
    expect(await append(system, ['e'])).toEqual({ offsets: [4n], reports: [] })
  })

  test('past it, what was being written is cut as ever', async () => {
    const system = simulatedSystem()
    await append(system, ['a', 'b'])
    overwrite(system, LOG, 2 * batchBytes, batchOf(['c']).subarray(0, 30))
    const { offsets, reports } = await append(system, ['d'])
    expect(offsets).toEqual([2n])
    expect(reports).toMatchObject([{ kind: 'cut', position: 2 * batchBytes, sizeInBytes: 30 }])
  })

  test('is known by the snapshot of a later roll, too', async () => {
    const system = simulatedSystem()
    await append(system, ['a', 'b', 'c'])
    truncate(system, LOG, batchBytes)
    system.files.rename(segmentPath(FOLDER, 3n, 'snapshot'), segmentPath(FOLDER, 7n, 'snapshot'))
    expect((await append(system, ['d'])).offsets).toEqual([3n])
  })

  test('a recovery point that is wrong takes no offsets away', async () => {
    const system = simulatedSystem()
    await append(system, ['a', 'b', 'c'])
    const path = `${ROOT}/recovery-point-offset-checkpoint`
    const text = system.files.readWhole(path).toString().replace('t 0 3', 't 0 9000000000000000003')
    truncate(system, path, 0)
    overwrite(system, path, 0, Buffer.from(text))
    expect(await append(system, ['d'])).toEqual({ offsets: [3n], reports: [] })
  })

  test('of which only the recovery point tells is kept too, in a segment whose first batch it is', async () => {
    const system = simulatedSystem()
    await append(system, ['a'])
    for (const { name } of system.files.list(FOLDER)) if (name.endsWith('.snapshot')) system.files.remove(`${FOLDER}/${name}`)
    overwrite(system, LOG, 20, Buffer.alloc(10))
    const { offsets, reports } = await append(system, ['b'])
    expect(offsets).toEqual([1n])
    expect(reports).toMatchObject([{ kind: 'damage', damage: { file: LOG, position: 0, sizeInBytes: batchBytes } }])
    expect((await read(system)).values).toEqual(['1 b'])
  })

  test('a reader that waits at it reads what is appended after it', async () => {
    const system = simulatedSystem()
    await append(system, ['a', 'b', 'c'])
    truncate(system, LOG, batchBytes)
    const reader = new PartitionReader(system.files, FOLDER, () => {})
    expect([reader.next()?.baseOffset, reader.next()]).toEqual([0n, null])
    await system.clock.advance(10)
    await append(system, ['d'])
    expect(reader.next()?.baseOffset).toBe(3n)
    reader.close()
  })

  test('of the metadata log takes no topic with it', async () => {
    const system = simulatedSystem()
    await append(system, ['a'])
    const metadata = `${ROOT}/__cluster_metadata-0/00000000000000000000.log`
    // The bootstrap records are a batch of their own.
    truncate(system, metadata, 12 + system.files.readWhole(metadata).readInt32BE(8) + 40)
    const size = system.files.stat(metadata)?.size
    const cluster = openDirectory(system, ROOT)
    await cluster.beginWriting()
    cluster.createTopic('other', { partitions: 1, configs: new Map() })
    await cluster.close()
    expect(system.files.stat(metadata)?.size).toBe(size)
    const after = openDirectory(system, ROOT)
    expect(after.topicNames()).toEqual(['other', 't'])
    expect((await readPartition(after, 't', 0)).records.map(({ value }) => value)).toEqual(['a'])
  })

  test('of the metadata log at the end of a batch takes no topic with it, though the first to write it changes nothing', async () => {
    const system = simulatedSystem()
    await append(system, ['a'])
    const metadata = `${ROOT}/__cluster_metadata-0/00000000000000000000.log`
    truncate(system, metadata, 12 + system.files.readWhole(metadata).readInt32BE(8))
    const cluster = openDirectory(system, ROOT)
    await cluster.beginWriting()
    expect(() => cluster.createTopic('t', { partitions: 1, configs: new Map() })).toThrow('exists')
    await cluster.close()
    expect(openDirectory(system, ROOT).topicNames()).toEqual(['t'])
  })
})

describe('the last batch of a log that was not closed in order, its base offset wrong', () => {
  /** An index entry for each batch after the first. */
  async function killed(): Promise<SimulatedSystem> {
    const system = simulatedSystem()
    const process = system.anotherProcess()
    const cluster = openDirectory(process, ROOT)
    await cluster.beginWriting()
    cluster.createTopic('t', { partitions: 1, configs: new Map([['index.interval.bytes', '0']]) })
    for (const value of ['a', 'b', 'c']) cluster.openAppender('t').append(0, batchOf([value]))
    process.kill()
    return system
  }

  test.for([2n + 64n, 2n + (1n << 33n), 1n])('%s: it is damage, as an index tells, and its offsets are not given again', async (wrong) => {
    const system = await killed()
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64BE(wrong)
    overwrite(system, LOG, 2 * batchOf(['a']).length, bytes)
    const { offsets, reports } = await append(system, ['d'])
    expect(offsets).toEqual([3n])
    expect(reports).toMatchObject([{ kind: 'damage', damage: { fromOffset: 2n, toOffset: 3n } }])
    expect(await read(system)).toMatchObject({ values: ['0 a', '1 b', '3 d'], damage: [{ fromOffset: 2n, toOffset: 3n }] })
    expect(listSegments(system.files, FOLDER)).toEqual([0n, 3n])
  })
})

test('an index that a removed log left behind says nothing of the log that gets its name', async () => {
  const system = simulatedSystem()
  const cluster = openDirectory(system, ROOT)
  await cluster.beginWriting()
  cluster.createTopic('t', { partitions: 1, configs: new Map([['index.interval.bytes', '0']]) })
  const stale = Buffer.alloc(16)
  stale.writeInt32BE(5, 0)
  stale.writeInt32BE(70, 4)
  stale.writeInt32BE(9, 8)
  stale.writeInt32BE(140, 12)
  const index = system.files.open(segmentPath(FOLDER, 0n, 'index'), 'create')
  index.write(stale, 0, 16, 0)
  index.close()
  for (const value of ['a', 'b']) cluster.openAppender('t').append(0, batchOf([value]))
  await cluster.close()
  const bytes = system.files.readWhole(segmentPath(FOLDER, 0n, 'index'))
  expect([bytes.length, bytes.readInt32BE(0), bytes.readInt32BE(4)]).toEqual([8, 1, batchOf(['a']).length])
})

/** Index files of no segment. */
function putOrphans(system: SimulatedSystem, baseOffset: bigint): void {
  for (const kind of ['index', 'timeindex', 'txnindex', 'snapshot'] as const) {
    const file = system.files.open(segmentPath(FOLDER, baseOffset, kind), 'create')
    file.write(Buffer.alloc(24), 0, 24, 0)
    file.close()
  }
}

const orphansIn = (system: SimulatedSystem, baseOffset: bigint): string[] =>
  (['index', 'timeindex', 'txnindex'] as const).filter((kind) => system.files.stat(segmentPath(FOLDER, baseOffset, kind)) !== null)

test('index files past the end, whose log a power loss did not leave, are removed by the next that writes', async () => {
  const system = simulatedSystem()
  await append(system, ['a'])
  putOrphans(system, 9n)
  expect((await append(system, ['b'])).offsets).toEqual([1n])
  expect(orphansIn(system, 9n)).toEqual([])
})

test('index files of a segment that is lost from the middle of a log stay, and tell that it is lost', async () => {
  const system = simulatedSystem()
  await append(system, ['a', 'b', 'c'])
  truncate(system, LOG, batchOf(['a']).length)
  await append(system, ['d'])
  putOrphans(system, 1n)
  expect((await append(system, ['e'])).offsets).toEqual([4n])
  expect(orphansIn(system, 1n)).toEqual(['index', 'timeindex', 'txnindex'])
})

describe('a snapshot of an end that is lost', () => {
  /** As of an end that had a transaction open. */
  const writeFalseSnapshot = (system: SimulatedSystem, offset: bigint): void =>
    writeProducerSnapshot(system.files, FOLDER, offset, [
      { producerId: 7n, epoch: 0, batches: [], timestamp: 0n, coordinatorEpoch: -1, currentTransactionFirstOffset: offset - 1n },
    ])

  function lastStableOffset(system: SimulatedSystem): bigint {
    const view = new CommittedView(system.files, FOLDER, 100n)
    try {
      return view.lastStableOffset()
    } finally {
      view.close()
    }
  }

  test('is not believed when the log has grown past it again', async () => {
    const system = simulatedSystem()
    await append(system, ['a', 'b'])
    writeFalseSnapshot(system, 4n)
    const cluster = openDirectory(system, ROOT)
    await cluster.beginWriting()
    for (const value of ['c', 'd', 'e']) cluster.openAppender('t').append(0, batchOf([value]))
    expect(lastStableOffset(system)).toBe(5n)
  })

  test('nor where the end went bad under a process that had the log open', async () => {
    const system = simulatedSystem()
    const cluster = openDirectory(system, ROOT)
    await cluster.beginWriting()
    cluster.createTopic('t', { partitions: 1, configs: new Map() })
    const appender = cluster.openAppender('t')
    const { length } = batchOf(['a'])
    appender.append(0, batchOf(['a']))
    await append(system.anotherProcess(), ['b', 'c'])
    writeFalseSnapshot(system, 3n)
    overwrite(system, LOG, 2 * length + 20, Buffer.alloc(length - 20))
    for (const value of ['c', 'd', 'e']) appender.append(0, batchOf([value]))
    expect(lastStableOffset(system)).toBe(5n)
  })
})
