import fs from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readIndexFile } from '../../src/log/index-file.ts'
import { type OffsetIndexEntry, lookupOffset, offsetIndexFormat, openOffsetIndex } from '../../src/log/offset-index.ts'
import type { Files } from '../../src/system/files.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { SimulatedDisk } from '../simulation/disk.ts'
import { fixture, fixturesMissing } from '../support/fixtures.ts'
import { SOUND_FIXTURES, baseOffsetOf, dumpedFiles } from '../support/kafka-dump.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const BASE = 1000n
const ROOMY = 1 << 20

/** Entries as a log of batches gives them: offsets and positions rise from the first on. */
const entriesArbitrary = fc
  .array(fc.record({ offsets: fc.integer({ min: 1, max: 1000 }), bytes: fc.integer({ min: 61, max: 100_000 }) }), { maxLength: 40 })
  .map((steps) => {
    let [offset, position] = [BASE, 0]
    return steps.map((step): OffsetIndexEntry => ({ offset: (offset += BigInt(step.offsets)), position: (position += step.bytes) }))
  })

function writeIndex(path: string, entries: readonly OffsetIndexEntry[]): void {
  const index = openOffsetIndex(realFiles, path, BASE, ROOMY)
  for (const entry of entries) index.append(entry)
  index.close()
}

function contents(path: string): ReturnType<typeof readIndexFile<OffsetIndexEntry>> {
  return readIndexFile(fs.readFileSync(path), offsetIndexFormat, BASE)
}

describe.skipIf(fixturesMissing)('index files that Kafka wrote', () => {
  test.for(SOUND_FIXTURES)('%s: entries are those that kafka-dump-log prints', (name) => {
    const files = dumpedFiles(name, 'index')
    expect(files.length).toBeGreaterThan(0)
    for (const file of files) {
      const base = baseOffsetOf(file.name)
      const { entries, problem } = readIndexFile(fs.readFileSync(`${fixture(name)}/${file.path}`), offsetIndexFormat, base)
      expect(problem, file.path).toBeNull()
      const printed = entries.map((entry) => `offset: ${entry.offset} position: ${entry.position}`)
      // The tool prints an empty index as one entry at the base offset.
      const expected = file.lines.filter((line) => line !== `offset: ${base} position: 0`)
      expect(printed, file.path).toEqual(expected)
    }
  })

  test.for(SOUND_FIXTURES)('%s: the same entries written anew give the same bytes', (name) => {
    const directory = temporaryDirectory()
    for (const file of dumpedFiles(name, 'index')) {
      const base = baseOffsetOf(file.name)
      const bytes = fs.readFileSync(`${fixture(name)}/${file.path}`)
      const { entries } = readIndexFile(bytes, offsetIndexFormat, base)
      const copy = openOffsetIndex(realFiles, `${directory}/copy.index`, base, ROOMY)
      copy.truncateTo(() => false)
      for (const entry of entries) copy.append(entry)
      copy.close()
      const written = fs.readFileSync(`${directory}/copy.index`)
      expect(written.equals(bytes.subarray(0, written.length)), file.path).toBe(true)
      expect(bytes.subarray(written.length).every((byte) => byte === 0)).toBe(true)
    }
  })

  test('an entry has the last offset of the batch at its position', () => {
    const path = `${fixture('basics')}/orders-0/00000000000000000000.index`
    // The batch of offsets 10 to 13.
    expect(lookupOffset(realFiles, path, 0n, 13n)).toEqual({ offset: 13n, position: 2607 })
    expect(lookupOffset(realFiles, path, 0n, 12n)?.offset ?? 0n).toBeLessThan(10n)
  })

  test('a preallocated index of 10 MB is searched in a few reads', () => {
    const path = `${fixture('unclean')}/__cluster_metadata-0/00000000000000000000.index`
    expect(fs.statSync(path).size).toBe(10_485_760)
    let bytesRead = 0
    const counting: Files = {
      ...realFiles,
      open(name, mode) {
        const file = realFiles.open(name, mode)
        const read = file.read.bind(file)
        file.read = (into, offset, length, position) => {
          bytesRead += length
          return read(into, offset, length, position)
        }
        return file
      },
    }
    const entries = readIndexFile(fs.readFileSync(path), offsetIndexFormat, 0n).entries
    expect(lookupOffset(counting, path, 0n, 1n << 40n)).toEqual(entries.at(-1) ?? null)
    expect(bytesRead).toBeLessThan(1000)
  })
})

