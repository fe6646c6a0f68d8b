import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CommittedView } from '../../src/log/committed-view.ts'
import { PartitionReader } from '../../src/log/partition-reader.ts'
import { ProducerState } from '../../src/log/producer-state.ts'
import { readTransactionMarker } from '../../src/record/control-record.ts'
import { RecordCursor } from '../../src/record/record-cursor.ts'
import { SimulatedDisk } from '../simulation/disk.ts'
import { simulatedSystem, type SimulatedSystem } from '../simulation/system.ts'
import { batchOf, inTransaction, markerOf, placedAt } from '../support/batches.ts'
import { openDirectory } from '../support/records.ts'

const FOLDER = '/t-0'

function append(disk: SimulatedDisk, ...batches: readonly Buffer[]): void {
  disk.makeDirectory(FOLDER)
  const bytes = Buffer.concat(batches)
  const log = disk.open(`${FOLDER}/00000000000000000000.log`, 'create')
  log.write(bytes, 0, bytes.length, log.stat().size)
  log.close()
}

test('a partition whose folder is not made yet is empty, and read once it is there', () => {
  const disk = new SimulatedDisk()
  const view = new CommittedView(disk, FOLDER, 0n)
  expect(view.lastStableOffset()).toBe(0n)
  append(disk, placedAt(0n, batchOf(['a'])), placedAt(1n, inTransaction(7n, batchOf(['b']))))
  expect(view.lastStableOffset()).toBe(1n)
})

test('of producers that abort and commit in turn, each batch is told by the transaction it lies in', () => {
  const disk = new SimulatedDisk()
  const outcomes = ['abort', 'abort', 'commit', 'abort', 'commit', 'commit', 'abort'] as const
  let offset = 0n
  const place = (batch: Buffer): Buffer => placedAt(offset++, batch)
  const expected: boolean[] = []
  for (const outcome of outcomes) {
    // Two producers, the second one's transaction within the first one's.
    append(disk, place(inTransaction(7n, batchOf(['a']))), place(inTransaction(8n, batchOf(['b']))), place(batchOf(['c'])))
    append(disk, place(inTransaction(7n, batchOf(['d']))), place(markerOf(8n, 'abort')), place(markerOf(7n, outcome)))
    expected.push(outcome === 'abort', true, false, outcome === 'abort', false, false)
  }
  const view = new CommittedView(disk, FOLDER, 0n)
  expect(view.lastStableOffset()).toBe(offset)
  const reader = new PartitionReader(disk, FOLDER, () => {})
  const told: boolean[] = []
  for (let header = reader.next(); header !== null; header = reader.next()) told.push(view.isAborted(header))
  expect(told).toEqual(expected)
})

test('what is not looked at yet holds up nothing that is decided', () => {
  const disk = new SimulatedDisk()
  const value = 'x'.repeat(1 << 20)
  append(disk, ...Array.from({ length: 12 }, (_, index) => placedAt(BigInt(index), batchOf([value]))))
  const view = new CommittedView(disk, FOLDER, 0n)
  expect(view.advance()).toBe(false)
  const { stableOffset } = view
  expect(stableOffset).toBeGreaterThan(0n)
  expect(stableOffset).toBeLessThan(12n)
  expect(view.lastStableOffset()).toBe(12n)
})

/** What a reader of whole batches finds: the last stable offset, and of each batch that it can read whether it is aborted. */
function readWhole(system: SimulatedSystem, directory: string): { stable: bigint; aborted: Map<bigint, boolean> } {
  const state = new ProducerState()
  const cursor = new RecordCursor()
  const open = new Map<bigint, bigint[]>()
  const aborted = new Map<bigint, boolean>()
  const reader = new PartitionReader(system.files, directory, () => {})
  for (let header = reader.next(); header !== null; header = reader.next()) {
    aborted.set(header.baseOffset, false)
    if (!header.isTransactional) {
      state.update(header, null)
      continue
    }
    cursor.open(reader.bytes, reader.at, header)
    const marker = header.isControl && cursor.next() ? readTransactionMarker(cursor) : null
    const batches = open.get(header.producerId) ?? []
    if (marker === null) open.set(header.producerId, [...batches, header.baseOffset])
    else {
      open.delete(header.producerId)
      for (const offset of batches) aborted.set(offset, marker.type === 'ABORT')
    }
    state.update(header, marker)
  }
  return { stable: state.firstUndecidedOffset ?? reader.nextOffset, aborted }
}

test('in a log of many segments, damaged or not, it tells what whoever reads all of it finds', async () => {
  const action = fc.record({
    producer: fc.nat(2),
    kind: fc.constantFrom('plain', 'data', 'data', 'commit', 'abort'),
    records: fc.integer({ min: 1, max: 4 }),
  })
  const flip = fc.option(fc.record({ file: fc.nat(), at: fc.nat(), bit: fc.nat(7) }))
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 60, size: 'max' }), flip, async (actions, flipped) => {
      const system = simulatedSystem()
      const cluster = openDirectory(system, '/data')
      await cluster.beginWriting()
      cluster.createTopic('t', {
        partitions: 1,
        configs: new Map([
          ['internal.segment.bytes', '600'],
          ['index.interval.bytes', '0'],
        ]),
      })
      const appender = cluster.openAppender('t')
      for (const { producer, kind, records } of actions) {
        const values = Array.from({ length: records }, () => 'some value')
        if (kind === 'plain') appender.append(0, batchOf(values))
        else if (kind === 'data') appender.append(0, inTransaction(BigInt(producer), batchOf(values)))
        else appender.append(0, markerOf(BigInt(producer), kind))
      }
      await cluster.close()
      const { files } = system
      const logs = files.list('/data/t-0').filter(({ name }) => name.endsWith('.log'))
      const path = `/data/t-0/${logs[(flipped?.file ?? 0) % logs.length]?.name}`
      const bytes = files.readWhole(path)
      if (flipped !== null && bytes.length > 0) {
        bytes.writeUInt8(bytes.readUInt8(flipped.at % bytes.length) ^ (1 << flipped.bit), flipped.at % bytes.length)
        const file = files.open(path, 'write')
        file.write(bytes, 0, bytes.length, 0)
        file.close()
      }
      const expected = readWhole(system, '/data/t-0')
      const view = new CommittedView(files, '/data/t-0', 0n)
      expect(view.lastStableOffset()).toBe(expected.stable)
      const reader = new PartitionReader(files, '/data/t-0', () => {})
      for (let header = reader.next(); header !== null && header.baseOffset < expected.stable; header = reader.next())
        expect([header.baseOffset, view.isAborted(header)]).toEqual([header.baseOffset, expected.aborted.get(header.baseOffset)])
      view.close()
      reader.close()
    }),
    { numRuns: 40 },
  )
})
