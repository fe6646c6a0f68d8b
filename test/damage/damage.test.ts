// Every file of directories damaged at random, thousands of times in `npm run test:damage`, a few hundred times here. LEAT_DAMAGE_SEED
// and LEAT_DAMAGE_CASES repeat a run or make a longer one.
import fs from 'node:fs'
import path from 'node:path'
import { describe, onTestFinished, test } from 'vitest'
import { SeededRandom } from '../simulation/random.ts'
import { fixturesMissing } from '../support/fixtures.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { checkAll } from './checks.ts'
import { DAMAGES, damageFile } from './damage.ts'
import { copyOf, fixtureOriginal, killedDirectory, leatDirectory, type Original, originalOf } from './directories.ts'

const SEED = Number(process.env['LEAT_DAMAGE_SEED'] ?? Date.now() % 1_000_000)
const CASES = Number(process.env['LEAT_DAMAGE_CASES'] ?? 120)
/** These are larger, and slower to copy. */
const KAFKA_CASES = Math.ceil(CASES / 10)

/** What the damage of files may touch: their partition, or all of them. */
function concernedBy(original: Original, files: readonly string[]): Original {
  const isOf = (file: string, topic: string, partition: number): boolean => path.dirname(file) === `${topic}-${partition}`
  const isWide = files.some((file) => !original.partitions.some(({ topic, partition }) => isOf(file, topic, partition)))
  if (isWide) return original
  return {
    ...original,
    partitions: original.partitions.filter(({ topic, partition }) => files.some((file) => isOf(file, topic, partition))),
  }
}

/** One file, or some of one folder. */
function chooseFiles(original: Original, random: SeededRandom): string[] {
  const first = original.files[random.below(original.files.length)] as string
  const near = original.files.filter((file) => path.dirname(file) === path.dirname(first))
  const others = Array.from({ length: random.pick(0, 0, 0, 1, 3) }, () => near[random.below(near.length)] as string)
  return [...new Set([first, ...others])]
}

async function damageAndCheck(whole: Original, random: SeededRandom, scratch: string): Promise<void> {
  const files = chooseFiles(whole, random)
  const root = fs.mkdtempSync(path.join(scratch, 'case-'))
  copyOf(whole, root)
  const keptBytes = new Map<string, Buffer>()
  const done = files.map((file) => {
    const { size } = fs.statSync(`${root}/${file}`)
    const what = damageFile(`${root}/${file}`, random.pick(...DAMAGES), random)
    if (file.endsWith('.log') && fs.existsSync(`${root}/${file}`)) keptBytes.set(file, fs.readFileSync(`${root}/${file}`).subarray(0, size))
    return `${file}: ${what}`
  })
  const context = `${whole.name}: ${done.join(', ')} (seed ${SEED})`
  try {
    await checkAll({ original: concernedBy(whole, files), root, files, keptBytes, random, context })
  } catch (error) {
    if (error instanceof Error && !error.message.includes(context)) error.message = `${context}: ${error.message}`
    throw error
  }
  fs.rmSync(root, { recursive: true, force: true })
}

/** In memory where there is such a place: thousands of syncs are waited for. */
function fastDirectory(): string {
  if (!fs.existsSync('/dev/shm')) return temporaryDirectory()
  const directory = fs.mkdtempSync('/dev/shm/leat-damage-')
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }))
  return directory
}

describe('damaged at random', () => {
  console.log(`damage: seed ${SEED}, ${CASES} cases in leat's directory, ${KAFKA_CASES} in each other`)

  const run = async (original: Original, cases: number): Promise<void> => {
    const scratch = fastDirectory()
    const random = new SeededRandom(SEED)
    for (let number = 0; number < cases; number++) await damageAndCheck(original, random, scratch)
  }

  test('a directory that leat wrote', { timeout: 3_600_000 }, async () => {
    await run(await originalOf('leat', await leatDirectory(`${temporaryDirectory()}/data`)), CASES)
  })

  test('a directory whose writer was killed', { timeout: 3_600_000 }, async () => {
    await run(await killedDirectory(`${temporaryDirectory()}/data`), KAFKA_CASES)
  })

  test.skipIf(fixturesMissing)('directories that Kafka wrote', { timeout: 3_600_000 }, async () => {
    await run(await fixtureOriginal('basics', ['orders', 'codec-zstd', 'idempotent', 'headers']), KAFKA_CASES)
    await run(await fixtureOriginal('compacted', ['profiles', 'profiles-tx', 'state', 'trimmed', 'expired']), KAFKA_CASES)
    await run(await fixtureOriginal('transactions', ['payments', 'ledger', 'pending']), KAFKA_CASES)
  })
})
