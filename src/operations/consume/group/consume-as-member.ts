// `consume -g`: reads as a member of a group. A member reads in stretches, each with the partitions that it has at the time:
//
//   heartbeat · let go of what it shall not have (written out and committed first) · take what it shall have
//   read ⟲ heartbeat, commit   until what it shall have changes
//
// What it prints is committed after it is written (at least once), before (at most once), or never.
import type { Uuid } from '../../../bytes/uuid.ts'
import type { Cluster, Damage } from '../../../client/cluster.ts'
import type { HeartbeatResponse, MemberOptions } from '../../../client/groups.ts'
import { LeatError } from '../../../errors/leat-error.ts'
import { requireNamePattern } from '../../../grammar/name-pattern.ts'
import type { OffsetRange } from '../../../grammar/offset.ts'
import type { Clock } from '../../../system/system.ts'
import { type ConsumeOptions, consume } from '../consume.ts'
import type { RecordSink } from '../record-sink.ts'
import { matchingTopics, topicsMatching } from '../topics.ts'
import { Alarm } from './alarm.ts'
import type { CommitFirst } from './commit-first.ts'
import { MemberFenced, Membership } from './membership.ts'
import { MemberSink } from './member-sink.ts'
import { Positions } from './positions.ts'
import { StartingRanges } from './starting-ranges.ts'
import { keyOf, type TopicPartition } from '../../../record/topic-partition.ts'

/** Commits are records that all members replay: many records share one. */
const COMMIT_INTERVAL_MS = 200

export type CommitMode = 'after' | 'before' | 'none'

export interface MemberConsumeOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly member: MemberOptions
  readonly offsets: OffsetRange
  readonly isFollowing: boolean
  readonly commit: CommitMode
  readonly sink: RecordSink
  /** What the sink writes to, where `commit` is `before`. */
  readonly output: CommitFirst | null
  readonly isCommittedOnly: boolean
  readonly withControl: boolean
  readonly onDamage: (damage: Damage) => void
  readonly note: (text: string) => void
  readonly signal: AbortSignal
}

/** @throws LeatError where the group or its offsets do not take the member */
export async function consumeAsMember(options: MemberConsumeOptions): Promise<void> {
  const member = new ReadingMember(options)
  const watch = options.cluster.groups.watch(options.member.groupId, member.wake)
  options.signal.addEventListener('abort', member.wake)
  try {
    await member.run()
  } finally {
    options.signal.removeEventListener('abort', member.wake)
    watch.close()
    await member.leave()
  }
}

interface Reading {
  isOver: boolean
  failure: unknown
}

class ReadingMember {
  readonly #options: MemberConsumeOptions
  readonly #membership: Membership
  readonly #positions = new Positions()
  readonly #starts: StartingRanges
  readonly #sink: MemberSink
  readonly #alarm: Alarm
  /** The ids of those that are named: when one of them is deleted, its records cannot all be read. */
  readonly #topicIds: ReadonlyMap<string, Uuid | null>
  /** The ids of those that it has partitions of, as it was given them. */
  readonly #givenIds = new Map<string, Uuid | null>()
  #lastCommitMs = 0

  constructor(options: MemberConsumeOptions) {
    const { cluster, clock, member, offsets, isFollowing, note, output } = options
    this.#options = options
    this.#membership = new Membership(cluster.groups, member, clock)
    this.#starts = new StartingRanges({ cluster, offsets, isFollowing, note }, topicsOf(cluster, member, isFollowing))
    this.#sink = new MemberSink(options.sink, this.#positions, clock, () => this.#checkSession())
    this.#topicIds = new Map(member.topics.map((topic) => [topic, cluster.describeTopic(topic).id]))
    this.#alarm = new Alarm(clock)
    if (output !== null) output.commit = () => this.#commit('handed')
  }

  get wake(): () => void {
    return this.#alarm.ring
  }

  async run(): Promise<void> {
    for (;;) {
      try {
        if (await this.#stretch()) return
      } catch (error) {
        if (!(error instanceof MemberFenced)) throw error
        this.#lose(error)
      }
    }
  }

  async leave(): Promise<void> {
    try {
      await this.#commit('written')
    } catch (error) {
      if (!(error instanceof MemberFenced)) throw error
      this.#options.note(refused(this.#options.member.groupId, error))
    }
    await this.#membership.leave()
  }

  get #isStopped(): boolean {
    return this.#options.signal.aborted || this.#sink.isStopped
  }

