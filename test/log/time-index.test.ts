import fs from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readIndexFile } from '../../src/log/index-file.ts'
import { type TimeIndexEntry, lookupTime, newestTimeEntry, openTimeIndex, timeIndexFormat } from '../../src/log/time-index.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { fixture, fixturesMissing } from '../support/fixtures.ts'
import { SOUND_FIXTURES, baseOffsetOf, dumpedFiles } from '../support/kafka-dump.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const BASE = 1000n
const ROOMY = 1 << 20
const INT64_MAX = 2n ** 63n - 1n

const entriesArbitrary = fc
  .array(fc.record({ ms: fc.bigInt({ min: 1n, max: 1n << 50n }), offsets: fc.integer({ min: 1, max: 1000 }) }), { maxLength: 40 })
  .map((steps) => {
    let [timestamp, offset] = [0n, BASE]
    return steps.map((step): TimeIndexEntry => ({ timestamp: (timestamp += step.ms), offset: (offset += BigInt(step.offsets)) }))
  })

function writeIndex(path: string, entries: readonly TimeIndexEntry[], base = BASE): void {
  const index = openTimeIndex(realFiles, path, base, ROOMY)
  index.truncateTo(() => false)
  for (const entry of entries) index.append(entry)
  index.close()
}

function contents(path: string): ReturnType<typeof readIndexFile<TimeIndexEntry>> {
  return readIndexFile(fs.readFileSync(path), timeIndexFormat, BASE)
}

describe.skipIf(fixturesMissing)('time index files that Kafka wrote', () => {
  test.for(SOUND_FIXTURES)('%s: entries are those that kafka-dump-log prints', (name) => {
    const files = dumpedFiles(name, 'timeindex')
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) {
      const base = baseOffsetOf(file.name)
      const { entries, problem } = readIndexFile(fs.readFileSync(`${fixture(name)}/${file.path}`), timeIndexFormat, base)
      expect(problem, file.path).toBeNull()
      const printed = entries.map((entry) => `timestamp: ${entry.timestamp} offset: ${entry.offset}`)
      expect(printed, file.path).toEqual(file.lines.filter((line) => line !== `timestamp: 0 offset: ${base}`))
    }
  })

  test.for(SOUND_FIXTURES)('%s: the same entries written anew give the same bytes', (name) => {
    const copy = `${temporaryDirectory()}/copy.timeindex`
    for (const file of dumpedFiles(name, 'timeindex')) {
      const base = baseOffsetOf(file.name)
      const bytes = fs.readFileSync(`${fixture(name)}/${file.path}`)
      writeIndex(copy, readIndexFile(bytes, timeIndexFormat, base).entries, base)
      const written = fs.readFileSync(copy)
      expect(written.equals(bytes.subarray(0, written.length)), file.path).toBe(true)
      expect(bytes.subarray(written.length).every((byte) => byte === 0)).toBe(true)
    }
  })

  test('the last entry of a segment that is closed is its newest time: also when times are out of order', () => {
    const folder = `${fixture('basics')}/out-of-order-time-0`
    const newest = newestTimeEntry(realFiles, `${folder}/00000000000000000000.timeindex`, 0n)
    const batchTimes = dumpedFiles('basics', 'log')
      .find((file) => file.path === 'out-of-order-time-0/00000000000000000000.log')
      ?.lines.flatMap((line) => /^baseOffset.* CreateTime: (\d+)/.exec(line)?.[1] ?? [])
      .map(BigInt)
    expect(batchTimes?.length).toBeGreaterThan(1)
    expect(newest?.timestamp).toBe(batchTimes?.reduce((a, b) => (a > b ? a : b)))
  })

  test('a preallocated time index has 10,485,756 bytes, whole entries, and as few as it has', () => {
    const path = `${fixture('unclean')}/views-tx-0/00000000000000000000.timeindex`
    const metadata = `${fixture('unclean')}/__cluster_metadata-0/00000000000000000000.timeindex`
    expect(fs.statSync(metadata).size).toBe(10_485_756)
    expect(newestTimeEntry(realFiles, metadata, 0n)).toEqual(
      readIndexFile(fs.readFileSync(metadata), timeIndexFormat, 0n).entries.at(-1) ?? null,
    )
    expect(fs.statSync(path).size % 12).toBe(0)
  })
})

