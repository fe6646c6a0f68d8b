// `leat pipe FROM TO`: consumes, transforms, produces, and commits the offset, as one transaction (KIP-447). A run takes up the transactional
// id of its group: whoever ran it before is fenced, what that left open is aborted, and the committed offsets say where to go on.
import type { Cluster, Damage } from '../../client/cluster.ts'
import type { OffsetAndMetadata } from '../../client/groups.ts'
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import type { RecordPredicate } from '../../grammar/filter.ts'
import type { OffsetRange } from '../../grammar/offset.ts'
import { unknownPartition } from '../../stream/topics/unknown-partition.ts'
import type { System } from '../../system/system.ts'
import { consume } from '../consume/consume.ts'
import type { PartitionRange } from '../consume/ranges.ts'
import { StartingRanges } from '../consume/group/starting-ranges.ts'
import { checkTarget, ensureTarget } from '../produce/targets.ts'
import type { KeyField } from './key-field.ts'
import { PipeOutput } from './pipe-output.ts'
import { PipeSink } from './pipe-sink.ts'
import type { Transform } from './transform.ts'

export interface PipeOptions {
  readonly cluster: Cluster
  readonly system: System
  readonly from: string
  readonly to: string
  /** null: all. */
  readonly partitions: readonly number[] | null
  readonly groupId: string
  /** For partitions of which the group has committed nothing. */
  readonly offsets: OffsetRange
  readonly isFollowing: boolean
  readonly isWanted: RecordPredicate | null
  readonly keyField: KeyField | null
  /** null copies. Opened when there is something to run it for. */
  readonly openTransform: (() => Transform) | null
  /** Codec id: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec: number
  readonly batchBytes: number
  readonly recordsPerTransaction: number
  /** Partitions of TO when it is made; null: as many as FROM has. */
  readonly createPartitions: number | null
  readonly signal: AbortSignal
  readonly onTopicCreated: (topic: string, partitions: number) => void
  readonly onDamage: (damage: Damage) => void
  readonly note: (text: string) => void
}

export interface PipeResult {
  /** Records of FROM that are done with. */
  readonly read: number
  /** Records that TO has of them. */
  readonly stored: number
  readonly transactions: number
}

interface StartingPoint {
  readonly range: PartitionRange
  /** null: nothing. */
  readonly committed: bigint | null
}

/** A transaction waits for no more than so long for the next record. */
const TRANSACTION_MS = 1000
/** As often as a broker looks for transactions that are late. */
const SWEEP_MS = 10_000

/** @throws LeatError for the first record that fails: all before it are stored and committed */
export async function pipe(options: PipeOptions): Promise<PipeResult> {
  const { cluster, system, from, to, groupId, signal } = options
  if (from === to)
    throw new LeatError('USAGE', `a pipe from '${from}' to itself would never end`, {
      hint: 'Name another topic.',
      exitCode: exitCodes.usage,
    })
  const partitions = choosePartitions(cluster, from, options.partitions)
  const createPartitions = options.createPartitions ?? cluster.describeTopic(from).partitions.length
  const target = { cluster, partition: -1, createPartitions }
  checkTarget(to, target)
  await cluster.beginWriting()
  if (await cluster.groups.hasMembers(groupId))
    throw new LeatError('NON_EMPTY_GROUP', `group '${groupId}' has members that read and commit for themselves`, {
      hint: 'Name a group of its own with --group.',
    })
  if (ensureTarget(to, target)) options.onTopicCreated(to, createPartitions)

  let stored = 0
  let transactions = 0
  const output = await PipeOutput.open({
    ...options,
    topic: to,
    transactionalId: [groupId, from, ...(options.partitions === null ? [] : [partitions.join(',')])].join(':'),
    transactionMs: TRANSACTION_MS,
    onCommit: (recordCount) => {
      stored += recordCount
      transactions++
    },
  })
  const starts = await startingRanges(options, partitions)
  const ranges = starts.map(({ range }) => range)
  for (const { range, committed } of starts) output.beginAt(range.topic, range.partition, range.from, committed)
  const transform = options.openTransform?.() ?? null
  const sink = new PipeSink({ ...options, output, transform })
  const stop = new AbortController()
  const sweeping = options.isFollowing ? sweep(options, stop) : null
  // It is awaited once the reading, which it stops, has ended.
  void sweeping?.catch(() => {})
  const merged = AbortSignal.any([signal, stop.signal])
  const reading = { cluster, clock: system.clock, ranges, sink, isCommittedOnly: true, withControl: false, onDamage: options.onDamage }
  await eachInTurn([
    () => consume({ ...reading, signal: merged }).catch((error: unknown) => toldOfTakeOver(error, groupId)),
    async () => stop.abort(),
    async () => transform?.close(),
    () => output.abort(),
    async () => sweeping,
  ])
  return { read: sink.recordsRead, stored, transactions }
}

