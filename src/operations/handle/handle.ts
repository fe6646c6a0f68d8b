// `consume --exec` and `--worker`: every record of some topics goes through a handler, as a member of a group, which keeps how far it is, or
// alone. Retry topics are read beside them, each by a member of its own, so that records that wait hold up nobody.
import { randomUuid } from '../../bytes/uuid.ts'
import type { Cluster, Damage } from '../../client/cluster.ts'
import type { MemberOptions } from '../../client/groups.ts'
import type { RecordPredicate } from '../../grammar/filter.ts'
import type { OffsetRange } from '../../grammar/offset.ts'
import type { System } from '../../system/system.ts'
import { consume } from '../consume/consume.ts'
import { type CommitMode, consumeAsMember } from '../consume/group/consume-as-member.ts'
import { resolveRanges } from '../consume/ranges.ts'
import { ensureAsideTopics, ensureHandledTopic } from './aside-topics.ts'
import { Dispatcher } from './dispatcher.ts'
import { DurableStore } from './durable-store.ts'
import type { EventId } from './event-id.ts'
import { HandledIds } from './handled-ids.ts'
import type { Handler } from './handler.ts'
import { HandlerSink } from './handler-sink.ts'
import { keepsOrder } from './keeps-order.ts'
import { type FailurePlan, PlannedPolicy } from './policy.ts'
import type { RetryTier } from './retry-tier.ts'
import { retryTiers } from './retry-tiers.ts'
import { stoppedBy } from './stopped-by.ts'

export interface HandleOptions {
  readonly cluster: Cluster
  readonly system: System
  readonly topics: readonly string[]
  /** null: alone; retry topics and ids need a group. */
  readonly member: MemberOptions | null
  readonly commit: CommitMode
  /** Of whoever reads alone; null: all. */
  readonly partitions: readonly number[] | null
  readonly offsets: OffsetRange
  readonly isFollowing: boolean
  readonly isCommittedOnly: boolean
  readonly isWanted: RecordPredicate | null
  /** So many are taken from the topics, whatever becomes of them; retry topics do not count. Infinity: all. */
  readonly maxRecords: number
  /** Before anything is changed. @throws LeatError where there is no such handler */
  readonly openHandler: () => Promise<Handler>
  readonly order: 'key' | 'partition'
  readonly plan: FailurePlan
  /** null: every record is handled, however often it comes. */
  readonly dedupe: { readonly eventId: EventId; readonly ttlMs: number } | null
  readonly onTopicCreated: (topic: string, partitions: number) => void
  readonly onDamage: (damage: Damage) => void
  readonly note: (text: string) => void
  readonly signal: AbortSignal
}

export interface HandleResult {
  /** Records taken from the topics, less those that are left for the next run after all. */
  readonly taken: number
  readonly handled: number
  /** Passed over: their ids were handled before. */
  readonly duplicates: number
  /** Attempts that failed. */
  readonly failedAttempts: number
  /** Sent to a retry topic. */
  readonly retriedLater: number
  readonly deadLettered: number
  /** Left in retry topics for another run; those behind the first one of a partition included. */
  readonly postponed: number
  /** When the first of them is due, ms. */
  readonly nextDueAt: bigint | null
}

/** @throws LeatError for the first record that fails for good and has nowhere to go; all that is done with is committed */
export async function handle(options: HandleOptions): Promise<HandleResult> {
  for (const topic of options.topics) options.cluster.describeTopic(topic)
  const handler = await options.openHandler()
  try {
    return await handleWith(handler, options)
  } finally {
    await handler.close()
  }
}

async function handleWith(handler: Handler, options: HandleOptions): Promise<HandleResult> {
  const { cluster, system, topics, member, plan, dedupe, onTopicCreated, note } = options
  const groupId = member?.groupId ?? null
  if (member !== null || plan.deadLetterTopicOf !== null) await cluster.beginWriting()
  if (plan.deadLetterTopicOf !== null || plan.retryDelaysMs.length > 0) ensureAsideTopics({ cluster, topics, plan, onTopicCreated, note })
  const store = new DurableStore(cluster, system)
  const policy = new PlannedPolicy(plan, groupId, store, system.random)
  const handledIds = dedupe === null || groupId === null ? null : await openIds(options, store, groupId, dedupe.ttlMs)
  const tiers = groupId === null ? [] : await retryTiers({ ...options, clock: system.clock, groupId })
  const stop = new AbortController()
  const dispatcher = new Dispatcher({
    handler,
    policy,
    clock: system.clock,
    handledIds,
    signal: options.signal,
    onStop: () => stop.abort(),
  })
  const run = new HandlingRun(options, { handler, dispatcher, tiers, stop })
  try {
    await run.all()
  } finally {
    handledIds?.close()
  }
  const failure = dispatcher.conclude()
  if (failure !== null) throw stoppedBy(failure, { groupId, isCommitting: options.commit !== 'none' })
  const { handled, duplicates, failedAttempts } = dispatcher
  const { deadLettered, retriedLater } = policy
  return { taken: run.taken, handled, duplicates, failedAttempts, retriedLater, deadLettered, ...run.left }
}

