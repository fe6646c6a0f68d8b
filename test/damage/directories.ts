// The directories that are damaged: one that leat wrote, and some that Kafka wrote, with all that can be read of them.
import fs from 'node:fs'
import path from 'node:path'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { realSystem } from '../../src/system/real.ts'
import { batchOf } from '../support/batches.ts'
import { fixture, type FixtureName } from '../support/fixtures.ts'
import { type JsonRecord, openDirectory, readPartition } from '../support/records.ts'

export interface Original {
  readonly name: string
  readonly root: string
  /** Relative paths of all files. */
  readonly files: readonly string[]
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[]
  /** Every record by `topic-partition`, then by offset. */
  readonly records: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** By `topic-partition`: up to here the log was synced. */
  readonly syncedEnds: ReadonlyMap<string, bigint>
  /** Whether its writer closed it in order: then nothing at the end of a log is a torn write. */
  readonly isClosed: boolean
}

const CODECS = [0, 1, 2, 3, 4]
const SMALL_SEGMENTS = new Map([
  ['segment.index.bytes', '48'],
  ['index.interval.bytes', '300'],
])

/** Several segments in each codec, an open directory closed in order. */
export async function leatDirectory(root: string): Promise<string> {
  const cluster = openDirectory(realSystem(), root)
  await cluster.beginWriting()
  for (const codec of CODECS) {
    cluster.createTopic(`codec-${codec}`, { partitions: 1, configs: SMALL_SEGMENTS })
    appendRounds(cluster, codec, 0, 24)
  }
  await cluster.close()
  return root
}

/** As `leatDirectory`; then more is appended, and the process that did is gone without a word. */
export async function killedDirectory(root: string): Promise<Original> {
  const closed = await originalOf('closed', await leatDirectory(`${root}-open`))
  const cluster = openDirectory(realSystem(), closed.root)
  await cluster.beginWriting()
  for (const codec of CODECS) appendRounds(cluster, codec, 24, 36)
  // A copy of what is there while it is open is what a kill leaves.
  fs.cpSync(closed.root, root, { recursive: true })
  await cluster.close()
  return { ...(await originalOf('killed', root)), syncedEnds: closed.syncedEnds, isClosed: false }
}

function appendRounds(cluster: DirectoryCluster, codec: number, from: number, to: number): void {
  const appender = cluster.openAppender(`codec-${codec}`)
  for (let round = from; round < to; round++) {
    const values = Array.from({ length: 1 + (round % 4) }, (_, index) => `codec-${codec} ${round}.${index} ${'x'.repeat(round * 9)}`)
    appender.append(0, batchOf(values, { codec, timestamp: 1_700_000_000_000 + round * 1000 }))
  }
}

/** Copies the files that are looked at, and no others. */
export function copyOf(original: Original, root: string): void {
  for (const file of original.files) {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    fs.copyFileSync(path.join(original.root, file), path.join(root, file))
  }
}

export async function originalOf(name: string, root: string, onlyTopics?: readonly string[]): Promise<Original> {
  const cluster = openDirectory(realSystem(), root)
  const topics = cluster.topicNames().filter((topic) => onlyTopics?.includes(topic) ?? true)
  const partitions = topics.flatMap((topic) => cluster.describeTopic(topic).partitions.map(({ partition }) => ({ topic, partition })))
  const records = new Map<string, Map<string, string>>()
  const syncedEnds = new Map<string, bigint>()
  for (const { topic, partition } of partitions) {
    const { records: found, damage } = await readPartition(cluster, topic, partition)
    if (damage.length > 0) throw new Error(`${topic}-${partition} is damaged already`)
    records.set(`${topic}-${partition}`, byOffset(found))
    syncedEnds.set(`${topic}-${partition}`, cluster.partitionOffsets(topic, partition).endOffset)
  }
  await cluster.close()
  return { name, root, files: dataFiles(root, topics), partitions, records, syncedEnds, isClosed: true }
}

export function fixtureOriginal(name: FixtureName, onlyTopics?: readonly string[]): Promise<Original> {
  return originalOf(name, fixture(name), onlyTopics)
}

export function byOffset(records: readonly JsonRecord[]): Map<string, string> {
  return new Map(records.map((record) => [record.offset, JSON.stringify(record)]))
}

/** Files of the topics, the metadata and the directory itself. */
function dataFiles(root: string, topics: readonly string[]): string[] {
  const isWanted = (file: string): boolean => {
    const folder = path.dirname(file)
    return folder === '.' || folder === '__cluster_metadata-0' || topics.some((topic) => folder.startsWith(`${topic}-`))
  }
  return fs
    .globSync('**/*', { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => isWanted(file) && !path.basename(file).startsWith('.leat') && path.basename(file) !== '.lock')
    .toSorted()
}
