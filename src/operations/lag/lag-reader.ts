// `leat lag`: looks at the groups of a cluster, once or again and again.
import type { Cluster } from '../../client/cluster.ts'
import type { CommittedOffset } from '../../client/groups.ts'
import { LeatError } from '../../errors/leat-error.ts'
import { nearest } from '../../errors/nearest.ts'
import { logConfig } from '../../log/topic-config.ts'
import { OFFSETS_TOPIC } from '../../record/internal/internal-topics.ts'
import { byTopicAndPartition, keyOf, type TopicPartition } from '../../record/topic-partition.ts'
import { partitionFor } from '../../stream/groups/partition-for.ts'
import { unknownTopic } from '../../stream/topics/topic-commands.ts'
import type { Clock } from '../../system/system.ts'
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
import type { NewSample, Samples } from './samples.ts'

export interface LagReaderOptions {
  readonly cluster: Cluster
  readonly clock: Clock
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

/** One of the groups that were asked for. */
interface Group {
  readonly groupId: string
  /** Topics that its members read; null where there is no such group. */
  readonly subscribed: readonly string[] | null
  /** What it has committed, by topic and partition. */
  readonly committed: readonly CommittedPartition[]
}

export class LagReader {
  readonly #options: LagReaderOptions
  /** By partition of `__consumer_offsets`. */
  readonly #commits = new Map<number, CommitLog>()

  constructor(options: LagReaderOptions) {
    this.#options = options
  }

  /**
   * @param samples of past looks
   * @throws LeatError GROUP_ID_NOT_FOUND where there is none of the groups, UNKNOWN_TOPIC_OR_PARTITION, NO_DIRECTORY
   */
  async look({ groups, topics }: LagQuery, samples: Samples): Promise<LagReport> {
    const { clock, cluster } = this.#options
    cluster.refresh()
    // A directory that is not there has no groups either, but that is not what was asked.
    cluster.topicNames()
    const nowMs = clock.now()
    const asked = await this.#groups(groups, topics)
    const present = asked.filter(({ subscribed }) => subscribed !== null)
    const missing = await Promise.all(asked.filter((group) => !present.includes(group)).map(({ groupId }) => this.#unknownGroup(groupId)))
    if (present.length === 0 && missing[0] !== undefined) throw missing[0]
    const partitions = new PartitionsSeen(cluster, samples)
    const looks: Look[] = []
    const fresh: NewSample[] = []
    try {
      for (const group of present) {
        const commits = this.#commitLog(group.groupId)
        for (const place of this.#uncommitted(group, topics)) {
          const facts = partitions.facts(place)
          if (facts !== null) looks.push({ lag: lagOfUncommitted(place, facts, nowMs), unread: [] })
        }
        for (const place of group.committed) {
          const facts = partitions.facts(place)
          if (facts === null) looks.push({ lag: lagOfMissing(place), unread: [] })
          else {
            const history = commits?.commitsOf(group.groupId, place.topic, place.partition) ?? []
            looks.push(lookAtPartition(place, history, samples.of(place), facts, nowMs))
            fresh.push(...sampleOf(place, facts, nowMs))
          }
        }
      }
    } finally {
      partitions.close()
    }
    const unknown = topics?.find((name) => !cluster.hasTopic(name) && !looks.some(({ lag }) => lag.topic === name))
    if (unknown !== undefined) throw unknownTopic(unknown, cluster.topicNames())
    const withoutOffsets = present.filter(({ committed }) => committed.length === 0).map(({ groupId }) => groupId)
    return { looks: looks.toSorted(byPlace), withoutOffsets, missing, samples: fresh }
  }

  close(): void {
    for (const commits of this.#commits.values()) commits.close()
    this.#commits.clear()
  }

  /** Those with these ids; null: all that have committed something. */
  async #groups(ids: readonly string[] | null, topics: readonly string[] | null): Promise<Group[]> {
    const { groups } = this.#options.cluster
    const found: Group[] = []
    for (const groupId of ids ?? (await groups.ids())) {
      const offsets = await groups.fetchOffsets(groupId)
      if (ids === null && offsets.length === 0) continue
      const subscribed = await groups.subscribedTopics(groupId)
      found.push({ groupId, subscribed, committed: committedOf(groupId, offsets, topics) })
    }
    return found
  }

  /** With what was committed by now; null where nobody has committed anything yet. */
  #commitLog(groupId: string): CommitLog | null {
    const { cluster } = this.#options
    if (!cluster.hasTopic(OFFSETS_TOPIC)) return null
    // Of a topic that the folders alone tell of, some may be elsewhere.
    const partitions = cluster.describeTopic(OFFSETS_TOPIC).partitions.map(({ partition }) => partition)
    const coordinator = partitionFor(groupId, Math.max(...partitions) + 1)
    const log = this.#commits.get(coordinator) ?? new CommitLog(cluster, coordinator)
    this.#commits.set(coordinator, log)
    log.refresh()
    return log
  }

  /** Of the topics that the group has committed something of, or that its members are subscribed to. */
  #uncommitted({ groupId: group, subscribed, committed }: Group, topics: readonly string[] | null): UncommittedPartition[] {
    const { cluster } = this.#options
    const isRead = new Set([...(subscribed ?? []), ...committed.map(({ topic }) => topic)])
    const read = cluster.topicNames().filter((name) => (topics?.includes(name) ?? true) && isRead.has(name))
    return read.flatMap((topic) => {
      const done = new Set(committed.filter((place) => place.topic === topic).map(({ partition }) => partition))
      const all = cluster.describeTopic(topic).partitions.map(({ partition }) => partition)
      return all.filter((partition) => !done.has(partition)).map((partition) => ({ group, topic, partition }))
    })
  }

