// Every file of directories damaged at random, thousands of times in `npm run test:damage`, a few hundred times here. LEAT_DAMAGE_SEED
// and LEAT_DAMAGE_CASES repeat a run or make a longer one.
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LeatError } from '../../src/errors/leat-error.ts'
import { repair } from '../../src/operations/log/repair.ts'
import type { Finding } from '../../src/operations/log/finding.ts'
import { verify } from '../../src/operations/log/verify.ts'
import { realSystem } from '../../src/system/real.ts'
import { SeededRandom } from '../simulation/random.ts'
import { batchOf } from '../support/batches.ts'
import { fixturesMissing } from '../support/fixtures.ts'
import { openDirectory, readPartition } from '../support/records.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { DAMAGES, damageFile } from './damage.ts'
import { byOffset, copyOf, fixtureOriginal, leatDirectory, type Original, originalOf } from './directories.ts'

const SEED = Number(process.env['LEAT_DAMAGE_SEED'] ?? Date.now() % 1_000_000)
const CASES = Number(process.env['LEAT_DAMAGE_CASES'] ?? 160)
/** These are larger, and slower to copy. */
const KAFKA_CASES = Math.ceil(CASES / 10)

const system = realSystem()

function foldersIn({ partitions }: Original, root: string): string[] {
  const folders = ['__cluster_metadata-0', ...partitions.map(({ topic, partition }) => `${topic}-${partition}`)]
  return folders.filter((folder) => fs.existsSync(`${root}/${folder}`))
}

