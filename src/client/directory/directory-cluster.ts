// A data directory as a Cluster, in this process: reads without a lock, writes under the locks of log/directory-writer.ts.
import { ZERO_UUID } from '../../bytes/uuid.ts'
import { LeatError } from '../../errors/leat-error.ts'
import { type OffsetCheckpoint, readCheckpoint } from '../../log/checkpoint-files.ts'
import type { CompactionResult } from '../../log/cleaner/compact-log.ts'
import { CommittedView } from '../../log/committed-view.ts'
import { DirectoryWriter } from '../../log/directory-writer.ts'
import { folderName } from '../../log/folder-name.ts'
import { deletedWhileWritten } from '../../log/deleted-meanwhile.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import { PartitionReader } from '../../log/partition-reader.ts'
import { PartitionView } from '../../log/partition-view.ts'
import { applyRetention, planRetention, type RetentionResult } from '../../log/retention.ts'
import type { RecoveryReport } from '../../log/recovery.ts'
import type { RetentionLimits } from '../../log/retention-policy.ts'
import type { Damage } from '../../log/segment-walker.ts'
import { type LogConfig, logConfig } from '../../log/topic-config.ts'
import type { GroupTopics } from '../../stream/groups/requests.ts'
import { MetadataImage } from '../../stream/topics/metadata-image.ts'
import { createTopic } from '../../stream/topics/topic-commands.ts'
import { unknownPartition } from '../../stream/topics/unknown-partition.ts'
import { METADATA_TOPIC, OFFSETS_TOPIC } from '../../record/internal/internal-topics.ts'
import type { System } from '../../system/system.ts'
import {
  type AlterTopicOptions,
  AppendFailure,
  type BatchReader,
  type Cluster,
  type CompactionRequest,
  type CreateTopicOptions,
  type LogFacts,
  type PartitionOffsets,
  type PartitionSize,
  type RetentionRequest,
  type TopicAppender,
  type TopicDescription,
  type TransactionView,
} from '../cluster.ts'
import { type CoordinatorCompaction, DEFAULT_COORDINATOR_COMPACTION } from './coordinator-compaction.ts'
import type { CoordinatorHost } from './coordinator-topic.ts'
import { DirectoryGroups } from './directory-groups.ts'
import { DirectoryLogFacts } from './directory-log-facts.ts'
import { type CompactedPartition, compactPartition, planCompaction } from './directory-compaction.ts'
import { DirectoryTopics } from './directory-topics.ts'
import { DirectoryTransactions } from './directory-transactions.ts'
import { checkTheWay, TopicChanges } from './topic-changes.ts'
import type { TopicPartition } from '../../record/topic-partition.ts'

export interface DirectoryClusterOptions {
  readonly system: System
  readonly root: string
  /** Told of torn writes that were cut and of damage that was found when a log was opened for writing. */
  readonly onRecovery: (report: RecoveryReport) => void
  /** Told once when the directory is made. */
  readonly onCreate: (root: string) => void
  readonly coordinatorCompaction?: CoordinatorCompaction
}

export class DirectoryCluster implements Cluster, CoordinatorHost {
  readonly #options: DirectoryClusterOptions
  #topics: DirectoryTopics | null = null
  #writer: DirectoryWriter | null = null
  #startOffsets: OffsetCheckpoint | null = null
  #recoveryPoints: OffsetCheckpoint | null = null
  /** By folder; each with a start offset of these. */
  readonly #views = new Map<string, PartitionView>()

  readonly groups: DirectoryGroups
  readonly transactions: DirectoryTransactions

  constructor(options: DirectoryClusterOptions) {
    this.#options = options
    this.groups = new DirectoryGroups(this, (damage) => options.onRecovery({ kind: 'damage', damage }))
    this.transactions = new DirectoryTransactions(this, this.groups, (damage) => options.onRecovery({ kind: 'damage', damage }))
  }

  get location(): string {
    return this.#options.root
  }

  get coordinatorCompaction(): CoordinatorCompaction {
    return this.#options.coordinatorCompaction ?? DEFAULT_COORDINATOR_COMPACTION
  }

  get groupTopics(): GroupTopics {
    return this.#opened().groupTopics
  }

  get knowsAllTopics(): boolean {
    return this.#opened().isComplete
  }

  get system(): System {
    return this.#options.system
  }

  refresh(): void {
    this.refreshTopics()
    this.#forgetStarts()
  }

  topicNames(): string[] {
    return this.#opened().names()
  }

  describeTopic(name: string): TopicDescription {
    return this.#opened().describe(name)
  }

