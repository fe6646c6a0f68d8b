// A coordinator's topic in a data directory: which partition keeps what, and the topic itself made when something is first written.
import { LeatError } from '../../errors/leat-error.ts'
import { folderName } from '../../log/folder-name.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import type { Damage } from '../../log/segment-walker.ts'
import { isStorageFailure } from '../../log/storage-error.ts'
import type { CoordinatorState } from '../../stream/coordinator.ts'
import { partitionFor } from '../../stream/groups/partition-for.ts'
import type { System } from '../../system/system.ts'
import type { CompactionRequest, CreateTopicOptions, TopicDescription } from '../cluster.ts'
import { type CoordinatorCompaction, isCompactionDue } from './coordinator-compaction.ts'
import { CoordinatorLog } from './coordinator-log.ts'

/** What a coordinator's topic needs of the directory that it is in. */
export interface CoordinatorHost {
  readonly system: System
  readonly location: string
  readonly coordinatorCompaction: CoordinatorCompaction
  folder(topic: string, partition: number): string
  hasTopic(name: string): boolean
  describeTopic(name: string): TopicDescription
  createTopic(name: string, options: CreateTopicOptions): void
  /** Looks for what others did to topics meanwhile. */
  refreshTopics(): void
  openLog(topic: string, partition: number): PartitionLog
  compact(topic: string, partition: number, request: CompactionRequest): Promise<unknown>
}

export interface CoordinatorTopicOptions<S> {
  readonly host: CoordinatorHost
  readonly name: string
  /** Of the topic when it is made, as Kafka sets them. */
  readonly configs: ReadonlyMap<string, string>
  readonly makeState: () => S
  readonly onDamage: (damage: Damage) => void
}

/** Kafka's default is 50, for clusters; what counts in a directory is what its metadata says. */
const NEW_TOPIC_PARTITIONS = 4
/** For the keys of a compaction. */
const MAP_BYTES = 16 * 1024 * 1024

export class CoordinatorTopic<S extends CoordinatorState> {
  readonly #options: CoordinatorTopicOptions<S>
  readonly #logs = new Map<number, CoordinatorLog<S>>()
  /** Never changes: what is kept where depends on it. */
  #partitionCount = 0

  constructor(options: CoordinatorTopicOptions<S>) {
    this.#options = options
  }

  /** The folder of the partition that keeps what has this id; null as long as there is no topic. */
  folderOf(id: string): string | null {
    const count = this.#countPartitions()
    return count === 0 ? null : this.#options.host.folder(this.#options.name, partitionFor(id, count))
  }

  /** The partition that keeps what has this id; the topic is made when there is none. The directory is open for writing. */
  partitionOf(id: string): number {
    if (this.#countPartitions() === 0) this.#create()
    return partitionFor(id, this.#countPartitions())
  }

  /** What is known of this id, without a lock. */
  read(id: string): S {
    const count = this.#countPartitions()
    return count === 0 ? this.#options.makeState() : this.log(partitionFor(id, count)).read()
  }

  /** All there is, by partition, without a lock. */
  readAll(): S[] {
    return this.logs().map((log) => log.read())
  }

  /** Of all partitions; none as long as there is no topic. */
  logs(): CoordinatorLog<S>[] {
    return Array.from({ length: this.#countPartitions() }, (_, partition) => this.log(partition))
  }

  /** The log that keeps what has this id, as `partitionOf`. */
  logOf(id: string): CoordinatorLog<S> {
    return this.log(this.partitionOf(id))
  }

  /**
   * Compacts what has grown too long to be replayed at each start. A disk that refuses that, or another process that is at it, keeps nobody
   * from what he is about.
   * @param prepare takes out what is not needed any more, under the log's lock
   */
  async compactIfDue(id: string, prepare: (log: CoordinatorLog<S>, state: S) => void = () => {}): Promise<void> {
    const { host, name } = this.#options
    try {
      const log = this.logOf(id)
      const { lookEveryRecords, maxDirtyBytes } = host.coordinatorCompaction
      if (!log.hasGrownBy(lookEveryRecords)) return
      const partition = this.partitionOf(id)
      if (!isCompactionDue(host.system.files, host.location, folderName(name, partition), maxDirtyBytes)) return
      log.withLock((state) => prepare(log, state))
      await host.compact(name, partition, { rolls: true, mapBytes: MAP_BYTES, turn: async () => {} })
    } catch (error) {
      if (!(error instanceof LeatError) && !isStorageFailure(error)) throw error
    }
  }

  close(): void {
    for (const log of this.#logs.values()) log.close()
    this.#logs.clear()
  }

  #countPartitions(): number {
    if (this.#partitionCount > 0) return this.#partitionCount
    const { host, name } = this.#options
    host.refreshTopics()
    if (!host.hasTopic(name)) return 0
    // Of a topic that the folders alone tell of, some may be elsewhere.
    const partitions = host.describeTopic(name).partitions.map(({ partition }) => partition)
    this.#partitionCount = Math.max(...partitions) + 1
    return this.#partitionCount
  }

  #create(): void {
    const { host, name, configs } = this.#options
    try {
      host.createTopic(name, { partitions: NEW_TOPIC_PARTITIONS, configs })
    } catch (error) {
      // Another process was first.
      if (!(error instanceof LeatError && error.code === 'TOPIC_ALREADY_EXISTS')) throw error
    }
  }

  log(partition: number): CoordinatorLog<S> {
    const { host, name, makeState, onDamage } = this.#options
    const known = this.#logs.get(partition)
    if (known !== undefined) return known
    const log = new CoordinatorLog<S>({
      system: host.system,
      directory: host.folder(name, partition),
      makeState,
      openLog: () => host.openLog(name, partition),
      onDamage,
    })
    this.#logs.set(partition, log)
    return log
  }
}