/** The last one: who takes over has aborted what was open, and has not gone on yet. */
const FENCING_CODES = new Set(['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'INVALID_TXN_STATE'])

/** Who is fenced knows nothing of transactional ids: it gave none. */
function toldOfTakeOver(error: unknown, groupId: string): never {
  if (!(error instanceof LeatError && FENCING_CODES.has(error.code))) throw error
  throw new LeatError(error.code, `another run of this pipe (group '${groupId}') has taken over; what this one had open is aborted`, {
    hint: 'One run at a time reads a partition for a group: give each its own partitions (-p), or its own group (-g).',
    cause: error,
  })
}

function choosePartitions(cluster: Cluster, topic: string, wanted: readonly number[] | null): readonly number[] {
  const known = cluster.describeTopic(topic).partitions.map(({ partition }) => partition)
  const unknown = wanted?.find((partition) => !known.includes(partition))
  if (unknown === undefined) return wanted?.toSorted((a, b) => a - b) ?? known
  throw unknownPartition(topic, unknown, known)
}

/** Where the group left off, else as asked. What the transactions before did is decided by now. */
async function startingRanges(options: PipeOptions, partitions: readonly number[]): Promise<StartingPoint[]> {
  const { cluster, from, groupId } = options
  const committed = await cluster.groups.fetchOffsets(groupId)
  const starts = new StartingRanges(options, [from])
  return partitions.map((partition) => {
    const known = committed.find((offset) => offset.topic === from && offset.partition === partition)
    const { endOffset } = cluster.partitionOffsets(from, partition)
    if (known !== undefined && known.offset > endOffset) throw behindTheEnd(groupId, known, endOffset)
    return { range: starts.of({ topic: from, partition }, known).range, committed: known?.offset ?? null }
  })
}

/** From the beginning, records would have their output twice; from the end on, some might have none. */
function behindTheEnd(groupId: string, { topic, partition, offset }: OffsetAndMetadata, endOffset: bigint): LeatError {
  return new LeatError(
    'OFFSET_OUT_OF_RANGE',
    `group '${groupId}' has committed offset ${offset} of ${topic}-${partition}, which ends at ${endOffset}: it lost its end, or was made again`,
    { hint: `Say where to go on: \`leat group reset ${groupId} --topic ${topic}:${partition} --to-earliest\`, or --to-latest.` },
  )
}

/** While a pipe waits for records, it ends what others left: theirs may be the records that it waits for. */
async function sweep({ cluster, system }: PipeOptions, stop: AbortController): Promise<void> {
  try {
    while (!stop.signal.aborted) {
      await system.clock.sleep(SWEEP_MS, stop.signal)
      if (!stop.signal.aborted) await cluster.transactions.endUnfinished()
    }
  } finally {
    stop.abort()
  }
}

/** All steps, whatever becomes of those before. @throws what the first one that fails throws */
async function eachInTurn(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const step of steps) await step().catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}
