// The topics of leat's own that a run needs: they are made, and checked, before the first record is touched.
import type { Cluster } from '../../client/cluster.ts'
import { LeatError, exitCodes } from '../../errors/leat-error.ts'
import { checkTopicName, isInternalTopic } from '../../stream/topics/topic-name.ts'
import { type FailurePlan, retryTopic } from './policy.ts'

/** Room for what the headers of a failure take. */
const HEADERS_BYTES = 64 * 1024
/** Segments go as a whole, once all ids in them have expired. */
const HANDLED_SEGMENT_BYTES = 64 * 1024 * 1024

export interface AsideTopicsOptions {
  readonly cluster: Cluster
  readonly topics: readonly string[]
  readonly plan: FailurePlan
  readonly onTopicCreated: (topic: string, partitions: number) => void
  readonly note: (text: string) => void
}

interface Needed {
  readonly partitions: number
  /** Of the largest record that may come. */
  readonly maxMessageBytes: number
}

/** Makes the retry and dead-letter topics of each topic: as many partitions, larger records, and nothing in them expires. */
export function ensureAsideTopics({ cluster, topics, plan, onTopicCreated, note }: AsideTopicsOptions): void {
  const needed = new Map<string, Needed>()
  const retryTopics = new Set<string>()
  for (const topic of topics) {
    const { partitions } = cluster.describeTopic(topic)
    const retries = plan.retryDelaysMs.map((_, index) => retryTopic(topic, index + 1))
    for (const name of retries) retryTopics.add(name)
    const aside = plan.deadLetterTopicOf === null ? retries : [...retries, plan.deadLetterTopicOf(topic)]
    const { maxMessageBytes } = cluster.openAppender(topic).config
    for (const name of aside) {
      const known = needed.get(name)
      needed.set(name, {
        partitions: Math.max(partitions.length, known?.partitions ?? 0),
        maxMessageBytes: Math.max(maxMessageBytes, known?.maxMessageBytes ?? 0),
      })
    }
  }
  for (const name of needed.keys()) checkAside(name, topics)
  for (const topic of topics) checkNotRetried(plan.deadLetterTopicOf?.(topic) ?? null, retryTopics)
  for (const [name, { partitions, maxMessageBytes }] of needed) {
    const configs = new Map([
      ['max.message.bytes', `${maxMessageBytes + HEADERS_BYTES}`],
      // Records keep their time, and may be older than the default lets them get.
      ['retention.ms', '-1'],
    ])
    if (ensureTopic(cluster, name, partitions, configs)) onTopicCreated(name, partitions)
    else checkExisting(cluster, name, maxMessageBytes, note)
  }
}

/** A topic that somebody made must not lose what is set aside there, and should have room for it. */
function checkExisting(cluster: Cluster, name: string, neededBytes: number, note: (text: string) => void): void {
  const { cleanupPolicy, maxMessageBytes } = cluster.openAppender(name).config
  if (cleanupPolicy.has('compact'))
    throw new LeatError('INVALID_CONFIG', `'${name}' is compacted: of records that fail with the same key it would keep one`, {
      hint: `leat topic alter ${name} --config cleanup.policy=delete, or another --dlq-topic.`,
    })
  if (maxMessageBytes < neededBytes)
    note(
      `leat: '${name}' takes records of up to ${maxMessageBytes} bytes, those that fail may have ${neededBytes}: one that does not fit there, compressed or not, ` +
        `stops the run; leat topic alter ${name} --config max.message.bytes=${neededBytes + HEADERS_BYTES} makes room`,
    )
}

export interface HandledTopicOptions extends Pick<AsideTopicsOptions, 'cluster' | 'onTopicCreated' | 'note'> {
  readonly groupId: string
  /** How long an id counts. */
  readonly ttlMs: number
}

/** Makes the topic that keeps what a group has handled, or sees to it that it does so for long enough. @returns its name */
export async function ensureHandledTopic({ cluster, groupId, ttlMs, onTopicCreated, note }: HandledTopicOptions): Promise<string> {
  const name = `${groupId}.handled`
  checkTopicName(name)
  const configs = new Map([
    ['cleanup.policy', 'compact,delete'],
    ['retention.ms', `${ttlMs}`],
    ['segment.bytes', `${HANDLED_SEGMENT_BYTES}`],
  ])
  if (ensureTopic(cluster, name, 1, configs)) {
    onTopicCreated(name, 1)
    return name
  }
  const { retentionMs, cleanupPolicy } = cluster.openAppender(name).config
  if (cleanupPolicy.has('delete') && retentionMs >= 0n && retentionMs < BigInt(ttlMs)) {
    cluster.alterTopic(name, { partitions: null, configs: new Map([['retention.ms', `${ttlMs}`]]) })
    note(`leat: '${name}' kept ids for ${retentionMs} ms, and keeps them for ${ttlMs} ms from now on`)
  }
  // Ids that nobody asks for any more.
  await cluster.applyRetention(name, 0, { startOffset: null, withLimits: true })
  return name
}

function checkAside(name: string, topics: readonly string[]): void {
  checkTopicName(name)
  if (!topics.includes(name) && !isInternalTopic(name)) return
  throw new LeatError(
    'INVALID_TOPIC_EXCEPTION',
    `'${name}' cannot take the records that fail: ${topics.includes(name) ? 'they are read from it' : 'it is one of Kafka itself'}`,
    {
      hint: 'Give another --dlq-topic, or leave it out of the topics.',
      exitCode: exitCodes.usage,
    },
  )
}

/** Dead letters are not tried again. */
function checkNotRetried(name: string | null, retryTopics: ReadonlySet<string>): void {
  if (name === null || !retryTopics.has(name)) return
  throw new LeatError('INVALID_TOPIC_EXCEPTION', `'${name}' cannot take the dead letters: records wait there for another attempt`, {
    hint: 'Give another --dlq-topic.',
    exitCode: exitCodes.usage,
  })
}

/** False when it was there, or another process made it first. */
function ensureTopic(cluster: Cluster, name: string, partitions: number, configs: ReadonlyMap<string, string>): boolean {
  // One that has lost its metadata and its id is taken up again by the attempt to make it: no group reads it before.
  if (cluster.hasTopic(name) && cluster.describeTopic(name).id !== null) return false
  try {
    cluster.createTopic(name, { partitions, configs })
    return true
  } catch (error) {
    if (error instanceof LeatError && error.code === 'TOPIC_ALREADY_EXISTS') return false
    throw error
  }
}
