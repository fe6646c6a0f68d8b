// Transactions in a data directory: the coordinator of stream/transactions, run under the locks of its partitions by whichever process asks.
// There is no daemon, so that what a process left when it died is ended by the next one that writes transactions.
//
// What has to be on the disk before what, so that a power loss at any moment leaves a transaction whole or none of it:
//
//   the producer id  ▶  who has it      a partition added  ▶  its data      all data, read and written  ▶  the decision  ▶  the markers  ▶  the completion
import { LeatError } from '../../errors/leat-error.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import { checkDataBatch, checkMarker, type ProducerRefusal } from '../../log/producer-append.ts'
import type { Damage } from '../../log/segment-walker.ts'
import { isStorageFailure } from '../../log/storage-error.ts'
import { BatchHeader } from '../../record/batch-header.ts'
import { markerBatch } from '../../record/control-record.ts'
import { TRANSACTION_TOPIC, OFFSETS_TOPIC } from '../../record/internal/internal-topics.ts'
import { recordBatch } from '../../record/record-batch.ts'
import { stampBatches } from '../../record/producer-stamp.ts'
import type { CoordinatorResult } from '../../stream/coordinator.ts'
import { checkPrevious, commitTransactionalOffsets } from '../../stream/groups/offset-commits.ts'
import type { GroupTopics } from '../../stream/groups/requests.ts'
import { unknownPartition } from '../../stream/topics/unknown-partition.ts'
import { addPartitions } from '../../stream/transactions/add-partitions.ts'
import type { EndingTransaction } from '../../stream/transactions/ending.ts'
import { completeTransaction, endTransaction } from '../../stream/transactions/end-transaction.ts'
import { producerFenced } from '../../stream/transactions/refusals.ts'
import { initProducerId } from '../../stream/transactions/init-producer-id.ts'
import { TransactionsState } from '../../stream/transactions/transactions-state.ts'
import { endUnfinished } from '../../stream/transactions/unfinished.ts'
import type { ProducerIdAndEpoch } from '../../stream/transactions/transaction.ts'
import type { NotAwaited } from '../../system/locks.ts'
import { CommitUnfinished, type ProducerIdentity, type TransactionalOffsets, type Transactions } from '../transactions.ts'
import { type CoordinatorHost, CoordinatorTopic } from './coordinator-topic.ts'
import type { DirectoryGroups } from './directory-groups.ts'
import { groupContext } from './group-host.ts'
import { ReadSyncs } from './read-syncs.ts'
import { keyOf, type TopicPartition } from '../../record/topic-partition.ts'

export interface TransactionHost extends CoordinatorHost {
  readonly groupTopics: GroupTopics
  /** Whether there is no such partition, here or on another node. */
  isGone(partition: TopicPartition): boolean
  allocateProducerId(): bigint
  /** Resolves once everything appended so far is on the disk. */
  sync(): Promise<void>
}

/** As Kafka makes the topic. */
const CONFIGS = new Map([
  ['cleanup.policy', 'compact'],
  ['compression.type', 'uncompressed'],
  ['segment.bytes', '104857600'],
  ['min.insync.replicas', '1'],
  ['unclean.leader.election.enable', 'false'],
])

export class DirectoryTransactions implements Transactions {
  readonly #host: TransactionHost
  readonly #topic: CoordinatorTopic<TransactionsState>
  readonly #groups: DirectoryGroups
  /** Groups with offsets in a transaction that this process has open. */
  readonly #groupIds = new Set<string>()
  readonly #logs = new Map<string, PartitionLog>()
  readonly #reads: ReadSyncs