async function findingsIn(original: Original, root: string): Promise<Finding[]> {
  const findings: Finding[] = []
  await verify({
    files: system.files,
    root,
    targets: foldersIn(original, root),
    isDeep: true,
    onFinding: (finding) => void findings.push(finding),
  })
  return findings
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

/** Reads what is left: never a record that was not written. */
async function checkReading(original: Original, root: string, file: string, context: string): Promise<void> {
  const cluster = openDirectory(system, root)
  for (const { topic, partition } of original.partitions) {
    const folder = `${topic}-${partition}`
    const read = await orRefusal(() => readPartition(cluster, topic, partition))
    if (read instanceof LeatError) continue
    const written = original.records.get(folder) as ReadonlyMap<string, string>
    for (const [offset, record] of byOffset(read.records))
      // Without the checkpoint, what was deleted but for its segment is there again.
      if (written.has(offset) || !hidesDeleted(file)) expect(record, `${context}: ${folder} ${offset}`).toBe(written.get(offset))
  }
  await cluster.close()
}

/** Records that can be read, by folder. */
async function readable(original: Original, root: string): Promise<Map<string, Map<string, string>>> {
  const cluster = openDirectory(system, root)
  const found = new Map<string, Map<string, string>>()
  for (const { topic, partition } of original.partitions) {
    const read = await orRefusal(() => readPartition(cluster, topic, partition))
    if (!(read instanceof LeatError)) found.set(`${topic}-${partition}`, byOffset(read.records))
  }
  await cluster.close()
  return found
}

const isLog = (file: string): boolean => file.endsWith('.log') || file.endsWith('.checkpoint')
const hidesDeleted = (file: string): boolean => file === 'log-start-offset-checkpoint'
const isIdentity = (file: string): boolean => file === 'meta.properties'
const isMetadata = (file: string): boolean => file.startsWith('__cluster_metadata')

/** What the damage of a file may touch: its partition, or all of them. */
function concernedBy(original: Original, file: string): Original {
  const partitions = original.partitions.filter(({ topic, partition }) => path.dirname(file) === `${topic}-${partition}`)
  return partitions.length === 0 ? original : { ...original, partitions }
}

async function damageAndCheck(whole: Original, random: SeededRandom): Promise<void> {
  const file = whole.files[random.below(whole.files.length)] as string
  const original = concernedBy(whole, file)
  const name = random.pick(...DAMAGES)
  const root = fs.mkdtempSync(path.join(scratch, 'case-'))
  copyOf(whole, root)
  const context = `${original.name}: ${file}: ${damageFile(`${root}/${file}`, name, random)} (seed ${SEED})`
  try {
    await checkReading(original, root, file, context)
    await checkVerify(original, root, file, context)
    const before = await readable(original, root)
    await checkWriting(original, root, file, before, context)
    await checkRepair(original, root, file, before, context)
  } catch (error) {
    if (error instanceof Error && !error.message.includes(context)) error.message = `${context}: ${error.message}`
    throw error
  }
  fs.rmSync(root, { recursive: true, force: true })
}

/** What is gone from a log is said, as damage or as a torn end. */
async function checkVerify(original: Original, root: string, file: string, context: string): Promise<void> {
  const findings = await findingsIn(original, root)
  const folder = path.dirname(file)
  const written = original.records.get(folder)
  if (written === undefined || !file.endsWith('.log')) return
  const now = (await readable(original, root)).get(folder)
  if (now === undefined || now.size === written.size) return
  const said = findings.filter(({ kind, file: where }) => where.startsWith(`${root}/${folder}`) && kind !== 'derived')
  // A log whose first segments are gone looks like one that retention shortened, and one that was not checkpointed may end anywhere.
  const isAtAnEnd = contiguousPart(written, now)
  if (!isAtAnEnd) expect(said, `${context}: ${written.size - now.size} records are gone`).not.toEqual([])
}

/** Whether what is left has no hole in it. */
function contiguousPart(written: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): boolean {
  const offsets = [...written.keys()]
  const first = offsets.findIndex((offset) => now.has(offset))
  const last = offsets.findLastIndex((offset) => now.has(offset))
  return first < 0 || now.size === last - first + 1
}

async function checkWriting(
  original: Original,
  root: string,
  file: string,
  before: ReadonlyMap<string, ReadonlyMap<string, string>>,
  context: string,
): Promise<void> {
  const writer = openDirectory(system, root)
  const opened = await orRefusal(() => writer.beginWriting())
  const mayRefuse = isLog(file) || isIdentity(file) || isMetadata(file)
  if (opened instanceof LeatError) {
    expect(mayRefuse, `${context}: ${opened.message}`).toBe(true)
    return
  }
  for (const { topic, partition } of original.partitions) {
    const appended = await orRefusal(async () => writer.openAppender(topic).append(partition, batchOf(['after the damage'])))
    if (!mayRefuse) expect(appended, `${context}: ${topic}-${partition}`).not.toBeInstanceOf(LeatError)
    if (appended instanceof LeatError) continue
    const { records } = await readPartition(writer, topic, partition)
    expect(records.at(-1), context).toMatchObject({ offset: String(appended), value: 'after the damage' })
    const known = before.get(`${topic}-${partition}`)
    if (known !== undefined) expect([...byOffset(records)].slice(0, -1), `${context}: ${topic}-${partition}`).toEqual([...known])
  }
  await writer.close()
}

/** After a repair nothing is wrong any more, and all that could be read can still be read. */
async function checkRepair(
  original: Original,
  root: string,
  file: string,
  before: ReadonlyMap<string, ReadonlyMap<string, string>>,
  context: string,
): Promise<void> {
  const repaired = await orRefusal(() =>
    repair({ system, root, targets: foldersIn(original, root), isDryRun: false, agree: async () => true }),
  )
  if (repaired instanceof LeatError) {
    expect(isIdentity(file) || isMetadata(file), `${context}: ${repaired.message}`).toBe(true)
    return
  }
  const wrong = (await findingsIn(original, root)).filter(({ kind }) => kind !== 'gap' && kind !== 'unsupported')
  const beyondRepair = wrong.filter(({ file: where }) => !isIdentity(path.basename(where)) && !where.endsWith('checkpoint'))
  expect(beyondRepair, context).toEqual([])
  if (isMetadata(file)) return
  for (const [folder, records] of await readable(original, root)) {
    const known = before.get(folder)
    if (known !== undefined) expect([...records.keys()].slice(0, known.size), `${context}: ${folder}`).toEqual([...known.keys()])
  }
}

let scratch = ''

/** In memory where there is such a place: thousands of syncs are waited for. */
function fastDirectory(): string {
  if (!fs.existsSync('/dev/shm')) return temporaryDirectory()
  const directory = fs.mkdtempSync('/dev/shm/leat-damage-')
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }))
  return directory
}

describe('damaged at random', () => {
  console.log(`damage: seed ${SEED}, ${CASES} cases in leat's directory, ${KAFKA_CASES} in each of Kafka's`)

  const run = async (original: Original, cases: number): Promise<void> => {
    scratch = fastDirectory()
    const random = new SeededRandom(SEED)
    for (let number = 0; number < cases; number++) await damageAndCheck(original, random)
  }

  test('a directory that leat wrote', { timeout: 3_600_000 }, async () => {
    await run(await originalOf('leat', await leatDirectory(`${temporaryDirectory()}/data`)), CASES)
  })

  test.skipIf(fixturesMissing)('directories that Kafka wrote', { timeout: 3_600_000 }, async () => {
    await run(await fixtureOriginal('basics', ['orders', 'codec-zstd', 'idempotent', 'headers']), KAFKA_CASES)
    await run(await fixtureOriginal('compacted', ['profiles', 'profiles-tx', 'state', 'trimmed', 'expired']), KAFKA_CASES)
    await run(await fixtureOriginal('transactions', ['payments', 'ledger', 'pending']), KAFKA_CASES)
  })
})
