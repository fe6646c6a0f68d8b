// `leat lag`: looks at groups in a data directory, once or again and again.
import type { CoordinatorTopic } from '../../client/directory/coordinator-topic.ts'
import type { DirectoryCluster } from '../../client/directory/directory-cluster.ts'
import { openOffsetsTopic } from '../../client/directory/offsets-topic.ts'
import { LeatError } from '../../errors/leat-error.ts'
import { nearest } from '../../errors/nearest.ts'
import { readCheckpoint } from '../../log/checkpoint-files.ts'
import { folderName } from '../../log/folder-name.ts'
import type { Damage } from '../../log/segment-walker.ts'
import { logConfig } from '../../log/topic-config.ts'
import type { CommittedOffset } from '../../stream/groups/committed-offsets.ts'
import type { GroupState } from '../../stream/groups/group-state.ts'
import { unknownTopic } from '../../stream/topics/topic-commands.ts'
import type { System } from '../../system/system.ts'
import { CommitLog } from './commit-log.ts'
import { PartitionFacts } from './partition-facts.ts'
import {
  type CommittedPartition,
  lagOfMissing,
  lagOfUncommitted,
  lookAtPartition,
  type Look,
  type UncommittedPartition,
} from './partition-lag.ts'
import { type NewSample, readSamples, type Samples } from './samples.ts'

export interface LagReaderOptions {
  readonly system: System
  readonly cluster: DirectoryCluster
  readonly onDamage: (damage: Damage) => void
}

export interface LagQuery {
  /** null: all that have committed something. */
  readonly groups: readonly string[] | null
  /** null: all. */
  readonly topics: readonly string[] | null
}

export interface LagReport {
  /** By group, topic and partition. */
  readonly looks: readonly Look[]
  /** Groups asked for that are there, and have committed nothing (on these topics). */
  readonly withoutOffsets: readonly string[]
  /** Why others asked for are not here: there are no such groups. */
  readonly missing: readonly LeatError[]
  readonly samples: readonly NewSample[]
}

export class LagReader {
  readonly #options: LagReaderOptions
  readonly #offsets: CoordinatorTopic<GroupState>
  /** By folder of the partitions of `__consumer_offsets`. */
  readonly #commits = new Map<string, CommitLog>()

  constructor(options: LagReaderOptions) {
    this.#options = options
    this.#offsets = openOffsetsTopic(options.cluster, options.onDamage)
  }