describe('looking up an offset', () => {
  test('gives the last entry at or before it', () => {
    const path = `${temporaryDirectory()}/x.index`
    fc.assert(
      fc.property(entriesArbitrary, fc.bigInt({ min: BASE - 10n, max: BASE + 45_000n }), (entries, offset) => {
        fs.rmSync(path, { force: true })
        writeIndex(path, entries)
        expect(lookupOffset(realFiles, path, BASE, offset)).toEqual(entries.findLast((entry) => entry.offset <= offset) ?? null)
      }),
    )
  })

  test('finds nothing in a missing, an empty and a zero-filled index', () => {
    const directory = temporaryDirectory()
    fs.writeFileSync(`${directory}/empty.index`, '')
    fs.writeFileSync(`${directory}/zeros.index`, Buffer.alloc(4096))
    for (const name of ['missing', 'empty', 'zeros']) expect(lookupOffset(realFiles, `${directory}/${name}.index`, BASE, 5000n)).toBeNull()
  })

  test('gives null or an entry at or before the offset, whatever bytes are in the file', () => {
    const path = `${temporaryDirectory()}/x.index`
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.bigInt({ min: 0n, max: 1n << 40n }), (bytes, offset) => {
        fs.writeFileSync(path, bytes)
        const entry = lookupOffset(realFiles, path, BASE, offset)
        if (entry !== null) expect(entry.offset).toBeLessThanOrEqual(offset)
      }),
    )
  })

  test('takes offsets past 2^53', () => {
    const path = `${temporaryDirectory()}/x.index`
    const base = (1n << 60n) + 1n
    const index = openOffsetIndex(realFiles, path, base, ROOMY)
    index.append({ offset: base + 2_147_483_647n, position: 2_147_483_647 })
    index.close()
    expect(lookupOffset(realFiles, path, base, base + (1n << 40n))).toEqual({ offset: base + 2_147_483_647n, position: 2_147_483_647 })
  })
})

describe('writing an index', () => {
  test('what follows the last entry is cut when it is opened: zeros that Kafka preallocated, a torn entry', () => {
    const path = `${temporaryDirectory()}/x.index`
    const entries = [
      { offset: 1003n, position: 500 },
      { offset: 1010n, position: 1500 },
    ]
    for (const tail of [Buffer.alloc(4096), Buffer.from([0, 0, 0, 20, 0])]) {
      fs.rmSync(path, { force: true })
      writeIndex(path, entries)
      fs.appendFileSync(path, tail)
      const index = openOffsetIndex(realFiles, path, BASE, ROOMY)
      expect(index.count).toBe(2)
      expect(index.lastEntry).toEqual(entries[1])
      expect(fs.statSync(path).size).toBe(16)
      index.append({ offset: 1011n, position: 1600 })
      index.close()
      expect(contents(path)).toEqual({ entries: [...entries, { offset: 1011n, position: 1600 }], problem: null })
    }
  })

  test('entries that another process added are taken up by refresh, and appended after', () => {
    const path = `${temporaryDirectory()}/x.index`
    const [mine, other] = [openOffsetIndex(realFiles, path, BASE, ROOMY), openOffsetIndex(realFiles, path, BASE, ROOMY)]
    mine.append({ offset: 1003n, position: 100 })
    other.refresh()
    other.append({ offset: 1007n, position: 200 })
    mine.refresh()
    expect(mine.lastEntry).toEqual({ offset: 1007n, position: 200 })
    mine.append({ offset: 1009n, position: 300 })
    expect(contents(path).entries.map((entry) => entry.position)).toEqual([100, 200, 300])
    mine.close()
    other.close()
  })

  test('an entry that is there already is not added twice', () => {
    const path = `${temporaryDirectory()}/x.index`
    writeIndex(path, [
      { offset: 1003n, position: 100 },
      { offset: 1003n, position: 100 },
      { offset: 1002n, position: 90 },
    ])
    expect(contents(path).entries).toEqual([{ offset: 1003n, position: 100 }])
  })

  test('truncation keeps the first entries', () => {
    const path = `${temporaryDirectory()}/x.index`
    fc.assert(
      fc.property(entriesArbitrary, fc.bigInt({ min: BASE, max: BASE + 45_000n }), (entries, end) => {
        fs.rmSync(path, { force: true })
        writeIndex(path, entries)
        const index = openOffsetIndex(realFiles, path, BASE, ROOMY)
        index.truncateTo((entry) => entry.offset < end)
        index.close()
        expect(contents(path)).toEqual({ entries: entries.filter((entry) => entry.offset < end), problem: null })
      }),
    )
  })

  test('is full when no whole entry fits any more', () => {
    const index = openOffsetIndex(realFiles, `${temporaryDirectory()}/x.index`, BASE, 30)
    for (const position of [100, 200]) index.append({ offset: BASE + BigInt(position), position })
    expect(index.isFull).toBe(false)
    index.append({ offset: BASE + 300n, position: 300 })
    expect(index.isFull).toBe(true)
    index.close()
  })
})

