// A topic as a table: the latest record of each key, without those whose latest is a tombstone. Two readings, so that no value waits in memory:
// the first one finds the offset of each key's latest record, the second one hands over those.
import type { Cluster } from '../../client/cluster.ts'
import { LeatError } from '../../errors/leat-error.ts'
import type { OffsetBound } from '../../grammar/offset.ts'
import { KeyHash } from '../../log/cleaner/key-hash.ts'
import { LatestOffsets, MAX_RELATIVE_OFFSET } from '../../log/cleaner/latest-offsets.ts'
import type { RecordCursor } from '../../record/record-cursor.ts'
import type { System } from '../../system/system.ts'
import { consume, type ConsumeOptions } from '../consume/consume.ts'
import type { PartitionRange } from '../consume/ranges.ts'
import type { RecordSink } from '../consume/record-sink.ts'
import { resolveRanges } from '../consume/ranges.ts'

export interface TableOptions extends Pick<ConsumeOptions, 'isCommittedOnly' | 'onDamage' | 'signal'> {
  readonly cluster: Cluster
  readonly system: Pick<System, 'clock' | 'random'>
  readonly topic: string
  /** null: all. */
  readonly partitions: readonly number[] | null
  /** Records from here on do not count; null: the present end. */
  readonly asOf: OffsetBound | null
  /** The only key that is wanted; null: all. */
  readonly key: Buffer | null
  /** Goes on with each change as it comes, tombstones too. */
  readonly isFollowing: boolean
  readonly sink: RecordSink
}

export interface TableResult {
  /** Rows handed over, changes not counted. */
  readonly rows: number
  /** Records without a key: they are in no table. */
  readonly keylessRecords: number
}

const SEED_BYTES = 16
const START: OffsetBound = { kind: 'start', plus: 0n }

export async function readTable(options: TableOptions): Promise<TableResult> {
  const { cluster, system, topic, partitions, asOf } = options
  const ranges = resolveRanges(cluster, { topics: [topic], partitions, offsets: { from: START, to: asOf }, isFollowing: false })
  const seed = Buffer.alloc(SEED_BYTES)
  system.random.fill(seed)
  const hash = new KeyHash(seed)
  const tables = new Map(ranges.map((range) => [range.partition, new PartitionTable(range, hash, options.key)]))
  const read = (sink: RecordSink, some: readonly PartitionRange[], onDamage = options.onDamage): Promise<void> =>
    consume({ ...options, clock: system.clock, ranges: some, sink, withControl: false, onDamage })

  // What is damaged is said once.
  await read(new Mapping(tables), ranges, () => {})
  const rows = new Rows(tables, options.sink)
  const mapped = [...tables.values()].map(({ range, endOffset }) => ({ ...range, to: endOffset }))
  if (!options.signal.aborted) await read(rows, mapped)
  if (options.isFollowing && !options.signal.aborted) {
    const changes = mapped.map((range) => ({ ...range, from: range.to, to: null }))
    await read(new Changes(tables, options.sink), changes)
  }
  return { rows: rows.count, keylessRecords: [...tables.values()].reduce((sum, { keylessRecords }) => sum + keylessRecords, 0) }
}

/** The latest offsets of one partition's keys. */
class PartitionTable {
  readonly range: PartitionRange
  /** Up to here it was mapped: an open transaction may have ended it before its range does. */
  endOffset: bigint
  keylessRecords = 0
  readonly #latest: LatestOffsets
  readonly #key: Buffer | null
  /** Of the batch, relative. */
  #base = 0

  constructor(range: PartitionRange, hash: KeyHash, key: Buffer | null) {
    this.range = range
    this.endOffset = range.from
    this.#latest = new LatestOffsets(hash, Infinity)
    this.#key = key
  }

  beginBatch({ header }: RecordCursor): void {
    this.#base = Number(header.baseOffset - this.range.from)
  }

  /** Whether the record is one of the table's keys. */
  hasKey({ bytes, keyStart, keyEnd }: RecordCursor): boolean {
    return keyStart >= 0 && (this.#key === null || bytes.compare(this.#key, 0, this.#key.length, keyStart, keyEnd) === 0)
  }

  note(cursor: RecordCursor): void {
    const offset = this.#base + cursor.offsetDelta
    if (offset > MAX_RELATIVE_OFFSET) throw tooLong(this.range)
    if (cursor.keyStart < 0) this.keylessRecords++
    else if (this.hasKey(cursor)) this.#latest.put(cursor.bytes, cursor.keyStart, cursor.keyEnd, offset)
  }

  isRow(cursor: RecordCursor): boolean {
    if (cursor.valueStart < 0 || !this.hasKey(cursor)) return false
    return this.#latest.get(cursor.bytes, cursor.keyStart, cursor.keyEnd) === this.#base + cursor.offsetDelta
  }
}

/** What the readings have in common: the table of the partition that the present batch is of. */
abstract class TableSink implements RecordSink {
  readonly #tables: ReadonlyMap<number, PartitionTable>
  #present: PartitionTable | null = null

  constructor(tables: ReadonlyMap<number, PartitionTable>) {
    this.#tables = tables
  }

  protected get table(): PartitionTable {
    if (this.#present === null) throw new Error('there is no batch')
    return this.#present
  }

  protected tableOf(partition: number): PartitionTable {
    // What is read are the ranges of these.
    return this.#tables.get(partition) as PartitionTable
  }

  beginBatch(_topic: string, partition: number, cursor: RecordCursor): void {
    this.#present = this.tableOf(partition)
    this.#present.beginBatch(cursor)
  }

  abstract record(cursor: RecordCursor): boolean

  endBatch(): Promise<void> | null {
    return null
  }

  idle(): Promise<void> | null {
    return null
  }
}

class Mapping extends TableSink {
  record(cursor: RecordCursor): boolean {
    this.table.note(cursor)
    return true
  }

  reached(_topic: string, partition: number, offset: bigint): void {
    const table = this.tableOf(partition)
    if (offset > table.endOffset) table.endOffset = offset
  }
}

/** Hands over to another sink. */
abstract class Printing extends TableSink {
  protected readonly sink: RecordSink

  constructor(tables: ReadonlyMap<number, PartitionTable>, sink: RecordSink) {
    super(tables)
    this.sink = sink
  }

  override beginBatch(topic: string, partition: number, cursor: RecordCursor): void {
    super.beginBatch(topic, partition, cursor)
    this.sink.beginBatch(topic, partition, cursor)
  }

  override endBatch(): Promise<void> | null {
    return this.sink.endBatch()
  }

  override idle(): Promise<void> | null {
    return this.sink.idle()
  }
}

class Rows extends Printing {
  count = 0

  record(cursor: RecordCursor): boolean {
    if (!this.table.isRow(cursor)) return true
    this.count++
    return this.sink.record(cursor)
  }
}

class Changes extends Printing {
  record(cursor: RecordCursor): boolean {
    return !this.table.hasKey(cursor) || this.sink.record(cursor)
  }
}

function tooLong({ topic, partition }: PartitionRange): LeatError {
  return new LeatError('UNSUPPORTED', `${topic}-${partition} spans more than ${MAX_RELATIVE_OFFSET} offsets`, {
    hint: `Compact it first (\`leat compact ${topic}\`), and read it with \`leat consume\`.`,
  })
}
