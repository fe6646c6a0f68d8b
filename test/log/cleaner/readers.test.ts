// Readers in other processes while segments are swapped: they take no lock, so they may look between any two file calls of a compaction.
import { expect, test } from 'vitest'
import { PartitionReader } from '../../../src/log/partition-reader.ts'
import { PartitionView } from '../../../src/log/partition-view.ts'
import { RecordCursor } from '../../../src/record/record-cursor.ts'
import { simulatedSystem } from '../../simulation/system.ts'
import { keyedBatch } from '../../support/keyed-batches.ts'
import { openDirectory } from '../../support/records.ts'

const FOLDER = '/data/t-0'
const KEYS = 4
const BATCHES = 40
const TIME = 1_700_000_000_000

/** Reads on by some batches; takes the latest value of each key, and every offset. */
class Table {
  readonly values = new Map<string, string>()
  readonly offsets: bigint[] = []
  readonly #reader: PartitionReader
  readonly #cursor = new RecordCursor()

  constructor(reader: PartitionReader) {
    this.#reader = reader
  }

  /** False at the end. */
  read(): boolean {
    const header = this.#reader.next()
    if (header === null) return false
    const cursor = this.#cursor
    cursor.open(this.#reader.bytes, this.#reader.at, header)
    while (cursor.next()) {
      this.offsets.push(cursor.offset)
      const { bytes, keyStart, keyEnd, valueStart, valueEnd } = cursor
      this.values.set(bytes.toString('utf8', keyStart, keyEnd), bytes.toString('utf8', valueStart, valueEnd))
    }
    return true
  }
}

test('between any two file calls of a compaction, whoever reads finds the latest record of each key, once', async () => {
  const system = simulatedSystem()
  const { files } = system
  const cluster = openDirectory(system, '/data')
  await cluster.beginWriting()
  const configs = { 'cleanup.policy': 'compact', 'segment.index.bytes': '24', 'index.interval.bytes': '0' }
  cluster.createTopic('t', { partitions: 1, configs: new Map(Object.entries(configs)) })
  for (let round = 0; round < BATCHES; round++)
    cluster.openAppender('t').append(0, keyedBatch([{ key: `k${round % KEYS}`, value: `${round}` }], { timestampMs: TIME + round }))
  cluster.alterTopic('t', { partitions: null, configs: new Map([['segment.index.bytes', '4096']]) })
  await cluster.sync()
  const expected = new Map(Array.from({ length: KEYS }, (_, key) => [`k${key}`, `${BATCHES - KEYS + key}`]))

  const damage: unknown[] = []
  const open = (): Table => new Table(new PartitionReader(files, FOLDER, (found) => damage.push(found)))
  const slow: Table[] = []
  const waiting: Table[] = []
  const problems: string[] = []
  let looks = 0
  let isLooking = false
  files.onCall = ({ changes, syscall, path }) => {
    if (isLooking || !changes || !path.startsWith(FOLDER)) return
    isLooking = true
    const fresh = open()
    while (fresh.read());
    for (const [key, value] of expected) if (fresh.values.get(key) !== value) problems.push(`after ${syscall} ${path}: ${key}`)
    const time = new PartitionView(files, FOLDER, 0n).offsetForTime(BigInt(TIME + BATCHES - KEYS))
    if (time?.offset !== BigInt(BATCHES - KEYS)) problems.push(`after ${syscall} ${path}: ${String(time?.offset)} by time`)
    // These read a little at each call, or have looked only what segments there are.
    slow.push(open())
    waiting.push(open())
    for (const table of slow) table.read()
    looks++
    isLooking = false
  }
  await cluster.compact('t', 0, { mapBytes: 1 << 20, rolls: true, turn: async () => {} })
  files.onCall = undefined
  expect(looks).toBeGreaterThan(30)
  expect(problems).toEqual([])
  for (const table of [...slow, ...waiting]) {
    while (table.read());
    expect(table.values).toEqual(expected)
    expect(table.offsets).toEqual([...new Set(table.offsets)].toSorted((a, b) => (a < b ? -1 : 1)))
  }
  expect(damage).toEqual([])
  await cluster.close()
})
