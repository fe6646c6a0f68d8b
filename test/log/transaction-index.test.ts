import fs from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AbortedTransaction,
  TransactionIndexWriter,
  decodeTransactionIndex,
  encodeEntry,
  readTransactionIndex,
} from '../../src/log/transaction-index.ts'
import { realFiles } from '../../src/system/real-files.ts'
import { fixture, fixturesMissing } from '../support/fixtures.ts'
import { dumpedFiles } from '../support/kafka-dump.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Transactions of several producers as a log decides them one after the other, all aborted. */
const historyArbitrary = fc.array(fc.record({ length: fc.bigInt(1n, 40n), gap: fc.bigInt(1n, 20n) }), { maxLength: 12 }).map((steps) => {
  let offset = 0n
  const spans = steps.map(({ length, gap }, index) => {
    offset += gap
    return { producerId: BigInt(index), firstOffset: offset > length ? offset - length : 0n, lastOffset: offset }
  })
  return spans.map((span, index): AbortedTransaction => {
    const open = spans.slice(index + 1).map((later) => later.firstOffset)
    const firstOpen = open.reduce((a, b) => (a < b ? a : b), span.lastOffset + 1n)
    return { ...span, lastStableOffset: firstOpen < span.lastOffset ? firstOpen : span.lastOffset + 1n }
  })
})

function writeIndex(path: string, entries: readonly AbortedTransaction[]): Buffer {
  fs.rmSync(path, { force: true })
  const index = new TransactionIndexWriter(realFiles, path)
  for (const entry of entries) index.append(entry)
  return fs.existsSync(path) ? fs.readFileSync(path) : Buffer.alloc(0)
}

const aborted = (firstOffset: bigint, lastOffset: bigint, lastStableOffset = lastOffset + 1n): AbortedTransaction => ({
  producerId: 7n,
  firstOffset,
  lastOffset,
  lastStableOffset,
})

describe.skipIf(fixturesMissing)('transaction index files that Kafka wrote', () => {
  for (const name of ['transactions', 'compacted'] as const) {
    test(`${name}: entries are those that kafka-dump-log prints, and give the same bytes again`, () => {
      const files = dumpedFiles(name, 'txnindex')
      expect(files.length).toBeGreaterThan(0)
      const copy = `${temporaryDirectory()}/copy.txnindex`
      for (const file of files) {
        const bytes = fs.readFileSync(`${fixture(name)}/${file.path}`)
        const { entries, problem } = decodeTransactionIndex(bytes)
        expect(problem, file.path).toBeNull()
        const printed = entries.map(
          (entry) =>
            `version: 0 producerId: ${entry.producerId} firstOffset: ${entry.firstOffset} lastOffset: ${entry.lastOffset} lastStableOffset: ${entry.lastStableOffset}`,
        )
        expect(printed, file.path).toEqual(file.lines)
        expect(writeIndex(copy, entries).equals(bytes), file.path).toBe(true)
      }
    })
  }

  test('an abort is indexed in the segment of its marker, not in those of its data', () => {
    const folder = `${fixture('transactions')}/ledger-0`
    const indexed = fs
      .readdirSync(folder)
      .filter((file) => file.endsWith('.txnindex'))
      .flatMap((file) =>
        readTransactionIndex(realFiles, `${folder}/${file}`).entries.map((entry) => ({ segment: BigInt(file.slice(0, 20)), entry })),
      )
    expect(indexed.some(({ segment, entry }) => entry.firstOffset < segment)).toBe(true)
    for (const { segment, entry } of indexed) expect(entry.lastOffset).toBeGreaterThanOrEqual(segment)
  })
})