describe('looking up a time', () => {
  test('gives the last entry that is older, so that everything up to its offset is', () => {
    const path = `${temporaryDirectory()}/x.timeindex`
    fc.assert(
      fc.property(entriesArbitrary, fc.bigInt({ min: -1n, max: 1n << 54n }), fc.nat(), (entries, at, pick) => {
        writeIndex(path, entries)
        // Half of the times asked for are in the index.
        const timestamp = pick % 2 === 0 ? at : (entries[pick % Math.max(entries.length, 1)]?.timestamp ?? at)
        expect(lookupTime(realFiles, path, BASE, timestamp)).toEqual(entries.findLast((entry) => entry.timestamp < timestamp) ?? null)
      }),
    )
  })

  test('finds nothing in a missing, an empty and a zero-filled index', () => {
    const directory = temporaryDirectory()
    fs.writeFileSync(`${directory}/empty.timeindex`, '')
    fs.writeFileSync(`${directory}/zeros.timeindex`, Buffer.alloc(4092))
    for (const name of ['missing', 'empty', 'zeros']) {
      expect(lookupTime(realFiles, `${directory}/${name}.timeindex`, 0n, INT64_MAX)).toBeNull()
      expect(newestTimeEntry(realFiles, `${directory}/${name}.timeindex`, 0n)).toBeNull()
    }
  })

  test('never fails, whatever bytes are in the file', () => {
    const path = `${temporaryDirectory()}/x.timeindex`
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.bigInt({ min: -1n, max: INT64_MAX }), (bytes, timestamp) => {
        fs.writeFileSync(path, bytes)
        const entry = lookupTime(realFiles, path, BASE, timestamp)
        if (entry !== null) expect(entry.timestamp).toBeLessThan(timestamp)
      }),
    )
  })
})

describe('writing a time index', () => {
  test('a time that is not newer than the last is left out', () => {
    const path = `${temporaryDirectory()}/x.timeindex`
    writeIndex(path, [
      { timestamp: 500n, offset: 1003n },
      { timestamp: 500n, offset: 1003n },
      { timestamp: 500n, offset: 1007n },
      { timestamp: 400n, offset: 1009n },
      { timestamp: 501n, offset: 1011n },
    ])
    expect(contents(path)).toEqual({
      entries: [
        { timestamp: 500n, offset: 1003n },
        { timestamp: 501n, offset: 1011n },
      ],
      problem: null,
    })
  })

  test('records without a time leave no entry', () => {
    const path = `${temporaryDirectory()}/x.timeindex`
    writeIndex(path, [{ timestamp: -1n, offset: 1003n }])
    expect(fs.statSync(path).size).toBe(0)
  })

  test('times up to the largest int64 keep their value', () => {
    const path = `${temporaryDirectory()}/x.timeindex`
    const entries = [
      { timestamp: 9_007_199_254_740_993n, offset: 1003n },
      { timestamp: INT64_MAX, offset: 1004n },
    ]
    writeIndex(path, entries)
    expect(contents(path).entries).toEqual(entries)
    expect(newestTimeEntry(realFiles, path, BASE)).toEqual(entries[1])
  })

  test('is full one entry early: the last place is for the entry that closes the segment', () => {
    const path = `${temporaryDirectory()}/x.timeindex`
    const index = openTimeIndex(realFiles, path, BASE, 36)
    index.append({ timestamp: 1n, offset: 1001n })
    expect(index.isFull).toBe(false)
    index.append({ timestamp: 2n, offset: 1002n })
    expect(index.isFull).toBe(true)
    index.append({ timestamp: 3n, offset: 1003n })
    index.close()
    expect(fs.statSync(path).size).toBe(36)
  })

  test('what follows the last entry is cut when it is opened', () => {
    const path = `${temporaryDirectory()}/x.timeindex`
    for (const tail of [Buffer.alloc(4092), Buffer.from([0, 0, 1])]) {
      writeIndex(path, [{ timestamp: 500n, offset: 1003n }])
      fs.appendFileSync(path, tail)
      const index = openTimeIndex(realFiles, path, BASE, ROOMY)
      index.append({ timestamp: 600n, offset: 1004n })
      index.close()
      expect(contents(path).entries.map((entry) => entry.timestamp)).toEqual([500n, 600n])
    }
  })
})
