// What is in a directory, as leat's commands say it, and on a broker, as a Kafka client says it, in one shape to compare.
import { expect } from 'vitest'
import { type LeatOptions, type LeatResult, leat } from '../support/leat.ts'
import { type JsonRecord, parseRecords } from '../support/records.ts'
import { type Broker, client } from './kafka.ts'

export interface TopicView {
  readonly topic: string
  readonly id: string
  readonly configs: Readonly<Record<string, string>>
  /** By partition. */
  readonly earliest: readonly string[]
  readonly latest: readonly string[]
}

/** All bytes in base64; integers as text. */
export interface RecordView {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly timestamp: string
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly (string | null)[])[]
}

export type IsolationLevel = 'read_committed' | 'read_uncommitted'

/** Runs leat on a directory; it must succeed. */
export async function run(directory: string, args: readonly string[], options: LeatOptions = {}): Promise<LeatResult> {
  const result = await leat([...args, '-d', directory], options)
  expect(`${result.exitCode} leat ${args.join(' ')}: ${result.exitCode === 0 ? '' : result.stderr}`).toBe(`0 leat ${args.join(' ')}: `)
  return result
}

async function leatTopics(directory: string): Promise<TopicView[]> {
  const { stdout } = await run(directory, ['topic', 'describe', '--json'])
  interface Described {
    readonly topic: string
    readonly topicId: string
    readonly configs: Record<string, string>
    readonly partitions: readonly { readonly logStartOffset: number; readonly logEndOffset: number }[]
  }
  const lines = stdout.toString().trimEnd().split('\n')
  return lines
    .map((line) => JSON.parse(line) as Described)
    .filter(({ topic }) => !topic.startsWith('__'))
    .map(({ topic, topicId, configs, partitions }) => ({
      topic,
      id: topicId,
      configs,
      earliest: partitions.map(({ logStartOffset }) => String(logStartOffset)),
      latest: partitions.map(({ logEndOffset }) => String(logEndOffset)),
    }))
    .toSorted(byName)
}

/** Records by TOPIC-PARTITION, without those of Kafka's own topics. */
export type Records = ReadonlyMap<string, readonly RecordView[]>

export async function leatRecords(directory: string, level: IsolationLevel = 'read_uncommitted'): Promise<Records> {
  const { stdout } = await run(directory, ['consume', '--json', '-r', '^(?!__)', '--isolation-level', level])
  return byPartition(parseRecords(stdout.toString()).map(viewOf))
}

/** Everything in a directory but Kafka's own topics. */
export interface View {
  readonly topics: readonly TopicView[]
  readonly records: Records
}

export async function leatView(directory: string, level: IsolationLevel = 'read_uncommitted'): Promise<View> {
  return { topics: await leatTopics(directory), records: await leatRecords(directory, level) }
}

export async function kafkaView(broker: Broker, level: IsolationLevel = 'read_uncommitted'): Promise<View> {
  const lines = await client<TopicView | RecordView>(broker, ['show', level])
  const topics = lines.filter((line) => 'id' in line).toSorted(byName)
  return { topics, records: byPartition(lines.filter((line) => 'offset' in line)) }
}

function byName(one: TopicView, other: TopicView): number {
  return one.topic < other.topic ? -1 : 1
}

function byPartition(records: readonly RecordView[]): Records {
  const groups = [...Map.groupBy(records, ({ topic, partition }) => `${topic}-${partition}`)]
  return new Map(groups.toSorted(([one], [other]) => (one < other ? -1 : 1)))
}

function viewOf({ topic, partition, offset, timestamp, key, value, headers }: JsonRecord): RecordView {
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: base64(key),
    value: base64(value),
    headers: headers.map((header) => [base64(header.key), base64(header.value)]),
  }
}

function base64(content: unknown): string | null {
  if (content === null) return null
  return typeof content === 'string' ? Buffer.from(content).toString('base64') : (content as { base64: string }).base64
}

export function expectSame(actual: View, wanted: View): void {
  expect(actual.topics).toEqual(wanted.topics)
  expectSameRecords(actual.records, wanted.records)
}

/** Compares partition by partition, so that a difference names its place and not all records. */
export function expectSameRecords(actual: Records, wanted: Records): void {
  expect([...actual.keys()]).toEqual([...wanted.keys()])
  for (const [partition, records] of wanted) {
    const found = actual.get(partition) ?? []
    const at = records.findIndex((record, index) => JSON.stringify(found[index]) !== JSON.stringify(record))
    if (at >= 0) expect(found[at], `${partition}, record ${at}`).toEqual(records[at])
    expect(found.length, partition).toBe(records.length)
  }
}