describe('damage', () => {
  test('a file cut at any byte gives the whole entries before, and says so', () => {
    const path = `${temporaryDirectory()}/x.txnindex`
    const entries = [aborted(1n, 5n), aborted(3n, 9n), aborted(10n, 11n)]
    const bytes = writeIndex(path, entries)
    for (let length = 0; length <= bytes.length; length++) {
      const found = decodeTransactionIndex(bytes.subarray(0, length))
      expect(found.entries).toEqual(entries.slice(0, Math.floor(length / 34)))
      expect(found.problem === null).toBe(length % 34 === 0)
    }
  })

  test('zeros, an unknown version, and an order that cannot be are no entries', () => {
    const path = `${temporaryDirectory()}/x.txnindex`
    const good = writeIndex(path, [aborted(1n, 5n)])
    const unknown = Buffer.from(good)
    unknown.writeInt16BE(1, 0)
    const before = writeIndex(path, [aborted(1n, 4n)])
    expect(decodeTransactionIndex(Buffer.concat([good, Buffer.alloc(34)]))).toMatchObject({ entries: [aborted(1n, 5n)] })
    expect(decodeTransactionIndex(Buffer.alloc(68)).problem).toContain('byte 0')
    expect(decodeTransactionIndex(unknown).problem).toContain('version 1')
    expect(decodeTransactionIndex(Buffer.concat([good, before])).problem).toContain('byte 34')
  })

  test('is cut by the next append, so that Kafka reads the file', () => {
    const path = `${temporaryDirectory()}/x.txnindex`
    writeIndex(path, [aborted(1n, 5n)])
    fs.appendFileSync(path, Buffer.alloc(100, 0xff))
    new TransactionIndexWriter(realFiles, path).append(aborted(6n, 9n))
    expect(decodeTransactionIndex(fs.readFileSync(path))).toEqual({ entries: [aborted(1n, 5n), aborted(6n, 9n)], problem: null })
  })

  test('never makes reading fail, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const { entries, problem } = decodeTransactionIndex(Buffer.from(bytes))
        expect(entries.length * 34 === bytes.length).toBe(problem === null)
      }),
    )
  })
})

describe('writing a transaction index', () => {
  test('a log without aborted transactions has no file', () => {
    const path = `${temporaryDirectory()}/x.txnindex`
    new TransactionIndexWriter(realFiles, path).truncateTo(0n)
    expect(fs.existsSync(path)).toBe(false)
    expect(readTransactionIndex(realFiles, path)).toEqual({ entries: [], problem: null })
  })

  test('an entry that is there already is not added again', () => {
    const path = `${temporaryDirectory()}/x.txnindex`
    writeIndex(path, [aborted(1n, 5n), aborted(1n, 5n)])
    expect(readTransactionIndex(realFiles, path).entries).toEqual([aborted(1n, 5n)])
  })

  test('an append reads no more than the entry before it', () => {
    const path = `${temporaryDirectory()}/x.txnindex`
    const history = Array.from({ length: 1000 }, (_, index) => aborted(BigInt(index) * 10n, BigInt(index) * 10n + 5n))
    fs.writeFileSync(path, Buffer.concat(history.map(encodeEntry)))
    const files = { ...realFiles, readWhole: () => expect.unreachable('reads all of the index') }
    new TransactionIndexWriter(files, path).append(aborted(20_000n, 20_001n))
    expect(readTransactionIndex(realFiles, path).entries).toEqual([...history, aborted(20_000n, 20_001n)])
  })

  test('truncation keeps the transactions whose marker lies before the offset', () => {
    const path = `${temporaryDirectory()}/x.txnindex`
    fc.assert(
      fc.property(historyArbitrary, fc.bigInt(0n, 250n), (history, end) => {
        writeIndex(path, history)
        new TransactionIndexWriter(realFiles, path).truncateTo(end)
        expect(readTransactionIndex(realFiles, path)).toEqual({ entries: history.filter((entry) => entry.lastOffset < end), problem: null })
      }),
    )
  })

  test('producer ids and offsets past 2^53 keep their value', () => {
    const path = `${temporaryDirectory()}/x.txnindex`
    const entry = { producerId: 2n ** 63n - 1n, firstOffset: 2n ** 53n + 1n, lastOffset: 2n ** 63n - 2n, lastStableOffset: 2n ** 63n - 1n }
    writeIndex(path, [entry])
    expect(readTransactionIndex(realFiles, path).entries).toEqual([entry])
  })
})
