// Two members of leat consume --worker, one of them killed at random, again and again, while they dead-letter and retry.
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { SeededRandom } from '../simulation/random.ts'
import { finished, leat, type LeatProcess, type LeatResult, startLeat } from '../support/leat.ts'
import { parseRecords } from '../support/records.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Rounds; the long run takes a hundred. */
const KILLS = Number(process.env['LEAT_TEST_KILLS'] ?? 4)
const RECORDS = 200
// For a busy machine.
vi.setConfig({ testTimeout: 120_000 + 10_000 * KILLS })
/** Of the moments at which processes are killed; LEAT_TEST_SEED repeats them. */
const SEED = Number(process.env['LEAT_TEST_SEED'] ?? Date.now() % 1_000_000)
console.log(`LEAT_TEST_SEED=${SEED}`)

/** Every tenth fails for good, every tenth the first time only. */
const WORKER = (ledger: string): string => `import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
for await (const line of createInterface({ input: process.stdin })) {
  const { value, attempt } = JSON.parse(line)
  const { id, n } = JSON.parse(value)
  const isGood = n % 10 !== 3 && (n % 10 !== 5 || attempt > 1)
  if (isGood) appendFileSync(${JSON.stringify(ledger)}, id + '\\n')
  process.stdout.write(isGood ? 'ok\\n' : 'error Bad ' + id + '\\n')
}`

const linesOf = (round: number): string[] =>
  Array.from({ length: RECORDS }, (_, n) => `key-${n % 7}:${JSON.stringify({ id: `${round}.${n}`, n })}`)

async function valuesOf(topic: string, dir: readonly string[]): Promise<string[]> {
  const { stdout } = await leat(['consume', topic, '--json', ...dir])
  return parseRecords(stdout.toString()).map(({ value }) => (JSON.parse(String(value)) as { id: string }).id)
}

test('whenever it was killed, every record is handled or dead-lettered in the end, and none is handled after that was recorded', async () => {
  const root = temporaryDirectory()
  const dir = ['-d', `${root}/data`]
  const ledger = `${root}/ledger`
  writeFileSync(ledger, '')
  writeFileSync(`${root}/worker.mjs`, WORKER(ledger))
  const random = new SeededRandom(SEED)
  await leat(['topic', 'create', 'in', '--partitions', '6', ...dir])
  const flags = ['--retry-topics', '1ms,1ms', '--dlq', '--dedupe', '.id', '--worker', `exec node ${root}/worker.mjs`]
  const handling = ['consume', 'in', '-g', 'g', '-j', '2', ...flags, ...dir]

  const start = (): { child: LeatProcess; ended: Promise<LeatResult> } => {
    const child = startLeat([...handling, '-f'])
    return { child, ended: finished(child) }
  }
  const members = [start(), start()]
  const kill = async (index: number): Promise<void> => {
    const member = members[index]
    member?.child.kill('SIGKILL')
    const result = await member?.ended
    expect(result).toMatchObject({ signal: 'SIGKILL', stderr: expect.not.stringContaining('failed after') as string })
  }
  for (let round = 0; round < KILLS; round++) {
    await leat(['produce', 'in', '-K', ':', ...dir], { input: linesOf(round).join('\n') })
    await setTimeout(300 + random.below(900))
    const victim = random.below(members.length)
    await kill(victim)
    members[victim] = start()
  }
  for (const index of members.keys()) await kill(index)
  // Two retry topics: what failed in the first of these runs is dead-lettered in the third one.
  for (let run = 0; run < 4; run++) {
    const { exitCode, stderr } = await leat(handling)
    expect([0, 3], stderr).toContain(exitCode)
  }
  const all = Array.from({ length: KILLS }, (_, round) => Array.from({ length: RECORDS }, (__, n) => `${round}.${n}`)).flat()
  const isBad = (id: string): boolean => Number(id.split('.')[1]) % 10 === 3
  const handled = readFileSync(ledger, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  const dead = await valuesOf('in.dlq', dir)
  expect([...new Set(handled)].toSorted()).toEqual(all.filter((id) => !isBad(id)).toSorted())
  expect([...new Set(dead)].toSorted()).toEqual(all.filter(isBad).toSorted())

  // All over again: what was recorded is not handled any more.
  await leat(['group', 'reset', 'g', '--topic', 'in', '--to-earliest', '-y', ...dir])
  const again = JSON.parse((await leat([...handling, '--json'])).stdout.toString()) as Record<string, number>
  expect(again).toMatchObject({ taken: all.length, handled: 0, duplicates: all.length - all.filter(isBad).length })
  expect(
    readFileSync(ledger, 'utf8')
      .split('\n')
      .filter((line) => line !== ''),
  ).toEqual(handled)
})