  /** Reads until the member shall have other partitions; true when it is done altogether. */
  async #stretch(): Promise<boolean> {
    const { heartbeatIntervalMs } = await this.#reconcile()
    const change = new AbortController()
    const reading = this.#read(change.signal)
    let isDone: boolean
    try {
      isDone = await this.#beat(reading, heartbeatIntervalMs)
    } finally {
      change.abort()
      await this.#drain(reading, heartbeatIntervalMs)
    }
    if (reading.failure !== null && !(await this.#letGo(reading.failure))) throw reading.failure
    await this.#commit('written')
    return isDone || this.#isStopped
  }

  /** A topic that is read because an expression matches may be deleted at any time: the others are read on. False: that is not what went wrong. */
  async #letGo(failure: unknown): Promise<boolean> {
    if (!(failure instanceof LeatError) || failure.code !== 'UNKNOWN_TOPIC_OR_PARTITION') return false
    this.#options.cluster.refresh()
    const { owned } = this.#membership
    const gone = owned.filter(({ topic }) => this.#isGone(topic, this.#givenIds.get(topic) ?? null))
    if (gone.length === 0 || gone.some(({ topic }) => this.#topicIds.has(topic))) return false
    await this.#sink.idle()
    for (const partition of gone) this.#positions.delete(partition)
    // One that was made anew is given to it anew.
    this.#membership.owned = owned.filter((partition) => !gone.includes(partition))
    return true
  }

  /** Whether there is no such topic any more, or another of its name. */
  #isGone(topic: string, id: Uuid | null): boolean {
    const { cluster } = this.#options
    return !cluster.hasTopic(topic) || cluster.describeTopic(topic).id !== id
  }

  #read(until: AbortSignal): Reading {
    const { cluster, clock, isCommittedOnly, withControl, onDamage, signal } = this.#options
    const reading: Reading = { isOver: false, failure: null }
    const ranges = this.#positions.ranges()
    const common = { cluster, clock, ranges, sink: this.#sink, isCommittedOnly, withControl, onDamage }
    void this.#readAll({ ...common, signal: AbortSignal.any([signal, until]) })
      .catch((error: unknown) => (reading.failure = error))
      .finally(() => {
        reading.isOver = true
        this.#alarm.ring()
      })
    return reading
  }

  async #readAll(options: ConsumeOptions): Promise<void> {
    this.#sink.begin()
    try {
      await consume(options)
    } finally {
      await this.#sink.finish(options.signal)
    }
  }

  /** Writing out what was read may take as long as whoever reads the output likes (`| less`): the member lives meanwhile. */
  async #drain(reading: Reading, intervalMs: number): Promise<void> {
    let fenced: unknown = null
    while (!reading.isOver) {
      await this.#alarm.next(intervalMs)
      if (reading.isOver || fenced !== null) continue
      await this.#membership.heartbeat().catch((error: unknown) => (fenced = error))
    }
    if (fenced !== null) reading.failure ??= fenced
  }

