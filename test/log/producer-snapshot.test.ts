import fs from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeProducerSnapshot,
  encodeProducerSnapshot,
  readLatestSnapshot,
  writeProducerSnapshot,
} from '../../src/log/producer-snapshot.ts'
import type { ProducerEntry } from '../../src/log/producer-state.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { fixture, fixturesMissing } from '../support/fixtures.ts'
import { SOUND_FIXTURES, dumpedFiles } from '../support/kafka-dump.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { SimulatedDisk } from '../simulation/disk.ts'

const int16 = fc.integer({ min: -1, max: 2 ** 15 - 1 })
const int32 = fc.integer({ min: -1, max: 2 ** 31 - 1 })
const int64 = fc.bigInt(-1n, 2n ** 63n - 1n)

const entryArbitrary = fc
  .record({
    producerId: int64,
    epoch: int16,
    timestamp: int64,
    coordinatorEpoch: int32,
    currentTransactionFirstOffset: int64,
    batches: fc.array(fc.record({ lastSequence: int32, lastOffset: fc.bigInt(0n, 2n ** 63n - 1n), offsetDelta: int32 }), { maxLength: 1 }),
  })
  .map((entry): ProducerEntry => ({ ...entry, batches: entry.batches.map((batch) => ({ ...batch, timestamp: entry.timestamp })) }))
const snapshotArbitrary = fc.array(entryArbitrary, { maxLength: 6 })

function printed(entry: ProducerEntry): string {
  const first = entry.currentTransactionFirstOffset
  const batches = entry.batches.map(
    (batch) =>
      ` firstSequence: ${batch.lastSequence - batch.offsetDelta} lastSequence: ${batch.lastSequence} lastOffset: ${batch.lastOffset} offsetDelta: ${batch.offsetDelta} timestamp: ${batch.timestamp}`,
  )
  return (
    `producerId: ${entry.producerId} producerEpoch: ${entry.epoch} coordinatorEpoch: ${entry.coordinatorEpoch}` +
    ` currentTxnFirstOffset: ${first < 0n ? 'OptionalLong.empty' : `OptionalLong[${first}]`} lastTimestamp: ${entry.timestamp}${batches.join('')}`
  )
}

describe.skipIf(fixturesMissing)('snapshots that Kafka wrote', () => {
  test.for(SOUND_FIXTURES)('%s: have the producers that kafka-dump-log prints, and give the same bytes again', (name) => {
    const files = dumpedFiles(name, 'snapshot')
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) {
      const bytes = fs.readFileSync(`${fixture(name)}/${file.path}`)
      const entries = decodeProducerSnapshot(bytes) ?? []
      // Sequences of the coordinators' batches are -1; the tool computes a first one from that.
      const withoutFirst = (line: string): string => line.replace(/firstSequence: \S+ lastSequence: -1/, 'lastSequence: -1').trimEnd()
      expect(
        entries.map((entry) => withoutFirst(printed(entry))),
        file.path,
      ).toEqual(file.lines.map(withoutFirst))
      expect(encodeProducerSnapshot(entries).equals(bytes), file.path).toBe(true)
      expect(bytes.length).toBe(10 + 46 * entries.length)
    }
  })
})

describe('a snapshot', () => {
  test('comes back as it was written', () => {
    fc.assert(
      fc.property(snapshotArbitrary, (entries) => {
        expect(decodeProducerSnapshot(encodeProducerSnapshot(entries))).toEqual(entries)
      }),
    )
  })

  test('cut, longer or with any bit flipped is none', () => {
    fc.assert(
      fc.property(snapshotArbitrary, fc.nat(), (entries, pick) => {
        const bytes = encodeProducerSnapshot(entries)
        expect(decodeProducerSnapshot(bytes.subarray(0, pick % bytes.length))).toBeNull()
        expect(decodeProducerSnapshot(Buffer.concat([bytes, Buffer.alloc(46)]))).toBeNull()
        const bit = pick % (bytes.length * 8)
        bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
        expect(decodeProducerSnapshot(bytes)).toBeNull()
      }),
    )
  })

  test('of any bytes is none or one, and a hostile count allocates nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeProducerSnapshot(Buffer.from(bytes))).toBeNull()
      }),
    )
    expect(decodeProducerSnapshot(Buffer.from('0001000000007fffffff', 'hex'))).toBeNull()
    expect(decodeProducerSnapshot(Buffer.from('000100000000ffffffff', 'hex'))).toBeNull()
    expect(decodeProducerSnapshot(Buffer.alloc(4096))).toBeNull()
  })
})

test('of the last batches the newest is kept', () => {
  const older = { lastSequence: 4, lastOffset: 9n, offsetDelta: 4, timestamp: 1000n }
  const newer = { lastSequence: 6, lastOffset: 11n, offsetDelta: 1, timestamp: 1001n }
  const entry = { producerId: 7n, epoch: 0, timestamp: 1001n, coordinatorEpoch: -1, currentTransactionFirstOffset: -1n }
  const bytes = encodeProducerSnapshot([{ ...entry, batches: [older, newer] }])
  expect(decodeProducerSnapshot(bytes)).toEqual([{ ...entry, batches: [newer] }])
})

describe('the latest snapshot', () => {
  const producer = (producerId: bigint): ProducerEntry => ({
    producerId,
    epoch: 0,
    batches: [{ lastSequence: 4, lastOffset: 9n, offsetDelta: 4, timestamp: 1000n }],
    timestamp: 1000n,
    coordinatorEpoch: -1,
    currentTransactionFirstOffset: -1n,
  })

  test('is the newest that is whole and not past the offset', () => {
    const directory = temporaryDirectory()
    for (const offset of [10n, 20n, 30n]) writeProducerSnapshot(realFiles, directory, offset, [producer(offset)])
    expect(readLatestSnapshot(realFiles, directory, 29n)).toEqual({ offset: 20n, entries: [producer(20n)] })
    fs.truncateSync(`${directory}/00000000000000000020.snapshot`, 40)
    expect(readLatestSnapshot(realFiles, directory, 29n)?.offset).toBe(10n)
    expect(readLatestSnapshot(realFiles, directory, 9n)).toBeNull()
  })

  test('is the next one where retention in another process takes the newest between the listing and the reading', () => {
    const disk = new SimulatedDisk()
    disk.makeDirectory('/t-0')
    for (const offset of [10n, 20n]) writeProducerSnapshot(disk, '/t-0', offset, [producer(offset)])
    disk.onCall = ({ syscall }) => {
      if (syscall === 'scandir') disk.remove('/t-0/00000000000000000020.snapshot')
    }
    expect(readLatestSnapshot(disk, '/t-0', 30n)?.offset).toBe(10n)
  })

  test('replaces a longer file of the same name', () => {
    const directory = temporaryDirectory()
    writeProducerSnapshot(realFiles, directory, 10n, [producer(1n), producer(2n)])
    writeProducerSnapshot(realFiles, directory, 10n, [producer(3n)])
    expect(readLatestSnapshot(realFiles, directory, 10n)?.entries).toEqual([producer(3n)])
  })
})
