// What has to hold of a directory in which files were damaged: while it is read, written to, and after it was repaired.
import fs from 'node:fs'
import path from 'node:path'
import { expect } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { LeatError } from '../../src/errors/leat-error.ts'
import { dump } from '../../src/operations/log/dump/dump.ts'
import type { Finding } from '../../src/operations/log/finding.ts'
import { repair } from '../../src/operations/log/repair.ts'
import { verify } from '../../src/operations/log/verify.ts'
import { realSystem } from '../../src/system/real.ts'
import type { SeededRandom } from '../simulation/random.ts'
import { batchOf } from '../support/batches.ts'
import { type JsonRecord, openDirectory, readPartition } from '../support/records.ts'
import { byOffset, type Original } from './directories.ts'

export interface DamagedCase {
  readonly original: Original
  readonly root: string
  /** Relative paths of the files that were damaged. */
  readonly files: readonly string[]
  /** What there is of each log's own bytes after the damage: a next write may cut nothing of it. */
  readonly keptBytes: ReadonlyMap<string, Buffer>
  readonly random: SeededRandom
  /** For messages: what was done, and the seed. */
  readonly context: string
}

/** Records by folder, then by offset. */
type Contents = Map<string, Map<string, string>>

const system = realSystem()

const isLog = (file: string): boolean => file.endsWith('.log') || file.endsWith('.checkpoint')
const hidesDeleted = (file: string): boolean => file === 'log-start-offset-checkpoint'
const isIdentity = (file: string): boolean => file === 'meta.properties'
const isMetadata = (file: string): boolean => file.startsWith('__cluster_metadata')
const isRecoveryPoint = (file: string): boolean => file === 'recovery-point-offset-checkpoint'

export async function checkAll(damaged: DamagedCase): Promise<void> {
  await checkReading(damaged)
  await checkVerify(damaged)
  checkDump(damaged)
  const before = await readable(damaged)
  await checkWriting(damaged, before)
  await checkRepair(damaged, before)
}

/** A failure that a user is told about in words is an answer; anything else is a bug. */
async function orRefusal<T>(action: () => Promise<T>): Promise<T | LeatError> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof LeatError) return error
    throw error
  }
}

function foldersIn({ original, root }: DamagedCase): string[] {
  const folders = ['__cluster_metadata-0', ...original.partitions.map(({ topic, partition }) => `${topic}-${partition}`)]
  return folders.filter((folder) => fs.existsSync(`${root}/${folder}`))
}

async function findingsIn(damaged: DamagedCase): Promise<Finding[]> {
  const findings: Finding[] = []
  await verify({
    files: system.files,
    root: damaged.root,
    targets: foldersIn(damaged),
    isDeep: true,
    onFinding: (finding) => void findings.push(finding),
  })
  return findings
}

/** Reads what is left: never a record that was not written, and from any place the same. */
async function checkReading({ original, root, files, random, context }: DamagedCase): Promise<void> {
  const cluster = openDirectory(system, root)
  for (const { topic, partition } of original.partitions) {
    const folder = `${topic}-${partition}`
    const read = await orRefusal(() => readPartition(cluster, topic, partition))
    if (read instanceof LeatError) continue
    const written = original.records.get(folder) as ReadonlyMap<string, string>
    for (const [offset, record] of byOffset(read.records))
      // Without the checkpoint, what was deleted but for its segment is there again.
      if (written.has(offset) || !files.some(hidesDeleted)) expect(record, `${context}: ${folder} ${offset}`).toBe(written.get(offset))
    await checkPlaces(cluster, topic, partition, read.records, random, context)
    await orRefusal(() => readPartition(cluster, topic, partition, { isCommittedOnly: true }))
  }
  await cluster.close()
}

/** A place found by offset or time is where a walk through all of it finds it. */
async function checkPlaces(
  cluster: DirectoryCluster,
  topic: string,
  partition: number,
  records: readonly JsonRecord[],
  random: SeededRandom,
  context: string,
): Promise<void> {
  const some = records[random.below(Math.max(1, records.length))]
  if (some === undefined) return
  const from = BigInt(some.offset)
  const rest = await readPartition(cluster, topic, partition, { from })
  const expected = records.filter(({ offset }) => BigInt(offset) >= from)
  expect([...byOffset(rest.records)], `${context}: ${topic}-${partition} from ${from}`).toEqual([...byOffset(expected)])
  const time = BigInt(some.timestamp)
  const first = records.find(({ timestamp }) => BigInt(timestamp) >= time)
  const found = cluster.offsetForTime(topic, partition, time)
  // Markers have times too, and are no records.
  if (found !== null && !records.some(({ offset }) => BigInt(offset) === found)) return
  expect(found, `${context}: ${topic}-${partition} at time ${time}`).toBe(BigInt((first as JsonRecord).offset))
}