  constructor(host: TransactionHost, groups: DirectoryGroups, onDamage: (damage: Damage) => void) {
    this.#host = host
    this.#topic = new CoordinatorTopic({
      host,
      name: TRANSACTION_TOPIC,
      configs: CONFIGS,
      makeState: () => new TransactionsState(),
      onDamage,
    })
    this.#groups = groups
    this.#reads = new ReadSyncs(host.system.files, host.location)
  }

  async initProducerId(transactionalId: string, timeoutMs: number, expected: ProducerIdentity | null = null): Promise<ProducerIdentity> {
    let newProducerId: bigint | null = null
    for (;;) {
      const request = { transactionalId, timeoutMs, expected, newProducerId, nowMs: this.#now() }
      const response = this.#change(transactionalId, (state) => initProducerId(state, request))
      switch (response.kind) {
        case 'ready': {
          await this.#host.sync()
          const { producerId, producerEpoch } = response
          return { transactionalId, producerId, producerEpoch }
        }
        case 'producer-id-needed':
          newProducerId = await this.#newProducerId()
          break
        case 'ending':
          await this.#finish(response.ending)
      }
    }
  }

  async fenceProducer(transactionalId: string): Promise<void> {
    const known = this.#topic.read(transactionalId).get(transactionalId)
    if (known !== null) await this.initProducerId(transactionalId, known.timeoutMs)
  }

  async addPartitions(producer: ProducerIdentity, partitions: readonly TopicPartition[], groupId: string | null): Promise<void> {
    const all = groupId === null ? partitions : [...partitions, this.#groupPartition(groupId)]
    this.#change(producer.transactionalId, (state) => addPartitions(state, { ...producer, partitions: all, nowMs: this.#now() }))
    await this.#host.sync()
  }

  append(
    { transactionalId, producerId, producerEpoch }: ProducerIdentity,
    partition: TopicPartition,
    batches: Buffer,
    baseSequence: number,
  ): bigint {
    stampBatches(batches, { producerId, producerEpoch, baseSequence, isTransactional: true })
    const log = this.#log(partition)
    return log.withLock(() => {
      const header = new BatchHeader(batches, 0)
      const verdict = checkDataBatch(log.producer(producerId), header, 'client')
      if (verdict.kind === 'refused') throw refused(verdict.error, verdict.reason, transactionalId)
      return verdict.kind === 'duplicate' ? verdict.baseOffset : log.appendLocked(batches)
    })
  }

  sendOffsets(producer: ProducerIdentity, { groupId, member, offsets, previous = [] }: TransactionalOffsets): void {
    this.#reads.add(offsets)
    this.#groupIds.add(groupId)
    this.#groups.offsets.logOf(groupId).withLock((state, log) => {
      this.#host.refreshTopics()
      const context = groupContext(this.#host)
      const known = this.#groups.ofTopics(offsets)
      const request = { groupId, offsets: known, ...(member ?? { memberId: '', memberEpoch: -1, instanceId: null }) }
      const { records, response } = commitTransactionalOffsets(state, request, context)
      for (const { error } of response) if (error !== null) throw error
      const batch = recordBatch(records, context.nowMs)
      // All batches of a coordinator begin with sequence 0: nobody sends them again.
      stampBatches(batch, { ...producer, baseSequence: 0, isTransactional: true })
      const verdict = checkDataBatch(log.producer(producer.producerId), new BatchHeader(batch, 0), 'coordinator')
      if (verdict.kind === 'refused') throw refused(verdict.error, verdict.reason, producer.transactionalId)
      checkPrevious(state, groupId, previous, context.topics)
      log.appendLocked(batch)
    })
  }

  async endTransaction(producer: ProducerIdentity, isCommitted: boolean): Promise<ProducerIdentity> {
    const { transactionalId } = producer
    if (isCommitted) await Promise.all([this.#host.sync(), this.#reads.flush()])
    let newProducerId: bigint | null = null
    for (;;) {
      const request = { ...producer, isCommitted, newProducerId, nowMs: this.#now() }
      const response = this.#change(transactionalId, (state) => endTransaction(state, request))
      switch (response.kind) {
        case 'ended':
          await this.#tidy(transactionalId)
          return { transactionalId, producerId: response.producerId, producerEpoch: response.producerEpoch }
        case 'producer-id-needed':
          newProducerId = await this.#newProducerId()
          break
        case 'ending': {
          const next = await this.#finish(response.ending).catch((error: unknown) => unfinished(error, isCommitted))
          await this.#tidy(transactionalId)
          return { transactionalId, ...next }
        }
      }
    }
  }

  async endUnfinished(): Promise<void> {
    for (const seen of this.#topic.readAll()) {
      const { records, response } = endUnfinished(seen, this.#now())
      const [some] = seen.all
      if (some === undefined || (records.length === 0 && response.length === 0)) continue
      const endings = this.#change(some.transactionalId, (state) => endUnfinished(state, this.#now()))
      for (const ending of endings) await this.#finish(ending)
    }
  }

  close(): void {
    this.#topic.close()
    this.#logs.clear()
  }

  /** Keeps small what the transaction was kept in. */
  async #tidy(transactionalId: string): Promise<void> {
    await this.#topic.compactIfDue(transactionalId)
    for (const groupId of this.#groupIds) await this.#groups.tidy(groupId)
    this.#groupIds.clear()
  }

  /** Writes the markers of a decided transaction and closes it. Others may be at the same: what comes second is without effect. */
  async #finish(ending: EndingTransaction): Promise<ProducerIdAndEpoch> {
    await this.#host.sync()
    const coordinatorEpoch = this.#topic.logOf(ending.transactionalId).withLock((_, log) => log.leaderEpoch)
    for (const partition of ending.partitions) this.#writeMarker(ending, partition, coordinatorEpoch)
    await this.#host.sync()
    this.#change(ending.transactionalId, (state) => completeTransaction(state, ending, this.#now()))
    return ending.next
  }

  /** Topics may have been made, deleted, or made again since this process looked. */
  #writeMarker(ending: EndingTransaction, partition: TopicPartition, coordinatorEpoch: number): void {
    for (let isAgain = false; ; isAgain = true) {
      this.#host.refreshTopics()
      // Its data went with the topic.
      if (this.#host.isGone(partition)) return
      try {
        return this.#appendMarker(ending, partition, coordinatorEpoch)
      } catch (error) {
        if (isAgain || !(error instanceof LeatError && error.code === 'UNKNOWN_TOPIC_OR_PARTITION')) throw error
        this.#logs.delete(keyOf(partition))
      }
    }
  }

  #appendMarker(ending: EndingTransaction, partition: TopicPartition, coordinatorEpoch: number): void {
    const { producerId, producerEpoch, transactionVersion, isCommitted } = ending
    const marker = { type: isCommitted ? 'COMMIT' : 'ABORT', coordinatorEpoch } as const
    const batch = markerBatch({ ...marker, producerId, producerEpoch, timestampMs: this.#now() })
    const log = this.#log(partition)
    log.withLock(() => {
      const verdict = checkMarker(log.producer(producerId), new BatchHeader(batch, 0), marker, {
        origin: 'coordinator',
        transactionVersion,
      })
      if (verdict.kind === 'accepted') log.appendLocked(batch)
      // Another process wrote it already, and the producer went on.
      else if (verdict.kind === 'refused' && verdict.error !== 'INVALID_PRODUCER_EPOCH')
        throw refused(verdict.error, verdict.reason, ending.transactionalId)
    })
  }

  #change<T extends NotAwaited>(transactionalId: string, decide: (state: TransactionsState) => CoordinatorResult<T>): T {
    return this.#topic.logOf(transactionalId).change(decide)
  }

  async #newProducerId(): Promise<bigint> {
    const producerId = this.#host.allocateProducerId()
    await this.#host.sync()
    return producerId
  }

  #log({ topic, partition }: TopicPartition): PartitionLog {
    const key = keyOf({ topic, partition })
    const known = this.#logs.get(key)
    if (known !== undefined) return known
    const partitions = this.#host.describeTopic(topic).partitions.map((present) => present.partition)
    if (!partitions.includes(partition)) throw unknownPartition(topic, partition, partitions)
    const log = this.#host.openLog(topic, partition)
    this.#logs.set(key, log)
    return log
  }

  #groupPartition(groupId: string): TopicPartition {
    return { topic: OFFSETS_TOPIC, partition: this.#groups.offsets.partitionOf(groupId) }
  }

  #now(): bigint {
    return this.#host.system.clock.now()
  }
}

/** Of a transaction that was decided before the error came. */
function unfinished(error: unknown, isCommitted: boolean): never {
  throw isCommitted && (error instanceof LeatError || isStorageFailure(error)) ? new CommitUnfinished(error) : error
}

/** What a batch or marker is refused for says the log; who is meant by a stale epoch is said in the user's words. */
function refused(error: ProducerRefusal, reason: string, transactionalId: string): LeatError {
  if (error !== 'INVALID_PRODUCER_EPOCH') return new LeatError(error, reason)
  const { message, hint } = producerFenced(transactionalId)
  return new LeatError(error, message, hint === undefined ? {} : { hint })
}