async function openIds(options: HandleOptions, store: DurableStore, groupId: string, ttlMs: number): Promise<HandledIds> {
  const topic = await ensureHandledTopic({ ...options, groupId, ttlMs })
  return HandledIds.open({ ...options, store, topic, ttlMs })
}

interface RunParts {
  readonly handler: Handler
  readonly dispatcher: Dispatcher
  readonly tiers: readonly RetryTier[]
  readonly stop: AbortController
}

class HandlingRun {
  readonly #options: HandleOptions
  readonly #handler: Handler
  readonly #dispatcher: Dispatcher
  readonly #stop: AbortController
  readonly #tiers: readonly RetryTier[]
  readonly #main: HandlerSink

  constructor(options: HandleOptions, { handler, dispatcher, tiers, stop }: RunParts) {
    this.#options = options
    this.#handler = handler
    this.#dispatcher = dispatcher
    this.#tiers = tiers
    this.#stop = stop
    this.#main = this.#sinkOf(null, options.maxRecords)
  }

  get taken(): number {
    return this.#main.count
  }

  /** What waits for another run. */
  get left(): Pick<HandleResult, 'postponed' | 'nextDueAt'> {
    const due = this.#tiers.flatMap(({ nextDueAt }) => (nextDueAt === null ? [] : [nextDueAt]))
    const postponed = this.#tiers.reduce((sum, tier) => sum + tier.postponed, 0)
    return { postponed, nextDueAt: due.length === 0 ? null : due.reduce((a, b) => (b < a ? b : a)) }
  }

  /** Reads the topics and what is due in their retry topics. */
  async all(): Promise<void> {
    const { member, isFollowing } = this.#options
    if (member === null) return this.#readAlone()
    const ending = new AbortController()
    const tiers = this.#tiers.map((tier) => this.#readTier(member, tier, ending.signal))
    const main = this.#orStop(this.#readAsMember(member, this.#main, this.#options.offsets, this.#stop.signal))
    // Who waits for records to be due has nothing to wait for any more once no others come.
    void main.finally(() => isFollowing && ending.abort()).catch(() => {})
    const outcomes = await Promise.allSettled([main, ...tiers])
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  async #readAlone(): Promise<void> {
    const { cluster, system, topics, partitions, offsets, isFollowing, isCommittedOnly, onDamage } = this.#options
    const ranges = resolveRanges(cluster, { topics, partitions, offsets, isFollowing })
    const signal = AbortSignal.any([this.#options.signal, this.#stop.signal])
    const sink = this.#main
    try {
      await consume({ cluster, clock: system.clock, ranges, sink, isCommittedOnly, withControl: false, onDamage, signal })
    } finally {
      await sink.finish(signal)
    }
  }

  #readTier(member: MemberOptions, tier: RetryTier, ending: AbortSignal): Promise<void> {
    const { system } = this.#options
    const reader = {
      ...member,
      memberId: randomUuid((bytes) => system.random.fill(bytes)),
      instanceId: member.instanceId === null ? null : `${member.instanceId}.retry.${tier.tier}`,
      topics: tier.topics,
      topicPattern: null,
    }
    const sink = this.#sinkOf(tier, Number.POSITIVE_INFINITY)
    const everything = { from: { kind: 'start', plus: 0n }, to: null } as const
    return this.#orStop(this.#readAsMember(reader, sink, everything, AbortSignal.any([this.#stop.signal, ending])))
  }

  #readAsMember(member: MemberOptions, sink: HandlerSink, offsets: OffsetRange, until: AbortSignal): Promise<void> {
    const { cluster, system, isFollowing, commit, isCommittedOnly, onDamage, note, signal } = this.#options
    return consumeAsMember({
      cluster,
      clock: system.clock,
      member,
      offsets,
      isFollowing,
      commit,
      sink,
      output: null,
      isCommittedOnly,
      withControl: false,
      onDamage,
      note,
      signal: AbortSignal.any([signal, until]),
    })
  }

  /** One that cannot go on ends the others. */
  async #orStop(reading: Promise<void>): Promise<void> {
    try {
      await reading
    } catch (error) {
      this.#stop.abort()
      throw error
    }
  }

  #sinkOf(tier: RetryTier | null, maxRecords: number): HandlerSink {
    const { system, order, dedupe, isWanted, plan } = this.#options
    return new HandlerSink({
      dispatcher: this.#dispatcher,
      handler: this.#handler,
      clock: system.clock,
      order: keepsOrder(this.#handler, plan) ? 'any' : order,
      eventId: dedupe?.eventId ?? null,
      // What waits in a retry topic was wanted once.
      isWanted: tier === null ? isWanted : null,
      maxRecords,
      tier,
    })
  }
}
