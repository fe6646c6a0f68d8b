// Compaction against the plain model, over random logs: keys, tombstones, codecs, idempotent and transactional producers, segments, several
// compactions with time and new records in between, little memory.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DirectoryCluster } from '../../../src/client/directory/directory-cluster.ts'
import { listSegments } from '../../../src/log/segment-files.ts'
import { PartitionReader } from '../../../src/log/partition-reader.ts'
import { ProducerState } from '../../../src/log/producer-state.ts'
import { readTransactionMarker } from '../../../src/record/control-record.ts'
import { recordKernel } from '../../../src/record/kernel/record-kernel.ts'
import { RecordCursor } from '../../../src/record/record-cursor.ts'
import type { Finding } from '../../../src/operations/log/finding.ts'
import { verify } from '../../../src/operations/log/verify.ts'
import { type SimulatedSystem, simulatedSystem } from '../../simulation/system.ts'
import { markerOf } from '../../support/batches.ts'
import { keyedBatch, type KeyedRecord } from '../../support/keyed-batches.ts'
import { openDirectory, readPartition } from '../../support/records.ts'
import { NaiveLog } from './naive-log.ts'

// Keys are hashed by the kernel from the first batch on; without it test/crash/compaction.test.ts does its work.
recordKernel(Number.MAX_SAFE_INTEGER)

const ROOT = '/data'
const FOLDER = `${ROOT}/t-0`
const RETENTION_MS = 1000
const PRODUCERS = 3

type Step =
  | {
      readonly do: 'append'
      readonly records: readonly KeyedRecord[]
      readonly codec: number
      readonly producer: number
      readonly kind: 'plain' | 'idempotent' | 'transactional'
    }
  | { readonly do: 'end'; readonly producer: number; readonly outcome: 'commit' | 'abort' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'compact'; readonly mapBytes: number; readonly rolls: boolean }

const record = fc.record({
  key: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom('a', 'b', 'c', 'dd', 'eee', 'ffffff', '') },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  value: fc.oneof({ weight: 3, arbitrary: fc.string({ maxLength: 12 }) }, { weight: 1, arbitrary: fc.constant(null) }),
  laterMs: fc.integer({ min: -5000, max: 5000 }),
})
const producer = fc.nat({ max: PRODUCERS - 1 })
const append = fc.record({
  do: fc.constant('append' as const),
  records: fc.array(record, { minLength: 1, maxLength: 6 }),
  codec: fc.constantFrom(0, 0, 1, 2, 3, 4),
  producer,
  kind: fc.constantFrom('plain' as const, 'idempotent' as const, 'transactional' as const),
})
const end = fc.record({ do: fc.constant('end' as const), producer, outcome: fc.constantFrom('commit' as const, 'abort' as const) })
const wait = fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 600, 1000, 5000) })
const compact = fc.record({ do: fc.constant('compact' as const), mapBytes: fc.constantFrom(40, 100, 1 << 20), rolls: fc.boolean() })
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: append },
    { weight: 5, arbitrary: end },
    { weight: 2, arbitrary: wait },
    { weight: 3, arbitrary: compact },
  ),
  { minLength: 8, maxLength: 60 },
)

class Run {
  readonly system: SimulatedSystem = simulatedSystem()
  readonly naive = new NaiveLog()
  cluster: DirectoryCluster = openDirectory(this.system, ROOT)
  readonly #sequences = new Map<number, number>()

  async start(segmentIndexBytes: number): Promise<void> {
    await this.cluster.beginWriting()
    const configs = new Map([
      ['cleanup.policy', 'compact'],
      ['delete.retention.ms', String(RETENTION_MS)],
      ['index.interval.bytes', '0'],
      ['segment.index.bytes', String(segmentIndexBytes)],
    ])
    this.cluster.createTopic('t', { partitions: 1, configs })
  }

  /** As commands do: the next one opens the directory anew. */
  async reopen(): Promise<void> {
    await this.cluster.close()
    this.cluster = openDirectory(this.system, ROOT)
    await this.cluster.beginWriting()
  }

