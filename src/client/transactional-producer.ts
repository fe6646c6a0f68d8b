// One producer's transactions. Records are built without a moment to wait in (an input is read as fast as it comes), and transactions have to
// wait for the disk; so batches, offsets and the ends of transactions stand in line until `flush`, which writes them in that order.
import { LeatError } from '../errors/leat-error.ts'
import { BATCH_HEADER_SIZE, LOG_OVERHEAD } from '../record/batch-header.ts'
import type { TopicAppender } from './cluster.ts'
import { CommitUnfinished, type ProducerIdentity, type TransactionalOffsets, type Transactions } from './transactions.ts'
import { keyOf, type TopicPartition } from '../record/topic-partition.ts'

export interface StoredBatches extends TopicPartition {
  readonly firstOffset: bigint
  readonly recordCount: number
  readonly sizeInBytes: number
}

const UNKNOWN_OFFSET = -1n

type Step =
  | { readonly kind: 'append'; readonly partition: TopicPartition; readonly batches: Buffer }
  | { readonly kind: 'offsets'; readonly commit: TransactionalOffsets }
  | { readonly kind: 'commit' }

export class TransactionalProducer {
  readonly #transactions: Transactions
  readonly #timeoutMs: number
  readonly #onCommit: (stored: readonly StoredBatches[]) => void
  #identity: ProducerIdentity
  #steps: Step[] = []
  /** Of the open transaction, by partition: the sequence number that comes next. */
  #sequences = new Map<string, number>()
  #groups = new Set<string>()
  #stored: StoredBatches[] = []
  #failure: unknown = null

  private constructor(
    transactions: Transactions,
    identity: ProducerIdentity,
    timeoutMs: number,
    onCommit: (stored: readonly StoredBatches[]) => void,
  ) {
    this.#transactions = transactions
    this.#identity = identity
    this.#timeoutMs = timeoutMs
    this.#onCommit = onCommit
  }

  /**
   * Takes up the transactional id, after others' transactions that are left or late were ended.
   * @param onCommit told of all batches of a transaction once it is committed
   */
  static async open(
    transactions: Transactions,
    { transactionalId, timeoutMs }: { readonly transactionalId: string; readonly timeoutMs: number },
    onCommit: (stored: readonly StoredBatches[]) => void,
  ): Promise<TransactionalProducer> {
    const identity = await transactions.initProducerId(transactionalId, timeoutMs)
    await transactions.endUnfinished()
    return new TransactionalProducer(transactions, identity, timeoutMs, onCommit)
  }