  /** @throws LeatError GROUP_ID_NOT_FOUND where there is none of the groups, UNKNOWN_TOPIC_OR_PARTITION, NO_DIRECTORY */
  look({ groups, topics }: LagQuery): LagReport {
    const { system, cluster } = this.#options
    cluster.refreshTopics()
    // A directory that is not there has no groups either, but that is not what was asked.
    cluster.topicNames()
    const nowMs = system.clock.now()
    const asked = groups ?? this.#groupIds().filter((group) => this.#offsetsOf(group).length > 0)
    const present = asked.filter((group) => this.#state(group).group(group) !== undefined)
    const missing = asked.filter((group) => !present.includes(group)).map((group) => this.#unknownGroup(group))
    if (present.length === 0 && missing[0] !== undefined) throw missing[0]
    const partitions = new PartitionsSeen(system, cluster, readSamples(system, cluster.location))
    const looks: Look[] = []
    const samples: NewSample[] = []
    const withoutOffsets: string[] = []
    try {
      for (const group of present) {
        const committed = this.#committed(group, topics)
        const commits = this.#commitLog(group)
        if (committed.length === 0) withoutOffsets.push(group)
        for (const place of this.#uncommitted(group, topics, committed)) {
          const facts = partitions.facts(place.topic, place.partition)
          if (facts !== null) looks.push({ lag: lagOfUncommitted(place, facts, nowMs), unread: [] })
        }
        for (const place of committed) {
          const { topic, partition } = place
          const facts = partitions.facts(topic, partition)
          if (facts === null) looks.push({ lag: lagOfMissing(place), unread: [] })
          else {
            const history = commits?.commitsOf(group, topic, partition) ?? []
            looks.push(lookAtPartition(place, history, partitions.samples.of(place), facts, nowMs))
            samples.push(sampleOf(place, facts, nowMs))
          }
        }
      }
    } finally {
      partitions.close()
    }
    const unknown = topics?.find((name) => !cluster.hasTopic(name) && !looks.some(({ lag }) => lag.topic === name))
    if (unknown !== undefined) throw unknownTopic(unknown, cluster.topicNames())
    return { looks: looks.toSorted(byPlace), withoutOffsets, missing, samples }
  }

  close(): void {
    this.#offsets.close()
    for (const commits of this.#commits.values()) commits.close()
    this.#commits.clear()
  }

  /** With what was committed by now; null where there is no such topic. */
  #commitLog(group: string): CommitLog | null {
    const folder = this.#offsets.folderOf(group)
    if (folder === null) return null
    const log = this.#commits.get(folder) ?? new CommitLog(this.#options.system.files, folder)
    this.#commits.set(folder, log)
    log.refresh()
    return log
  }

  #committed(group: string, topics: readonly string[] | null): CommittedPartition[] {
    const offsets = this.#offsetsOf(group).filter(({ topic }) => topics?.includes(topic) ?? true)
    const sorted = offsets.toSorted((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
    return sorted.map(({ topic, partition, offset, commitTimestamp }) => ({
      group,
      topic,
      partition,
      offset,
      commitTimestampMs: commitTimestamp,
    }))
  }

  /** Of the topics that the group has committed something of, or that its members are subscribed to. */
  #uncommitted(group: string, topics: readonly string[] | null, committed: readonly CommittedPartition[]): UncommittedPartition[] {
    const { cluster } = this.#options
    const known = this.#state(group).group(group)
    const isSubscribedTo = (topic: string): boolean => known !== undefined && 'isSubscribedTo' in known && known.isSubscribedTo(topic)
    const read = cluster
      .topicNames()
      .filter((name) => (topics?.includes(name) ?? true) && (isSubscribedTo(name) || committed.some(({ topic }) => topic === name)))
    return read.flatMap((topic) => {
      const done = new Set(committed.filter((place) => place.topic === topic).map(({ partition }) => partition))
      const all = cluster.describeTopic(topic).partitions.map(({ partition }) => partition)
      return all.filter((partition) => !done.has(partition)).map((partition) => ({ group, topic, partition }))
    })
  }

  #offsetsOf(group: string): CommittedOffset[] {
    return [...this.#state(group).offsets.present(group, this.#options.cluster.groupTopics)]
  }

  #state(group: string): GroupState {
    return this.#offsets.read(group)
  }

  #groupIds(): string[] {
    return this.#offsets
      .readAll()
      .flatMap(({ groups }) => groups.map(({ groupId }) => groupId))
      .toSorted()
  }

  #unknownGroup(group: string): LeatError {
    const near = nearest(group, this.#groupIds())
    return new LeatError('GROUP_ID_NOT_FOUND', `there is no group '${group}'`, {
      hint: near === null ? 'List them with `leat group list`.' : `Did you mean '${near}'?`,
    })
  }
}

/** The partitions of one look; each is looked at once, whichever groups read it. */
class PartitionsSeen {
  readonly samples: Samples
  readonly #system: System
  readonly #cluster: DirectoryCluster
  readonly #startOffsets: ReadonlyMap<string, bigint>
  readonly #facts = new Map<string, PartitionFacts | null>()

  constructor(system: System, cluster: DirectoryCluster, samples: Samples) {
    this.#system = system
    this.#cluster = cluster
    this.samples = samples
    this.#startOffsets = readCheckpoint(system.files, cluster.location, 'logStartOffset')
  }

  /** null where there is no such partition. */
  facts(topic: string, partition: number): PartitionFacts | null {
    const folder = folderName(topic, partition)
    const known = this.#facts.get(folder)
    if (known !== undefined) return known
    const made = this.#open(topic, partition, folder)
    this.#facts.set(folder, made)
    return made
  }

  close(): void {
    for (const facts of this.#facts.values()) facts?.close()
  }

  #open(topic: string, partition: number, folder: string): PartitionFacts | null {
    if (!this.#cluster.hasTopic(topic)) return null
    const { partitions, configs } = this.#cluster.describeTopic(topic)
    if (!partitions.some((known) => known.partition === partition)) return null
    return new PartitionFacts({
      files: this.#system.files,
      directory: this.#cluster.folder(topic, partition),
      startOffset: this.#startOffsets.get(folder) ?? 0n,
      config: logConfig(configs),
      samples: this.samples.logEnds(topic, partition),
    })
  }
}

function byPlace({ lag: a }: Look, { lag: b }: Look): number {
  if (a.group !== b.group) return a.group < b.group ? -1 : 1
  return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
}

function sampleOf(
  { group, topic, partition, offset, commitTimestampMs }: CommittedPartition,
  facts: PartitionFacts,
  timeMs: bigint,
): NewSample {
  return { group, topic, partition, sample: { timeMs, endOffset: facts.endOffset, offset, commitTimestampMs } }
}
