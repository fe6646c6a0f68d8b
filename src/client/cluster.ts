// The one interface to topics. A command asks for what it needs here and does not know whether a directory in this process or
// (later) a broker answers. Records travel as whole batches, never as an object each.
import type { Uuid } from '../bytes/uuid.ts'
import { LeatError } from '../errors/leat-error.ts'
import type { CompactionResult } from '../log/cleaner/compact-log.ts'
import type { RetentionResult } from '../log/retention.ts'
import type { RetainedSegment } from '../log/retention-policy.ts'
import type { Damage } from '../log/segment-walker.ts'
import type { LogConfig } from '../log/topic-config.ts'
import type { UnreadRecords } from '../log/unread-records.ts'
import type { BatchHeader } from '../record/batch-header.ts'
import type { Groups } from './groups.ts'
import type { Transactions } from './transactions.ts'

// What readers, retention and compaction tell is the same whoever answers.
export type { CompactionResult, Damage, LogConfig, RetainedSegment, UnreadRecords }

export interface TopicDescription {
  readonly name: string
  /** null in a directory without metadata whose folders do not say. */
  readonly id: Uuid | null
  readonly isInternal: boolean
  readonly partitions: readonly PartitionDescription[]
  /** The topic's own settings, in Kafka's text form. */
  readonly configs: ReadonlyMap<string, string>
}

export interface PartitionDescription {
  readonly partition: number
  readonly leader: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

export interface PartitionOffsets {
  readonly startOffset: bigint
  /** The offset that the next record gets. */
  readonly endOffset: bigint
}

export interface PartitionSize {
  readonly sizeInBytes: number
  readonly segmentCount: number
}

/** What a partition's log tells of the work that waits in it, as it was when this was opened. */
export interface LogFacts extends PartitionOffsets {
  /** Records from `fromOffset` on, up to `endOffset` (exclusive), but those of aborted transactions. Of an open one they count. */
  unread(fromOffset: bigint, endOffset: bigint): UnreadRecords
  /** Where the log ended at a time (ms), as its batches' timestamps tell. */
  endAt(timeMs: bigint): bigint
  /** What retention goes by, ascending; none where that cannot be told. */
  retainedSegments(): readonly RetainedSegment[]
  close(): void
}

/** Reads a partition's batches in offset order. */
export interface BatchReader {
  /** Holds the present batch from `at` on; valid until the next call of `next`. */
  readonly bytes: Buffer
  readonly at: number
  /** The offset after the last batch read, or the one sought. */
  readonly nextOffset: bigint
  seek(offset: bigint): void
  /** null at the present end. */
  next(): BatchHeader | null
  close(): void
}

/** Decides what a read_committed reader sees. */
export interface TransactionView {
  /** Everything before it is decided, as far as is known from what was looked at. */
  readonly stableOffset: bigint
  /** Looks at a few milliseconds' worth of the log. @returns whether that was all, for now */
  advance(): boolean
  /** Looks at all there is, however long that takes. */
  lastStableOffset(): bigint
  /** Whether the batch, which lies before the stable offset, is of an aborted transaction. Ask for batches in their order. */
  isAborted(header: BatchHeader): boolean
  close(): void
}

/** Appends batches to a topic. */
export interface TopicAppender {
  readonly partitionCount: number
  readonly config: LogConfig
  /**
   * @param batches whole, valid batches one after the other, offsets counted from 0; their headers are changed in place
   * @returns the offset of the first record
   * @throws AppendFailure
   */
  append(partition: number, batches: Buffer): bigint
}

/** What kept batches from being appended, and how many of their records, from the first on, were before it came. */
export class AppendFailure extends LeatError {
  readonly storedRecords: number