  /** Records of the transaction that is open, those in line included. */
  get openRecords(): number {
    const lastCommit = this.#steps.findLastIndex(({ kind }) => kind === 'commit')
    let records = lastCommit < 0 ? this.#stored.reduce((sum, { recordCount }) => sum + recordCount, 0) : 0
    for (const step of this.#steps.slice(lastCommit + 1)) if (step.kind === 'append') records += countRecords(step.batches)
    return records
  }

  /** @param batches copied; offsets counted from 0 */
  append(partition: TopicPartition, batches: Buffer): void {
    this.#steps.push({ kind: 'append', partition, batches: Buffer.from(batches) })
  }

  /** Appends to the topic within the transaction; offsets are known once it is committed. */
  appender(topic: string, { partitionCount, config }: TopicAppender): TopicAppender {
    const append = (partition: number, batches: Buffer): bigint => {
      this.append({ topic, partition }, batches)
      return UNKNOWN_OFFSET
    }
    return { partitionCount, config, append }
  }

  sendOffsets(commit: TransactionalOffsets): void {
    this.#steps.push({ kind: 'offsets', commit })
  }

  /** What comes after this is of another transaction. */
  commit(): void {
    this.#steps.push({ kind: 'commit' })
  }

  /**
   * Writes what stands in line.
   * @throws LeatError PRODUCER_FENCED, INVALID_PRODUCER_EPOCH when another producer took over; CommitUnfinished for a transaction that `onCommit` was told of
   */
  async flush(): Promise<void> {
    // What is left of a transaction that failed half-way must not be taken for a whole one.
    if (this.#failure !== null) throw this.#failure
    try {
      while (this.#steps.length > 0) {
        const end = this.#steps.findIndex(({ kind }) => kind === 'commit')
        await this.#write(this.#steps.splice(0, end < 0 ? this.#steps.length : end))
        if (end < 0) return
        this.#steps.shift()
        await this.#end(true)
      }
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  /** Aborts what is open, and forgets what stands in line. Where that fails after another failure, it is left to whoever comes next. */
  async abort(): Promise<void> {
    this.#steps = []
    try {
      await this.#end(false)
    } catch (error) {
      if (this.#failure === null) throw error
    }
  }

  async #write(steps: readonly Step[]): Promise<void> {
    await this.#addPartitions(steps)
    for (const step of steps) {
      if (step.kind === 'append') this.#append(step.partition, step.batches)
      else if (step.kind === 'offsets') this.#transactions.sendOffsets(this.#identity, step.commit)
    }
  }

  async #addPartitions(steps: readonly Step[]): Promise<void> {
    const partitions = new Map<string, TopicPartition>()
    const groups = new Set<string>()
    for (const step of steps) {
      if (step.kind === 'append' && !this.#sequences.has(keyOf(step.partition))) partitions.set(keyOf(step.partition), step.partition)
      if (step.kind === 'offsets' && !this.#groups.has(step.commit.groupId)) groups.add(step.commit.groupId)
    }
    if (partitions.size === 0 && groups.size === 0) return
    const isNew = !this.#isOpen
    // Where it fails half-way, there is something to abort.
    for (const key of partitions.keys()) this.#sequences.set(key, 0)
    for (const groupId of groups) this.#groups.add(groupId)
    const [first = null, ...others] = groups
    if (isNew) await this.#begin([...partitions.values()], first)
    else await this.#add([...partitions.values()], first)
    for (const groupId of others) await this.#add([], groupId)
  }

  async #add(partitions: readonly TopicPartition[], groupId: string | null): Promise<void> {
    await this.#transactions.addPartitions(this.#identity, partitions, groupId)
  }

  /** An id that was not used for a week is forgotten. Nothing is lost by that, unless somebody else has taken it up since. */
  async #begin(partitions: readonly TopicPartition[], groupId: string | null): Promise<void> {
    try {
      await this.#add(partitions, groupId)
    } catch (error) {
      if (!(error instanceof LeatError && error.code === 'INVALID_PRODUCER_ID_MAPPING')) throw error
      this.#identity = await this.#transactions.initProducerId(this.#identity.transactionalId, this.#timeoutMs, this.#identity)
      await this.#add(partitions, groupId)
    }
  }

  get #isOpen(): boolean {
    return this.#sequences.size > 0 || this.#groups.size > 0
  }

  #append(partition: TopicPartition, batches: Buffer): void {
    const key = keyOf(partition)
    const sequence = this.#sequences.get(key) ?? 0
    const recordCount = countRecords(batches)
    const firstOffset = this.#transactions.append(this.#identity, partition, batches, sequence)
    this.#sequences.set(key, (sequence + recordCount) % 2 ** 31)
    this.#stored.push({ ...partition, firstOffset, recordCount, sizeInBytes: batches.length })
  }

  async #end(isCommitted: boolean): Promise<void> {
    const stored = this.#stored
    this.#stored = []
    let unfinished: CommitUnfinished | null = null
    try {
      // Nothing was written: there is no transaction.
      if (this.#isOpen) this.#identity = await this.#transactions.endTransaction(this.#identity, isCommitted)
    } catch (error) {
      if (!(error instanceof CommitUnfinished)) throw error
      unfinished = error
    }
    this.#sequences = new Map()
    this.#groups = new Set()
    if (isCommitted) this.#onCommit(stored)
    if (unfinished !== null) throw unfinished
  }
}

function countRecords(batches: Buffer): number {
  let count = 0
  for (let at = 0; at + BATCH_HEADER_SIZE <= batches.length; at += LOG_OVERHEAD + batches.readInt32BE(at + 8))
    count += batches.readInt32BE(at + 57)
  return count
}