  async #unknownGroup(groupId: string): Promise<LeatError> {
    const near = nearest(groupId, await this.#options.cluster.groups.ids())
    return new LeatError('GROUP_ID_NOT_FOUND', `there is no group '${groupId}'`, {
      hint: near === null ? 'List them with `leat group list`.' : `Did you mean '${near}'?`,
    })
  }
}

/** The partitions of one look; each is looked at once, whichever groups read it. */
class PartitionsSeen {
  readonly #cluster: Cluster
  readonly #samples: Samples
  readonly #facts = new Map<string, PartitionFacts | null>()

  constructor(cluster: Cluster, samples: Samples) {
    this.#cluster = cluster
    this.#samples = samples
  }

  /** null where there is no such partition. */
  facts(place: TopicPartition): PartitionFacts | null {
    const key = keyOf(place)
    const known = this.#facts.get(key)
    if (known !== undefined) return known
    const made = this.#open(place)
    this.#facts.set(key, made)
    return made
  }

  close(): void {
    for (const facts of this.#facts.values()) facts?.close()
  }

  #open({ topic, partition }: TopicPartition): PartitionFacts | null {
    const cluster = this.#cluster
    if (!cluster.hasTopic(topic)) return null
    const { partitions, configs } = cluster.describeTopic(topic)
    if (!partitions.some((known) => known.partition === partition)) return null
    return new PartitionFacts({ cluster, topic, partition, config: logConfig(configs), samples: this.#samples.logEnds(topic, partition) })
  }
}

function committedOf(group: string, offsets: readonly CommittedOffset[], topics: readonly string[] | null): CommittedPartition[] {
  const sorted = offsets.filter(({ topic }) => topics?.includes(topic) ?? true).toSorted(byTopicAndPartition)
  return sorted.map(({ topic, partition, offset, commitTimestampMs }) => ({ group, topic, partition, offset, commitTimestampMs }))
}

function byPlace({ lag: a }: Look, { lag: b }: Look): number {
  if (a.group !== b.group) return a.group < b.group ? -1 : 1
  return byTopicAndPartition(a, b)
}

/** A commit whose time is not known is no sample. */
function sampleOf(
  { group, topic, partition, offset, commitTimestampMs }: CommittedPartition,
  facts: PartitionFacts,
  timeMs: bigint,
): NewSample[] {
  if (commitTimestampMs === null) return []
  return [{ group, topic, partition, sample: { timeMs, endOffset: facts.endOffset, offset, commitTimestampMs } }]
}