  constructor({ code, message, hint, exitCode, cause }: LeatError, storedRecords: number) {
    super(code, message, { ...(hint === undefined ? {} : { hint }), exitCode, cause })
    this.storedRecords = storedRecords
  }
}

export interface CreateTopicOptions {
  readonly partitions: number
  /** Checked, in Kafka's text form. */
  readonly configs: ReadonlyMap<string, string>
}

export interface AlterTopicOptions {
  /** The new number of partitions; null leaves it. */
  readonly partitions: number | null
  /** null deletes a setting. */
  readonly configs: ReadonlyMap<string, string | null>
}

export interface RetentionRequest {
  /** The log starts here from now on; null leaves it. */
  readonly startOffset: bigint | null
  /** Whether retention.ms and retention.bytes count. */
  readonly withLimits: boolean
}

export interface CompactionRequest {
  /** Memory for the keys; more of them take several rounds. */
  readonly mapBytes: number
  /** Closes the active segment first, which is left alone else. */
  readonly rolls: boolean
  /** Gives others their turn from time to time; what it rejects with stops the compaction. */
  readonly turn: () => Promise<void>
}

export interface Cluster {
  /** For messages: the directory's path. */
  readonly location: string
  /** What changes something needs `beginWriting`. */
  readonly groups: Groups
  /** Needs `beginWriting`. */
  readonly transactions: Transactions

  /** Looks for what others did to topics and logs meanwhile. */
  refresh(): void
  /** Names, sorted. */
  topicNames(): string[]
  /** @throws LeatError UNKNOWN_TOPIC_OR_PARTITION */
  describeTopic(name: string): TopicDescription
  hasTopic(name: string): boolean
  partitionOffsets(topic: string, partition: number): PartitionOffsets
  partitionSize(topic: string, partition: number): PartitionSize
  /** Offset of the first record with a time of at least `timestamp` ms; null where there is none. */
  offsetForTime(topic: string, partition: number, timestamp: bigint): bigint | null
  /** The newest time of any batch, ms; null where none has one. */
  newestTimestamp(topic: string, partition: number): bigint | null
  /** What was on the disk at the end of the log and is not there any more, before the next write tells of it; null where nothing is lost. */
  lostEnd(topic: string, partition: number): Damage | null
  /** @param chunkBytes read at a time, at most, for who has many open; a larger batch is read whole */
  openReader(topic: string, partition: number, onDamage: (damage: Damage) => void, chunkBytes?: number): BatchReader
  /** The partition is there. */
  openLogFacts(topic: string, partition: number): LogFacts
  /** For reading from `startOffset` on. */
  openTransactionView(topic: string, partition: number, startOffset: bigint): TransactionView
  /** Calls `changed` soon after records were appended to one of the partitions. */
  watch(topic: string, partitions: readonly number[], changed: () => void): { close(): void }

  /** @throws LeatError where a topic of that name cannot be made */
  checkNewTopic(name: string, partitions: number): void
  /** What `applyRetention` would do now. */
  planRetention(topic: string, partition: number, request: RetentionRequest): RetentionResult
  /** What `compact` would do now. */
  planCompaction(topic: string, partition: number, request: CompactionRequest): Promise<CompactionResult>

  /** Needed once before any of the following. @throws LeatError where nothing can be written */
  beginWriting(): Promise<void>
  createTopic(name: string, options: CreateTopicOptions): void
  alterTopic(name: string, options: AlterTopicOptions): void
  deleteTopic(name: string): void
  openAppender(topic: string): TopicAppender
  /** Deletes the segments that the topic's retention, or a new start of the log, lets go. */
  applyRetention(topic: string, partition: number, request: RetentionRequest): Promise<RetentionResult>
  /** Takes out the records that a later one with the same key supersedes, as Kafka's cleaner does. */
  compact(topic: string, partition: number, request: CompactionRequest): Promise<CompactionResult>
  /** Resolves once everything appended so far is on the disk. */
  sync(): Promise<void>
  /** @param isDurable false leaves what was appended to the system to sync */
  close(isDurable?: boolean): Promise<void>
}
