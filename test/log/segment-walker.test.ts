// A base offset lies outside the checksum of its batch: what tells that it is wrong is what is around it.
import { expect, test } from 'vitest'
import { PartitionReader } from '../../src/log/partition-reader.ts'
import { PartitionView } from '../../src/log/partition-view.ts'
import { listSegments, segmentPath } from '../../src/log/segment-files.ts'
import type { Damage } from '../../src/log/segment-walker.ts'
import { verify } from '../../src/operations/log/verify.ts'
import type { Finding } from '../../src/operations/log/finding.ts'
import { BatchBuilder } from '../../src/record/batch-builder.ts'
import { simulatedSystem, type SimulatedSystem } from '../simulation/system.ts'
import { openDirectory } from '../support/records.ts'
import { batchOf, placedAt } from '../support/batches.ts'

const ROOT = '/data'
const FOLDER = '/data/t-0'

/** Batches of two records each; closed in order, which leaves a snapshot at the end. */
async function directoryOf(batches: number, recordBytes: number): Promise<SimulatedSystem> {
  const system = simulatedSystem()
  const cluster = openDirectory(system, ROOT)
  await cluster.beginWriting()
  cluster.createTopic('t', { partitions: 1, configs: new Map([['segment.bytes', `${1 << 20}`]]) })
  const appender = cluster.openAppender('t')
  for (let index = 0; index < batches; index++) {
    const value = `${index}`.padEnd(recordBytes)
    appender.append(0, batchOf([value, value], { timestamp: 1000 + index }))
  }
  await cluster.close()
  return system
}

/** Position of the last batch of a segment. */
function lastBatch(system: SimulatedSystem, base: bigint): number {
  const bytes = system.files.readWhole(segmentPath(FOLDER, base, 'log'))
  let position = 0
  for (let next = 0; next < bytes.length; next += 12 + bytes.readInt32BE(next + 8)) position = next
  return position
}

function setBaseOffset(system: SimulatedSystem, base: bigint, position: number, offset: bigint): void {
  const file = system.files.open(segmentPath(FOLDER, base, 'log'), 'write')
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(offset)
  file.write(bytes, 0, 8, position)
}

function read(system: SimulatedSystem): { offsets: bigint[]; damage: Damage[] } {
  const damage: Damage[] = []
  const reader = new PartitionReader(system.files, FOLDER, (found) => damage.push(found))
  const offsets: bigint[] = []
  for (let header = reader.next(); header !== null; header = reader.next()) offsets.push(header.baseOffset)
  reader.close()
  return { offsets, damage }
}

async function findings(system: SimulatedSystem): Promise<Finding[]> {
  const found: Finding[] = []
  await verify({ files: system.files, root: ROOT, targets: ['t-0'], isDeep: true, onFinding: (finding) => void found.push(finding) })
  return found
}

test('a batch that claims offsets of the next segment is damage, and the next segment is read', async () => {
  const system = await directoryOf(6, 200_000)
  const [first, second] = listSegments(system.files, FOLDER) as [bigint, bigint]
  setBaseOffset(system, first, lastBatch(system, first), second - 2n + 1024n)
  const { offsets, damage } = read(system)
  expect(offsets).toEqual(Array.from({ length: 6 }, (_, index) => BigInt(2 * index)).filter((offset) => offset !== second - 2n))
  expect(damage).toMatchObject([{ fromOffset: second - 2n, toOffset: second }])
  expect((await findings(system)).filter(({ kind }) => kind === 'damage')).toMatchObject([
    { fromOffset: second - 2n, toOffset: second - 1n },
  ])
})

test.for([6n + 64n, 6n + (1n << 32n)])('the last batch of a log that was closed in order does not move to offset %s', async (offset) => {
  const system = await directoryOf(4, 10)
  setBaseOffset(system, 0n, lastBatch(system, 0n), offset)
  const { offsets, damage } = read(system)
  expect(offsets).toEqual([0n, 2n, 4n])
  expect(damage).toMatchObject([{ fromOffset: 6n, toOffset: 8n }])
  expect(new PartitionView(system.files, FOLDER, 0n).logEndOffset()).toBe(8n)
  expect((await findings(system)).filter(({ kind }) => kind === 'damage')).toMatchObject([{ fromOffset: 6n, toOffset: 7n }])
})

test('an index entry tells where the last batch belongs when nothing else does', async () => {
  const system = await directoryOf(4, 10)
  const position = lastBatch(system, 0n)
  for (const { name } of system.files.list(FOLDER))
    if (name.endsWith('.snapshot') || name.endsWith('.timeindex')) system.files.remove(`${FOLDER}/${name}`)
  const index = system.files.open(segmentPath(FOLDER, 0n, 'index'), 'create')
  const entry = Buffer.alloc(8)
  entry.writeInt32BE(7, 0)
  entry.writeInt32BE(position, 4)
  index.write(entry, 0, 8, 0)
  setBaseOffset(system, 0n, position, 70n)
  expect(read(system).damage).toMatchObject([{ fromOffset: 6n, toOffset: 8n }])
})

test('gaps that compaction leaves are none', () => {
  const system = simulatedSystem()
  system.files.makeDirectory(FOLDER)
  const write = (base: bigint, bytes: Buffer): void =>
    system.files.open(segmentPath(FOLDER, base, 'log'), 'create').write(bytes, 0, bytes.length, 0)
  write(0n, Buffer.concat([placedAt(3n, batchOf(['a'])), placedAt(90n, batchOf(['b']))]))
  write(100n, Buffer.concat([placedAt(105n, batchOf(['c'])), placedAt(5_000n, batchOf(['d']))]))
  expect(read(system)).toEqual({ offsets: [3n, 90n, 105n, 5_000n], damage: [] })
})

test.for([
  ['the records', 61 + 200, 'a batch after it'],
  ['the records', 61 + 200, 'the end after it'],
  ['the size', 10, 'a batch after it'],
] as const)('damage in %s at byte %i, %s: a batch that lies in a value is not one of the log', ([, damagedAt, place]) => {
  const system = simulatedSystem()
  system.files.makeDirectory(FOLDER)
  const builder = new BatchBuilder({ batchBytes: 1 << 20, codec: 0 })
  const embedded = placedAt(1n, batchOf(['x'.repeat(50)]))
  const value = Buffer.concat([embedded, Buffer.alloc(200, 'y')])
  builder.append(1000, value, -1, -1, value, 0, value.length, null)
  const damaged = placedAt(1n, Buffer.from(builder.build()))
  damaged.writeUInt8(damaged.readUInt8(damagedAt) ^ 1, damagedAt)
  const batches = [placedAt(0n, batchOf(['a'])), damaged, ...(place === 'a batch after it' ? [placedAt(2n, batchOf(['b']))] : [])]
  const log = system.files.open(segmentPath(FOLDER, 0n, 'log'), 'create')
  log.write(Buffer.concat(batches), 0, Buffer.concat(batches).length, 0)
  expect(read(system).offsets).toEqual(place === 'a batch after it' ? [0n, 2n] : [0n])
})
