// Kafka makes the indexes of segments anew after an unclean stop, and does not start where an index has no room for its entries.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HeaderWalker } from '../../src/log/header-walker.ts'
import { listSegments, segmentPath } from '../../src/log/segment-files.ts'
import { simulatedSystem, type SimulatedSystem } from '../simulation/system.ts'
import { keyedBatch } from '../support/keyed-batches.ts'
import { openDirectory } from '../support/records.ts'

const FOLDER = '/data/t-0'
const TIME = 1_700_000_000_000

/** Whether Kafka could index a segment, with `index.interval.bytes` 0: each batch but the first gets an entry. */
function isRoomFor({ files }: SimulatedSystem, baseOffset: bigint, indexBytes: number): boolean {
  const log = files.open(segmentPath(FOLDER, baseOffset, 'log'), 'read')
  const headers = new HeaderWalker(log, 0, log.stat().size)
  let [offsets, times, newest] = [0, 0, headers.next()?.maxTimestamp ?? 0n]
  let indexed = -1n
  for (let header = headers.next(); header !== null; header = headers.next()) {
    if (offsets >= Math.floor(indexBytes / 8) || times >= Math.floor(indexBytes / 12) - 1) return false
    if (header.maxTimestamp > newest) newest = header.maxTimestamp
    offsets++
    if (newest > indexed) times++
    indexed = newest
  }
  log.close()
  return true
}

test('segments that a compaction leaves have room in their indexes for the entries that Kafka would give them', async () => {
  const batches = fc.array(fc.record({ laterMs: fc.nat(1), key: fc.nat(30) }), { minLength: 10, maxLength: 60 })
  let merged = 0
  await fc.assert(
    fc.asyncProperty(batches, fc.integer({ min: 36, max: 60 }), fc.integer({ min: 60, max: 200 }), async (made, small, large) => {
      const system = simulatedSystem()
      const cluster = openDirectory(system, '/data')
      await cluster.beginWriting()
      const configs = { 'cleanup.policy': 'compact', 'segment.index.bytes': `${small}`, 'index.interval.bytes': '0' }
      cluster.createTopic('t', { partitions: 1, configs: new Map(Object.entries(configs)) })
      let timestampMs = TIME
      for (const { laterMs, key } of made) {
        timestampMs += laterMs
        cluster.openAppender('t').append(0, keyedBatch([{ key: `${key}`, value: 'v' }], { timestampMs }))
      }
      const before = listSegments(system.files, FOLDER).length
      cluster.alterTopic('t', { partitions: null, configs: new Map([['segment.index.bytes', `${large}`]]) })
      await cluster.compact('t', 0, { mapBytes: 1 << 20, rolls: true, turn: async () => {} })
      const bases = listSegments(system.files, FOLDER)
      merged += before + 1 - bases.length
      expect(bases.filter((base) => !isRoomFor(system, base, large))).toEqual([])
      await cluster.close()
    }),
    { numRuns: 60 },
  )
  expect(merged).toBeGreaterThan(60)
})

test('segments have that room however many processes wrote to them in turn', async () => {
  const batches = fc.array(fc.record({ laterMs: fc.nat(1), opens: fc.boolean() }), { minLength: 10, maxLength: 60 })
  let segments = 0
  await fc.assert(
    fc.asyncProperty(batches, fc.integer({ min: 36, max: 100 }), async (made, indexBytes) => {
      const system = simulatedSystem()
      let cluster = openDirectory(system, '/data')
      await cluster.beginWriting()
      const configs = { 'segment.index.bytes': `${indexBytes}`, 'index.interval.bytes': '0' }
      cluster.createTopic('t', { partitions: 1, configs: new Map(Object.entries(configs)) })
      let timestampMs = TIME
      for (const { laterMs, opens } of made) {
        timestampMs += laterMs
        cluster.openAppender('t').append(0, keyedBatch([{ key: 'k', value: 'v' }], { timestampMs }))
        if (!opens) continue
        await cluster.close()
        cluster = openDirectory(system, '/data')
        await cluster.beginWriting()
      }
      await cluster.close()
      const bases = listSegments(system.files, FOLDER)
      segments += bases.length
      expect(bases.filter((base) => !isRoomFor(system, base, indexBytes))).toEqual([])
    }),
    { numRuns: 60 },
  )
  expect(segments).toBeGreaterThan(120)
})
