// The retry topics that a run reads: those of its plan, and those of earlier plans that had more of them, as long as something waits there that
// the group has not read. Nobody else would ever handle it.
import type { Cluster } from '../../client/cluster.ts'
import { counted } from '../../errors/counted.ts'
import type { Clock } from '../../system/system.ts'
import type { RetryTopic } from './last-failure.ts'
import { type FailurePlan, retryTopic } from './policy.ts'
import { RetryTier } from './retry-tier.ts'

export interface RetryTiersOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly topics: readonly string[]
  readonly groupId: string
  readonly plan: FailurePlan
  readonly isFollowing: boolean
  readonly note: (text: string) => void
}

/** In their order. Needs `beginWriting`. */
export async function retryTiers(options: RetryTiersOptions): Promise<RetryTier[]> {
  const { clock, topics, groupId, plan, isFollowing } = options
  const { retries, retryDelaysMs } = plan
  const tiers = new Map<number, Map<string, RetryTopic>>()
  const add = (base: string, tier: number): void => {
    const known = tiers.get(tier) ?? new Map<string, RetryTopic>()
    tiers.set(tier, known.set(retryTopic(base, tier), { base, tier, attempts: retries + tier }))
  }
  for (const base of topics) for (const index of retryDelaysMs.keys()) add(base, index + 1)
  for (const { base, tier } of await leftBehind(options)) add(base, tier)
  return [...tiers]
    .toSorted(([a], [b]) => a - b)
    .map(([tier, some]) => {
      // What is not in the plan any more waits as long as what comes last in it.
      const delayMs = retryDelaysMs[tier - 1] ?? retryDelaysMs.at(-1) ?? 0
      return new RetryTier({ tier, topics: some, groupId, delayMs, isFollowing, clock })
    })
}

/** Retry topics beyond the plan that the group has begun to read, and not finished. Those that it has nothing in are others' affair. */
async function leftBehind({ cluster, topics, groupId, plan, note }: RetryTiersOptions): Promise<{ base: string; tier: number }[]> {
  const found = topics.flatMap((base) =>
    tiersOf(cluster, base)
      .filter((tier) => tier > plan.retryDelaysMs.length && !topics.includes(retryTopic(base, tier)))
      .map((tier) => ({ base, tier })),
  )
  if (found.length === 0) return []
  const committed = Map.groupBy(await cluster.groups.fetchOffsets(groupId), ({ topic }) => topic)
  return found.filter(({ base, tier }) => {
    const name = retryTopic(base, tier)
    const positions = new Map(committed.get(name)?.map(({ partition, offset }) => [partition, offset]))
    const unread = positions.size === 0 ? 0n : unreadIn(cluster, name, positions)
    if (unread > 0n)
      note(`leat: '${name}' is not in this plan; ${counted(Number(unread), 'record')} left there: those of '${groupId}' are handled, too`)
    return unread > 0n
  })
}

/** @param positions of the partitions that have one */
function unreadIn(cluster: Cluster, topic: string, positions: ReadonlyMap<number, bigint>): bigint {
  return cluster.describeTopic(topic).partitions.reduce((sum, { partition }) => {
    const { startOffset, endOffset } = cluster.partitionOffsets(topic, partition)
    const position = positions.get(partition) ?? startOffset
    const from = position > startOffset ? position : startOffset
    return from < endOffset ? sum + endOffset - from : sum
  }, 0n)
}

/** Numbers of the retry topics that there are. */
function tiersOf(cluster: Cluster, base: string): number[] {
  const prefix = `${base}.retry.`
  const numbers = cluster.topicNames().map((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : ''))
  return numbers.filter((text) => /^[1-9]\d{0,2}$/.test(text)).map(Number)
}