  append({ records, codec, producer: id, kind }: Extract<Step, { do: 'append' }>): void {
    // Within its transaction all that a producer writes belongs to it.
    const isTransactional = kind === 'transactional' || this.naive.isOpen(id)
    const sequence = this.#sequences.get(id) ?? 0
    const options = kind === 'plain' && !isTransactional ? {} : { producer: { id: BigInt(id), sequence, isTransactional } }
    if ('producer' in options) this.#sequences.set(id, sequence + records.length)
    const timestampMs = Number(this.system.clock.now())
    this.cluster.openAppender('t').append(0, keyedBatch(records, { codec, timestampMs, ...options }))
    this.naive.append(records, isTransactional ? id : null)
  }

  end({ producer: id, outcome }: Extract<Step, { do: 'end' }>): void {
    if (!this.naive.isOpen(id)) return
    this.cluster.openAppender('t').append(0, markerOf(BigInt(id), outcome))
    this.naive.end(id, outcome)
  }

  /** Whole segments before the active one and before the first transaction that is not decided. */
  uncleanableOffset(rolls: boolean): number {
    const bases = this.system.files.stat(FOLDER) === null ? [] : listSegments(this.system.files, FOLDER).map(Number)
    const active = rolls ? this.naive.nextOffset : (bases.at(-1) ?? 0)
    const limit = Math.min(this.naive.stableOffset, active)
    return [...bases, active].findLast((base) => base <= limit) ?? 0
  }

  /** What a broker has to know of each producer, from the batches alone: its epoch, its last batch, its open transaction. */
  producers(): unknown[] {
    const state = new ProducerState()
    const cursor = new RecordCursor()
    const reader = new PartitionReader(this.system.files, FOLDER, () => {})
    for (let header = reader.next(); header !== null; header = reader.next()) {
      cursor.open(reader.bytes, reader.at, header)
      state.update(header, header.isControl && cursor.next() ? readTransactionMarker(cursor) : null)
    }
    reader.close()
    const entries = state.entries.toSorted((a, b) => Number(a.producerId - b.producerId))
    return entries.map(({ producerId, epoch, batches, currentTransactionFirstOffset }) => ({
      producerId,
      epoch,
      lastSequence: batches.at(-1)?.lastSequence,
      currentTransactionFirstOffset,
    }))
  }
}

async function compactAndCheck(run: Run, { mapBytes, rolls }: { mapBytes: number; rolls: boolean }): Promise<void> {
  const { naive, system } = run
  const producers = run.producers()
  const uncleanable = run.uncleanableOffset(rolls)
  const result = await run.cluster.compact('t', 0, { mapBytes, rolls, turn: async () => {} })
  await run.reopen()
  const cleanable = (): number => naive.records(false).filter(({ offset }) => offset < uncleanable).length
  const recordsBefore = cleanable()
  naive.compact(uncleanable, Number(system.clock.now()), RETENTION_MS)
  const { cleanedOffset } = result
  expect({ cleanedOffset, recordsBefore: result.recordsBefore, recordsAfter: result.recordsAfter }).toEqual({
    cleanedOffset: BigInt(uncleanable),
    recordsBefore,
    recordsAfter: cleanable(),
  })
  await check(run)
  expect(run.producers()).toEqual(producers)
}

async function check({ cluster, naive, system }: Run): Promise<void> {
  const place = ({ offset, key, value }: { offset: unknown; key: unknown; value: unknown }): string =>
    `${String(offset)} ${JSON.stringify([key, value])}`
  for (const isCommittedOnly of [true, false]) {
    const { records, damage } = await readPartition(cluster, 't', 0, { isCommittedOnly })
    expect(damage).toEqual([])
    expect(records.map(place)).toEqual(naive.records(isCommittedOnly).map(place))
  }
  const findings: Finding[] = []
  await verify({ files: system.files, root: ROOT, targets: ['t'], isDeep: true, onFinding: (finding) => void findings.push(finding) })
  expect(findings).toEqual([])
}

test('compaction leaves what the plain model leaves', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(16, 64, 4096), async (all, segmentIndexBytes) => {
      const run = new Run()
      await run.start(segmentIndexBytes)
      for (const step of all) {
        if (step.do === 'append') run.append(step)
        else if (step.do === 'end') run.end(step)
        else if (step.do === 'wait') await run.system.clock.advance(step.ms)
        else await compactAndCheck(run, step)
      }
      await compactAndCheck(run, { mapBytes: 1 << 20, rolls: true })
      await run.cluster.close()
    }),
    { numRuns: Number(process.env['LEAT_MODEL_RUNS'] ?? 40) },
  )
})