describe('reading a whole index', () => {
  test('cut at any byte it gives the whole entries before', () => {
    const path = `${temporaryDirectory()}/x.index`
    fc.assert(
      fc.property(entriesArbitrary, fc.nat(400), (entries, length) => {
        fs.rmSync(path, { force: true })
        writeIndex(path, entries)
        const bytes = fs.readFileSync(path).subarray(0, length)
        expect(readIndexFile(bytes, offsetIndexFormat, BASE).entries).toEqual(entries.slice(0, Math.floor(bytes.length / 8)))
      }),
    )
  })

  test('says where it is damaged: zeros before entries, entries that do not rise, stray bytes', () => {
    const good = Buffer.from('00000003000000640000000a00000200', 'hex')
    expect(readIndexFile(Buffer.concat([Buffer.alloc(8), good]), offsetIndexFormat, BASE).problem).toContain('byte 11')
    expect(readIndexFile(Buffer.concat([good, good]), offsetIndexFormat, BASE).problem).toContain('byte 19')
    expect(readIndexFile(Buffer.concat([good, Buffer.from([0, 7])]), offsetIndexFormat, BASE).problem).toContain('byte 17')
    expect(readIndexFile(Buffer.concat([good, Buffer.alloc(3)]), offsetIndexFormat, BASE).problem).toContain('19 bytes')
  })

  test('never fails, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const { entries } = readIndexFile(Buffer.from(bytes), offsetIndexFormat, BASE)
        expect(entries.length * 8).toBeLessThanOrEqual(bytes.length)
      }),
    )
  })
})

test('an index that is made anew keeps what is right in it, and loses what is not', () => {
  fc.assert(
    fc.property(entriesArbitrary, entriesArbitrary, fc.nat(40), (before, other, kept) => {
      const path = `${temporaryDirectory()}/00000000000000001000.index`
      writeIndex(path, before)
      const index = openOffsetIndex(realFiles, path, BASE, ROOMY)
      const last = before[kept]?.offset ?? 2n ** 62n
      index.rewindTo((entry) => entry.offset < last)
      const first = before.slice(0, kept)
      const after = [
        ...first,
        ...other.filter(({ offset, position }) => offset > (first.at(-1)?.offset ?? 0n) && position > (first.at(-1)?.position ?? 0)),
      ]
      // Nothing is cut before something else takes its place.
      expect(contents(path).entries).toEqual(before)
      for (const entry of after.slice(first.length)) index.append(entry)
      index.settle()
      index.close()
      expect(contents(path)).toEqual({ entries: after, problem: null })
    }),
    { numRuns: 60 },
  )
})

test('the same entries appended again leave the file alone', () => {
  const path = `${temporaryDirectory()}/00000000000000001000.index`
  const entries = [1n, 2n, 3n].map((offset) => ({ offset: BASE + offset, position: Number(offset) * 100 }))
  writeIndex(path, entries)
  const disk = new SimulatedDisk()
  disk.makeDirectory('/t-0')
  const file = disk.open('/t-0/index', 'create')
  file.write(fs.readFileSync(path), 0, 24, 0)
  const index = openOffsetIndex(disk, '/t-0/index', BASE, ROOMY)
  const calls = disk.calls
  index.rewindTo((entry) => entry.offset === BASE + 1n)
  for (const entry of entries) index.append(entry)
  index.settle()
  expect(disk.journal.slice(calls).filter(({ changes }) => changes)).toEqual([])
  expect(index.count).toBe(3)
})
