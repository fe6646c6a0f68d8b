// The one interface to transactions, after Kafka's requests (KIP-98, KIP-447, KIP-890): a directory in this process answers, and later a
// broker. A producer has a transactional id, takes it up with `initProducerId`, and from then on is the only one that has it: who had it before
// is refused with PRODUCER_FENCED or INVALID_PRODUCER_EPOCH, whatever it asks for.
import { LeatError } from '../errors/leat-error.ts'
import type { OffsetCommit } from './groups.ts'
import type { TopicPartition } from '../record/topic-partition.ts'

export interface ProducerIdentity {
  readonly transactionalId: string
  readonly producerId: bigint
  /** Another one after each transaction. */
  readonly producerEpoch: number
}

export interface TransactionalOffsets extends OffsetCommit {
  /**
   * Where the group was when the producer read on from there; -1n: nowhere. Where it is elsewhere by now, or a transaction that is open moves it,
   * somebody else has read the same records. Nobody looks at partitions that are not named.
   */
  readonly previous?: readonly (TopicPartition & { readonly offset: bigint })[]
}

/**
 * A transaction that is committed, and not completed: what is in it counts, and is as durable as the decision is; readers with read_committed wait
 * until a later run has written the markers that are missing. Who stores its records again has them twice.
 */
export class CommitUnfinished extends LeatError {
  /** What to do about the cause. */
  readonly remedy: string

  constructor(cause: Error) {
    const remedy = (cause instanceof LeatError ? cause.hint : undefined) ?? 'Look at the disk and its file system.'
    super('COMMIT_UNFINISHED', `the transaction is committed, but could not be completed: ${cause.message}`, {
      hint: `${remedy} The next run completes it and goes on after it; until then readers with read_committed wait.`,
      cause,
    })
    this.remedy = remedy
  }
}

export interface Transactions {
  /**
   * Takes up a transactional id. What the producer before left open is aborted; what it had decided is completed.
   * @param timeoutMs after so long, anybody may abort a transaction of this producer
   * @param expected what the caller has of the id (KIP-360): it goes on, unless somebody else has taken the id up since. Without it, it takes over
   * @throws LeatError INVALID_TRANSACTION_TIMEOUT, INVALID_REQUEST, NOT_CONTROLLER, PRODUCER_FENCED
   */
  initProducerId(transactionalId: string, timeoutMs: number, expected?: ProducerIdentity): Promise<ProducerIdentity>
  /** Ends what a producer of the id left, and fences it, as taking up the id does; nothing happens where nobody has had it. */
  fenceProducer(transactionalId: string): Promise<void>
  /**
   * Begins a transaction, or adds to it. Durable when it resolves: what is appended from then on is ended with the transaction, whatever happens.
   * @param groupId a group whose offsets are to be part of it; null for none
   */
  addPartitions(producer: ProducerIdentity, partitions: readonly TopicPartition[], groupId: string | null): Promise<void>
  /**
   * Appends to a partition that was added.
   * @param batches whole, valid batches one after the other, offsets counted from 0; their headers are changed in place
   * @param baseSequence the first record's number in this partition and transaction
   * @returns the offset of the first record; a reader sees it when the transaction is committed
   * @throws LeatError INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER
   */
  append(producer: ProducerIdentity, partition: TopicPartition, batches: Buffer, baseSequence: number): bigint
  /**
   * Offsets of a group that was added (KIP-447); they count when the transaction is committed.
   * @throws LeatError as `Groups.commitOffsets`; OFFSETS_MOVED, UNSTABLE_OFFSET_COMMIT where the group is not where it was
   */
  sendOffsets(producer: ProducerIdentity, commit: TransactionalOffsets): void
  /**
   * Decides the transaction and writes its markers; what it decided is durable when it resolves.
   * @returns what the producer goes on with
   * @throws CommitUnfinished where it fails after the decision to commit; any other error comes before it
   */
  endTransaction(producer: ProducerIdentity, isCommitted: boolean): Promise<ProducerIdentity>
  /** Completes what was decided and left, aborts what is open for longer than its timeout. */
  endUnfinished(): Promise<void>
}