  /** Heartbeats and commits while it reads; true when there is nothing more to read. */
  async #beat(reading: Reading, intervalMs: number): Promise<boolean> {
    for (let waitMs = intervalMs; ;) {
      await this.#alarm.next(waitMs)
      if (this.#options.signal.aborted || reading.failure !== null || (reading.isOver && this.#sink.isStopped)) return false
      if (Number(this.#options.clock.now()) - this.#lastCommitMs >= COMMIT_INTERVAL_MS) await this.#commit('written')
      const response = await this.#membership.heartbeat()
      if (isDifferent(this.#membership.owned, response.assigned)) return false
      if (reading.isOver && response.isSettled && this.#isEnding) return this.#checkTopics()
      waitMs = response.heartbeatIntervalMs
    }
  }

  /** @throws LeatError UNKNOWN_TOPIC_OR_PARTITION where a topic was deleted before it was read to its end */
  #checkTopics(): true {
    for (const [topic, id] of this.#topicIds)
      if (this.#isGone(topic, id))
        throw new LeatError('UNKNOWN_TOPIC_OR_PARTITION', `topic '${topic}' was deleted while it was read`, {
          hint: 'What was read of it until then is done. Where the topic was made again, run the command again.',
        })
    return true
  }

  get #isEnding(): boolean {
    return !this.#options.isFollowing || this.#options.offsets.to !== null
  }

  /** Lets go of partitions and takes others until the member has what it shall have. */
  async #reconcile(): Promise<HeartbeatResponse> {
    for (let response = await this.#membership.heartbeat(); ; response = await this.#membership.heartbeat()) {
      const { owned } = this.#membership
      if (!isDifferent(owned, response.assigned)) return response
      await this.#take(owned, response)
    }
  }

  async #take(owned: readonly TopicPartition[], { assigned }: HeartbeatResponse): Promise<void> {
    const wanted = new Set(assigned.map(keyOf))
    const present = new Set(owned.map(keyOf))
    const revoked = owned.filter((partition) => !wanted.has(keyOf(partition)))
    if (revoked.length > 0) await this.#commit('written')
    for (const partition of revoked) this.#positions.delete(partition)
    const added = assigned.filter((partition) => !present.has(keyOf(partition)))
    if (added.length > 0) await this.#begin(added)
    this.#membership.owned = assigned
  }

  async #begin(partitions: readonly TopicPartition[]): Promise<void> {
    const { cluster, member } = this.#options
    const fetched = await cluster.groups.fetchOffsets(member.groupId)
    const committed = new Map(fetched.map((offset) => [keyOf(offset), offset]))
    for (const partition of partitions) {
      const start = this.#starts.of(partition, committed.get(keyOf(partition)))
      this.#positions.add(start.range, start.committed)
      this.#givenIds.set(partition.topic, cluster.describeTopic(partition.topic).id)
    }
  }

  async #commit(how: 'handed' | 'written'): Promise<void> {
    if (this.#options.commit === 'none') return
    if (how === 'written') this.#sink.noteDone()
    this.#lastCommitMs = Number(this.#options.clock.now())
    const offsets = this.#positions.uncommitted(how)
    if (offsets.length === 0) return
    await this.#membership.commit(offsets)
    this.#positions.noteCommitted(offsets)
  }

  /** After a suspension: asks before it goes on with what others may have by now. */
  #checkSession(): Promise<unknown> | null {
    return this.#membership.silentMs <= this.#options.member.sessionTimeoutMs ? null : this.#membership.heartbeat()
  }

  #lose(error: MemberFenced): void {
    const text = refused(this.#options.member.groupId, error)
    this.#positions.clear()
    this.#sink.discard()
    this.#membership.startOver()
    if (this.#isStopped) throw new LeatError('FENCED_MEMBER_EPOCH', text, { hint: 'Those records go to another member again.' })
    this.#options.note(`leat: ${text}; it joins again`)
  }
}

/** Topics that are there now. A member that follows waits for those that its pattern will match. @throws LeatError UNKNOWN_TOPIC_OR_PARTITION */
function topicsOf(cluster: Cluster, { topics, topicPattern }: MemberOptions, isFollowing: boolean): string[] {
  for (const topic of topics) cluster.describeTopic(topic)
  if (topicPattern === null) return [...topics]
  const patterns = [requireNamePattern('--regex', `^(?:${topicPattern})$`)]
  return isFollowing ? topicsMatching(cluster, patterns) : matchingTopics(cluster, patterns)
}

function isDifferent(a: readonly TopicPartition[], b: readonly TopicPartition[]): boolean {
  const present = new Set(a.map(keyOf))
  return a.length !== b.length || !b.every((partition) => present.has(keyOf(partition)))
}

function refused(groupId: string, { lost }: MemberFenced): string {
  const offsets = lost.map((partition) => `${keyOf(partition)} ${partition.offset}`).join(', ')
  const what = lost.length === 0 ? '' : `: its commit of ${offsets} was refused, and what it printed before goes to another member again`
  return `group '${groupId}' has gone on without this member, which was silent for too long${what}`
}