  hasTopic(name: string): boolean {
    if (this.#options.system.files.stat(this.location) === null) return false
    return this.#opened().has(name)
  }

  partitionOffsets(topic: string, partition: number): PartitionOffsets {
    const view = this.#view(topic, partition)
    return { startOffset: view.logStartOffset, endOffset: view.logEndOffset() }
  }

  partitionSize(topic: string, partition: number): PartitionSize {
    const view = this.#view(topic, partition)
    return { sizeInBytes: view.sizeInBytes(), segmentCount: view.segments.length }
  }

  offsetForTime(topic: string, partition: number, timestamp: bigint): bigint | null {
    return this.#view(topic, partition).offsetForTime(timestamp)?.offset ?? null
  }

  newestTimestamp(topic: string, partition: number): bigint | null {
    return this.#view(topic, partition).newestTimestamp()
  }

  lostEnd(topic: string, partition: number): Damage | null {
    // Before the end is looked for: others may append, and leave another point, meanwhile.
    this.#recoveryPoints ??= readCheckpoint(this.#options.system.files, this.location, 'recoveryPoint')
    return this.#view(topic, partition).lostEnd(this.#recoveryPoints.get(folderName(topic, partition)) ?? 0n)
  }

  openReader(topic: string, partition: number, onDamage: (damage: Damage) => void, chunkBytes?: number): BatchReader {
    return new PartitionReader(this.#options.system.files, this.folder(topic, partition), onDamage, chunkBytes)
  }

  openLogFacts(topic: string, partition: number): LogFacts {
    return new DirectoryLogFacts(this.#options.system.files, this.#view(topic, partition))
  }

  openTransactionView(topic: string, partition: number, startOffset: bigint): TransactionView {
    return new CommittedView(this.#options.system.files, this.folder(topic, partition), startOffset)
  }

  watch(topic: string, partitions: readonly number[], changed: () => void): { close(): void } {
    const watchers = partitions.map((partition) => this.#options.system.files.watch(this.folder(topic, partition), changed))
    return {
      close() {
        for (const watcher of watchers) watcher.close()
      },
    }
  }

  checkNewTopic(name: string, partitions: number): void {
    const { files } = this.#options.system
    const hasDirectory = files.stat(this.location) !== null
    const image = hasDirectory ? this.#opened().metadata.image : new MetadataImage()
    createTopic(image, { name, id: ZERO_UUID, partitions, nodeId: 0, configs: new Map() })
    checkTheWay(files, this.location, name, 0, partitions)
  }

  createTopic(name: string, options: CreateTopicOptions): void {
    // Kafka before 4.1 did not write which topic an offset is of: what is left of a topic with this name may not count for the new one.
    if (!this.hasTopic(name)) this.groups.forgetTopic(name, null)
    this.#changes().create(name, options)
  }

  alterTopic(name: string, options: AlterTopicOptions): void {
    this.#changes().alter(name, options)
  }

  deleteTopic(name: string): void {
    this.groups.forgetTopic(name, this.#changes().delete(name))
  }

  openAppender(topic: string): TopicAppender {
    const description = this.describeTopic(topic)
    this.#checkIsLocal(description)
    const config = logConfig(description.configs)
    const partitions = new Set(description.partitions.map(({ partition }) => partition))
    const logs = new Map<number, PartitionLog>()
    const open = (partition: number): PartitionLog => this.#openLog(description, partition, config)
    return {
      partitionCount: Math.max(...partitions) + 1,
      config,
      append(partition, batches) {
        if (!partitions.has(partition)) throw unknownPartition(description.name, partition, [...partitions])
        const log = logs.get(partition) ?? open(partition)
        logs.set(partition, log)
        return log.withLock(() => appendLocked(log, batches))
      },
    }
  }

  planRetention(topic: string, partition: number, request: RetentionRequest): RetentionResult {
    const description = this.describeTopic(topic)
    this.#checkIsLocal(description)
    const { startOffset, endOffset } = this.partitionOffsets(topic, partition)
    const { files, clock } = this.#options.system
    const limits = retentionLimits(logConfig(description.configs), startOffset, request)
    const plan = planRetention({ files, directory: this.folder(topic, partition), endOffset, limits, nowMs: clock.now() })
    return { ...plan, previousStartOffset: startOffset }
  }

  async applyRetention(topic: string, partition: number, request: RetentionRequest): Promise<RetentionResult> {
    const writer = this.#writing()
    const description = this.describeTopic(topic)
    this.#checkIsLocal(description)
    const config = logConfig(description.configs)
    if (topic === OFFSETS_TOPIC) this.groups.expire(partition)
    this.#forgetStarts()
    const present = this.partitionOffsets(topic, partition).startOffset
    const result = await applyRetention({
      log: this.#openLog(description, partition, config),
      files: this.#options.system.files,
      limits: retentionLimits(config, present, request),
      nowMs: this.#options.system.clock.now(),
    })
    const kept = writer.raiseLogStart(folderName(topic, partition), result.startOffset)
    this.#forgetStarts()
    return { ...result, startOffset: kept, previousStartOffset: present }
  }

  /** Whether there is no such partition, here or on another node: what a controller elsewhere keeps may be there. */
  isGone({ topic, partition }: TopicPartition): boolean {
    const topics = this.#opened()
    if (topics.metadata.exists && !topics.isController) return false
    return !topics.has(topic) || !topics.describe(topic).partitions.some((other) => other.partition === partition)
  }

  /** A producer id that nobody else has; to be used once it is on the disk. */
  allocateProducerId(): bigint {
    return this.#changes().allocateProducerId()
  }

  refreshTopics(): void {
    this.#topics?.metadata.refresh()
  }

  openLog(topic: string, partition: number): PartitionLog {
    const description = this.describeTopic(topic)
    this.#checkIsLocal(description)
    return this.#openLog(description, partition, logConfig(description.configs))
  }

  planCompaction(topic: string, partition: number, request: CompactionRequest): Promise<CompactionResult> {
    const { place } = this.#compacted(topic, partition)
    return planCompaction(place, this.partitionOffsets(topic, partition).endOffset, request)
  }

  async compact(topic: string, partition: number, request: CompactionRequest): Promise<CompactionResult> {
    const { description, place } = this.#compacted(topic, partition)
    this.#forgetStarts()
    return compactPartition(place, () => this.#openLog(description, partition, place.config), this.#writing(), request)
  }

  #compacted(topic: string, partition: number): { description: TopicDescription; place: CompactedPartition } {
    const description = this.describeTopic(topic)
    this.#checkIsLocal(description)
    const { system, root } = this.#options
    return { description, place: { system, root, folder: folderName(topic, partition), config: logConfig(description.configs) } }
  }

  /** The log of a partition, whose folder is made when it is missing. No other process can delete the topic before that is open. */
  #openLog({ name, id }: TopicDescription, partition: number, config: LogConfig): PartitionLog {
    const writer = this.#writing()
    const topics = this.#opened()
    if (!topics.isController) return writer.openLog(name, partition, id, config)
    return writer.openLog(name, partition, id, config, (action) =>
      writer.whileLocked(METADATA_TOPIC, 0, () => {
        topics.metadata.refresh()
        if (topics.isComplete && topics.metadata.image.topic(name)?.id !== id) throw deletedWhileWritten(name)
        return action()
      }),
    )
  }

  async beginWriting(): Promise<void> {
    const { system, root, onRecovery, onCreate } = this.#options
    const isNew = system.files.stat(root) === null
    this.#writer ??= await DirectoryWriter.open(system, root, onRecovery)
    if (isNew) onCreate(root)
  }

  async sync(): Promise<void> {
    await this.#writer?.sync()
    this.#forgetStarts()
  }

  async close(isDurable = true): Promise<void> {
    this.groups.close()
    this.transactions.close()
    this.#topics?.close()
    await this.#writer?.close(isDurable)
    this.#topics = null
    this.#writer = null
  }

  #opened(): DirectoryTopics {
    this.#topics ??= new DirectoryTopics(this.#options.system.files, this.location, (damage) =>
      this.#options.onRecovery({ kind: 'damage', damage }),
    )
    return this.#topics
  }

  folder(topic: string, partition: number): string {
    return `${this.location}/${folderName(topic, partition)}`
  }

  /** Logs may start elsewhere now. */
  #forgetStarts(): void {
    this.#startOffsets = null
    this.#recoveryPoints = null
    this.#views.clear()
  }

  #view(topic: string, partition: number): PartitionView {
    const { files } = this.#options.system
    const folder = folderName(topic, partition)
    const known = this.#views.get(folder)
    if (known !== undefined) return known
    this.#startOffsets ??= readCheckpoint(files, this.location, 'logStartOffset')
    const view = new PartitionView(files, this.folder(topic, partition), this.#startOffsets.get(folder) ?? 0n)
    this.#views.set(folder, view)
    return view
  }

  #writing(): DirectoryWriter {
    if (this.#writer === null) throw new Error('the directory was not opened for writing')
    return this.#writer
  }

  #changes(): TopicChanges {
    return new TopicChanges(this.#options.system, this.#writing(), this.#opened())
  }

  /** Records appended to one replica of several would be cut off again by the others. */
  #checkIsLocal({ name, partitions }: TopicDescription): void {
    const replicated = partitions.find(({ replicas }) => replicas.length > 1)
    if (replicated === undefined) return
    throw new LeatError(
      'NOT_LEADER_OR_FOLLOWER',
      `${name}-${replicated.partition} has replicas on nodes ${replicated.replicas.join(', ')}: what is appended here alone would be lost`,
      { hint: 'Write to the cluster, or copy the topic: `leat consume --json | leat produce --json --dir OTHER`.' },
    )
  }
}

/** Several batches may go into several segments, and the disk may refuse the second: the caller is told what is in the log. */
function appendLocked(log: PartitionLog, batches: Buffer): bigint {
  const first = log.nextOffset
  try {
    return log.appendLocked(batches)
  } catch (error) {
    if (error instanceof LeatError) throw new AppendFailure(error, Number(log.nextOffset - first))
    throw error
  }
}

function retentionLimits(config: LogConfig, present: bigint, { startOffset, withLimits }: RetentionRequest): RetentionLimits {
  const isLimited = withLimits && config.cleanupPolicy.has('delete')
  return {
    retentionMs: isLimited ? config.retentionMs : -1n,
    retentionBytes: isLimited ? config.retentionBytes : -1n,
    logStartOffset: startOffset ?? present,
  }
}
