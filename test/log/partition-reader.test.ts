// A reader at the end of a log, while others roll, delete and repair.
import { expect, test } from 'vitest'
import { writePartitionMetadata } from '../../src/log/meta-properties.ts'
import { PartitionReader } from '../../src/log/partition-reader.ts'
import { PendingSyncs } from '../../src/log/pending-syncs.ts'
import { segmentPath } from '../../src/log/segment-files.ts'
import { SimulatedDisk } from '../simulation/disk.ts'
import { batchOf, placedAt } from '../support/batches.ts'

const FOLDER = '/t-0'

function write(disk: SimulatedDisk, base: bigint, ...batches: readonly Buffer[]): void {
  disk.makeDirectory(FOLDER)
  const bytes = Buffer.concat(batches)
  const log = disk.open(segmentPath(FOLDER, base, 'log'), 'create')
  log.write(bytes, 0, bytes.length, log.stat().size)
  log.close()
}

function nextOffsets(reader: PartitionReader): bigint[] {
  const offsets: bigint[] = []
  for (let header = reader.next(); header !== null; header = reader.next()) offsets.push(header.baseOffset)
  return offsets
}

/** A reader that has read the only batch, at offset 0. */
function readerAtEnd(disk: SimulatedDisk): PartitionReader {
  write(disk, 0n, placedAt(0n, batchOf(['a'])))
  const reader = new PartitionReader(disk, FOLDER, (damage) => expect(damage).toBeUndefined())
  expect(nextOffsets(reader)).toEqual([0n])
  return reader
}

test('a reader that retention outran goes on at the first segment there is', () => {
  const disk = new SimulatedDisk()
  const reader = readerAtEnd(disk)
  disk.remove(segmentPath(FOLDER, 0n, 'log'))
  write(disk, 50n, placedAt(50n, batchOf(['x', 'y'])))
  expect(nextOffsets(reader)).toEqual([50n])
  write(disk, 50n, placedAt(52n, batchOf(['z'])))
  expect(nextOffsets(reader)).toEqual([52n])
})

test('a reader goes on in a segment that a repair replaced', () => {
  const disk = new SimulatedDisk()
  const reader = readerAtEnd(disk)
  write(disk, 1n, placedAt(0n, batchOf(['a'])), placedAt(1n, batchOf(['b'])))
  disk.rename(segmentPath(FOLDER, 1n, 'log'), segmentPath(FOLDER, 0n, 'log'))
  expect(nextOffsets(reader)).toEqual([1n])
})

test('a reader of a topic that is deleted says so', () => {
  const disk = new SimulatedDisk()
  const reader = readerAtEnd(disk)
  disk.removeTree(FOLDER)
  expect(() => reader.next()).toThrow('was deleted while it was read')
})

test('a reader does not go on in a topic that was made again', () => {
  const disk = new SimulatedDisk()
  disk.makeDirectory(FOLDER)
  writePartitionMetadata(disk, FOLDER, 'AAAAAAAAAAAAAAAAAAAAAQ', new PendingSyncs(disk))
  const reader = readerAtEnd(disk)
  // An identity may be given again: here the folder keeps its own.
  disk.remove(segmentPath(FOLDER, 0n, 'log'))
  writePartitionMetadata(disk, FOLDER, 'AAAAAAAAAAAAAAAAAAAAAg', new PendingSyncs(disk))
  write(disk, 0n, placedAt(0n, batchOf(['other'])), placedAt(1n, batchOf(['other'])))
  expect(() => reader.next()).toThrow('was deleted while it was read')
})

// It went on there at the offset that it had come to, where the segment that came next was gone.
test('a reader in the middle of a topic does not go on in one that was made again with its name', () => {
  for (const bases of [[0n], [0n, 1n]]) {
    const disk = new SimulatedDisk()
    disk.makeDirectory(FOLDER)
    writePartitionMetadata(disk, FOLDER, 'AAAAAAAAAAAAAAAAAAAAAQ', new PendingSyncs(disk))
    for (const base of [0n, 1n]) write(disk, base, placedAt(base, batchOf(['ours'])))
    const reader = new PartitionReader(disk, FOLDER, (damage) => expect(damage).toBeUndefined())
    expect(reader.next()?.baseOffset).toBe(0n)
    disk.removeTree(FOLDER)
    disk.makeDirectory(FOLDER)
    writePartitionMetadata(disk, FOLDER, 'AAAAAAAAAAAAAAAAAAAAAg', new PendingSyncs(disk))
    for (const base of bases) write(disk, base, placedAt(base, batchOf(['other', 'other'])))
    expect(() => reader.next()).toThrow('was deleted while it was read')
  }
})

test('a small partition is read through a small buffer, and one that grows is read all the same', () => {
  const disk = new SimulatedDisk()
  const reader = readerAtEnd(disk)
  expect(reader.bytes.length).toBeLessThan(1 << 16)
  const sizes = [10, 5_000, 3 << 20, 700_000, 20, 2 << 20, 40]
  const batches = sizes.map((size, index) => placedAt(BigInt(index + 1), batchOf(['x'.repeat(size)])))
  write(disk, 0n, ...batches)
  for (const batch of batches) {
    expect(reader.next()?.sizeInBytes).toBe(batch.length)
    expect(batch.equals(reader.bytes.subarray(reader.at, reader.at + batch.length))).toBe(true)
  }
  expect(reader.next()).toBeNull()
})

test('the end is the one that the log has now, not the one it had when the reader came to the segment', () => {
  const disk = new SimulatedDisk()
  write(disk, 0n, placedAt(0n, batchOf(['a'])))
  const reader = new PartitionReader(disk, FOLDER, (damage) => expect(damage).toBeUndefined())
  expect(reader.next()?.baseOffset).toBe(0n)
  write(disk, 0n, placedAt(1n, batchOf(['b'])))
  expect(nextOffsets(reader)).toEqual([1n])
})
