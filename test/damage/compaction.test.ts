// Files damaged at random before they are compacted. What could be read before can be read after it, but for records that are superseded; what
// could not stays as it is, byte for byte, and is named. LEAT_DAMAGE_SEED and LEAT_DAMAGE_CASES repeat a run or make a longer one.
import fs from 'node:fs'
import os from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import type { DirectoryCluster } from '../../src/client/directory/directory-cluster.ts'
import { LeatError } from '../../src/errors/leat-error.ts'
import { listSegments, segmentPath } from '../../src/log/segment-files.ts'
import { realSystem } from '../../src/system/real.ts'
import { SeededRandom } from '../simulation/random.ts'
import { keyedBatch } from '../support/keyed-batches.ts'
import { type JsonRecord, openDirectory, readPartition } from '../support/records.ts'
import { DAMAGES, damageFile } from './damage.ts'

const SEED = Number(process.env['LEAT_DAMAGE_SEED'] ?? Date.now() % 1_000_000)
const CASES = Number(process.env['LEAT_DAMAGE_CASES'] ?? 40)
const REQUEST = { mapBytes: 1 << 20, rolls: true, turn: async (): Promise<void> => {} }

const system = realSystem()

/** Ten segments of a few batches, in all codecs; each record is of a batch that is whole. */
async function makeDirectory(root: string): Promise<void> {
  const cluster = openDirectory(system, root)
  await cluster.beginWriting()
  const configs = { 'cleanup.policy': 'compact', 'segment.index.bytes': '32', 'index.interval.bytes': '100' }
  cluster.createTopic('t', { partitions: 1, configs: new Map(Object.entries(configs)) })
  const appender = cluster.openAppender('t')
  for (let round = 0; round < 60; round++) {
    const records = [0, 1, 2].map((index) => ({
      key: `k${(round * 3 + index * 5) % 17}`,
      value: round % 9 === 8 ? null : `${round} ${'x'.repeat(round)}`,
    }))
    appender.append(0, keyedBatch(records, { codec: round % 5 }))
  }
  await cluster.close()
}

/** null where nobody can read the log: bytes that look like a format of before. */
async function recordsIn(cluster: DirectoryCluster): Promise<JsonRecord[] | null> {
  try {
    return (await readPartition(cluster, 't', 0)).records
  } catch (error) {
    if (error instanceof LeatError) return null
    throw error
  }
}

function latestByKey(records: readonly JsonRecord[]): Map<unknown, JsonRecord> {
  return new Map(records.map((record) => [record.key, record]))
}

async function compactAndCheck(root: string, context: string): Promise<boolean> {
  const cluster = openDirectory(system, root)
  await cluster.beginWriting()
  const folder = `${root}/t-0`
  // Opening the log cuts what is torn at its end.
  cluster.openAppender('t').append(0, keyedBatch([{ key: 'last', value: 'one' }]))
  const before = await recordsIn(cluster)
  const files = new Map(listSegments(system.files, folder).map((base) => [base, fs.readFileSync(segmentPath(folder, base, 'log'))]))
  const { damage, cleanedOffset } = await cluster.compact('t', 0, REQUEST)
  const after = await recordsIn(cluster)
  await cluster.close()

  expect(after === null, context).toBe(before === null)
  if (before !== null && after !== null) {
    const found = latestByKey(after)
    const wanted = latestByKey(before)
    expect(found.size, context).toBe(wanted.size)
    for (const [key, record] of wanted) expect(found.get(key), `${context}: ${String(key)}`).toEqual(record)
  }
  for (const [base, bytes] of files)
    if (base >= cleanedOffset)
      expect(fs.readFileSync(segmentPath(folder, base, 'log')).equals(bytes), `${context}: segment ${base}`).toBe(true)
  // A segment with damage is none that was compacted.
  if (damage !== null) expect(damage.fromOffset >= cleanedOffset, context).toBe(true)
  return damage !== null
}

/** In memory where there is such a place: thousands of syncs are waited for. */
function fastDirectory(): string {
  const directory = fs.mkdtempSync(`${fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir()}/leat-damage-`)
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }))
  return directory
}

test('compaction of damaged files loses nothing that can be read, and keeps what cannot', { timeout: 3_600_000 }, async () => {
  console.log(`damage before compaction: seed ${SEED}, ${CASES} cases`)
  const random = new SeededRandom(SEED)
  const scratch = fastDirectory()
  const base = `${scratch}/data`
  await makeDirectory(base)
  const names = fs.readdirSync(`${base}/t-0`).filter((name) => /^\d{20}\.(log|index|timeindex|snapshot)$/.test(name))
  const logs = names.filter((name) => name.endsWith('.log'))
  expect(logs.length).toBeGreaterThan(8)
  let refused = 0
  for (let number = 0; number < CASES; number++) {
    const root = `${scratch}/${number}`
    fs.cpSync(base, root, { recursive: true })
    const some = random.chance(0.7) ? logs : names
    const file = some[random.below(some.length)] as string
    const done = damageFile(`${root}/t-0/${file}`, random.pick(...DAMAGES), random)
    if (await compactAndCheck(root, `${file}: ${done} (seed ${SEED})`)) refused++
    fs.rmSync(root, { recursive: true })
  }
  expect(refused).toBeGreaterThan(CASES / 10)
})