/** Records that can be read, by folder. */
async function readable({ original, root }: DamagedCase): Promise<Contents> {
  const cluster = openDirectory(system, root)
  const found: Contents = new Map()
  for (const { topic, partition } of original.partitions) {
    const read = await orRefusal(() => readPartition(cluster, topic, partition))
    if (!(read instanceof LeatError)) found.set(`${topic}-${partition}`, byOffset(read.records))
  }
  await cluster.close()
  return found
}

/** What is gone from a log is said, as damage or as a torn end. */
async function checkVerify(damaged: DamagedCase): Promise<void> {
  const { original, root, files, context } = damaged
  const findings = await findingsIn(damaged)
  for (const file of files) {
    const folder = path.dirname(file)
    const written = original.records.get(folder)
    if (written === undefined || !file.endsWith('.log')) continue
    const now = (await readable(damaged)).get(folder)
    if (now === undefined || now.size === written.size) continue
    const said = findings.filter(({ kind, file: where }) => where.startsWith(`${root}/${folder}`) && kind !== 'derived')
    // A log whose first segments are gone looks like one that retention shortened, and one that was not checkpointed may end anywhere.
    const isAtAnEnd = contiguousPart(written, now)
    if (!isAtAnEnd) expect(said, `${context}: ${written.size - now.size} records are gone`).not.toEqual([])
  }
}

/** Whether what is left has no hole in it. */
function contiguousPart(written: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): boolean {
  const offsets = [...written.keys()]
  const first = offsets.findIndex((offset) => now.has(offset))
  const last = offsets.findLastIndex((offset) => now.has(offset))
  return first < 0 || now.size === last - first + 1
}

/** Whatever is in the files, it can be shown. */
function checkDump(damaged: DamagedCase): void {
  const common = { files: system.files, root: damaged.root, workingDirectory: damaged.root, partitions: null, onSkip: () => {} }
  const options = { ...common, offsets: null, maxItems: Number.POSITIVE_INFINITY, withRecords: true, isDecoding: true }
  expect(() => [...dump({ ...options, names: foldersIn(damaged) })], damaged.context).not.toThrow()
}

async function checkWriting(damaged: DamagedCase, before: Contents): Promise<void> {
  const { original, root, files, context } = damaged
  const writer = openDirectory(system, root)
  const opened = await orRefusal(() => writer.beginWriting())
  const mayRefuse = files.some((file) => isLog(file) || isIdentity(file) || isMetadata(file))
  if (opened instanceof LeatError) {
    expect(mayRefuse, `${context}: ${opened.message}`).toBe(true)
    return
  }
  for (const { topic, partition } of original.partitions) {
    const folder = `${topic}-${partition}`
    const appended = await orRefusal(async () => writer.openAppender(topic).append(partition, batchOf(['after the damage'])))
    if (!mayRefuse) expect(appended, `${context}: ${folder}`).not.toBeInstanceOf(LeatError)
    if (appended instanceof LeatError) continue
    // Offsets are never given twice, as long as there is what tells which were.
    const isKnown = files.length === 1 || !files.some((file) => isRecoveryPoint(file) || file.endsWith('.snapshot'))
    const known = isKnown ? (original.syncedEnds.get(folder) ?? 0n) : 0n
    expect(appended >= known, `${context}: ${folder}: offset ${appended} was given before`).toBe(true)
    const { records } = await readPartition(writer, topic, partition)
    expect(records.at(-1), context).toMatchObject({ offset: String(appended), value: 'after the damage' })
    const readBefore = before.get(folder)
    if (readBefore !== undefined) expect([...byOffset(records)].slice(0, -1), `${context}: ${folder}`).toEqual([...readBefore])
  }
  await writer.close()
  if (!original.isClosed || files.some(isRecoveryPoint)) return
  for (const [file, bytes] of damaged.keptBytes)
    expect(fs.readFileSync(`${root}/${file}`).subarray(0, bytes.length).equals(bytes), `${context}: ${file} was cut`).toBe(true)
}

/** After a repair nothing is wrong any more, and all that could be read can still be read. */
async function checkRepair(damaged: DamagedCase, before: Contents): Promise<void> {
  const { root, files, context } = damaged
  const repaired = await orRefusal(() => repair({ system, root, targets: foldersIn(damaged), isDryRun: false, agree: async () => true }))
  if (repaired instanceof LeatError) {
    expect(
      files.some((file) => isIdentity(file) || isMetadata(file)),
      `${context}: ${repaired.message}`,
    ).toBe(true)
    return
  }
  const wrong = (await findingsIn(damaged)).filter(({ kind }) => kind !== 'gap' && kind !== 'unsupported')
  const beyondRepair = wrong.filter(({ file: where }) => !isIdentity(path.basename(where)) && !where.endsWith('checkpoint'))
  expect(beyondRepair, context).toEqual([])
  if (files.some(isMetadata)) return
  for (const [folder, records] of await readable(damaged)) {
    const known = before.get(folder)
    if (known !== undefined) expect([...records.keys()].slice(0, known.size), `${context}: ${folder}`).toEqual([...known.keys()])
  }
}
