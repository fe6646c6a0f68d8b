// leat pipe killed at random, again and again, with a writer on one side and a read_committed reader on the other.
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { SeededRandom } from '../simulation/random.ts'
import { finished, leat, startLeat } from '../support/leat.ts'
import { parseRecords } from '../support/records.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Rounds; the long run takes a hundred. */
const KILLS = Number(process.env['LEAT_TEST_KILLS'] ?? 5)
const RECORDS = 400
/** Of the moments at which processes are killed; LEAT_TEST_SEED repeats them. */
const SEED = Number(process.env['LEAT_TEST_SEED'] ?? Date.now() % 1_000_000)
console.log(`LEAT_TEST_SEED=${SEED}`)

const WORKER = `exec node -e 'require("readline").createInterface({input:process.stdin}).on("line",(l)=>console.log(JSON.parse(l).value+"!"))'`

const inputs = (round: number): string[] => Array.from({ length: RECORDS }, (_, index) => `key-${index % 7}:${round}.${index}`)

test('every input has its output exactly once, in order per key, and offsets agree, whenever the pipe was killed', async () => {
  const dir = ['-d', `${temporaryDirectory()}/data`]
  const random = new SeededRandom(SEED)
  for (const topic of ['in', 'out']) await leat(['topic', 'create', topic, '--partitions', '3', ...dir])
  const reader = startLeat(['consume', 'out', '-f', '--json', '--isolation-level', 'read_committed', ...dir])
  const followed = finished(reader)
  const modes = [[], ['--worker', WORKER], ['-z', 'lz4']]
  const piped = (round: number): string[] => [
    'pipe',
    'in',
    'out',
    '--transaction-every',
    '20',
    ...(modes[round % modes.length] as string[]),
    ...dir,
  ]

  for (let round = 0; round < KILLS; round++) {
    const pipe = startLeat([...piped(round), '-f'])
    const ended = finished(pipe)
    const writing = leat(['produce', 'in', '-K', ':', '--rate', '2000/s', '--batch-bytes', '512', ...dir], {
      input: inputs(round).join('\n'),
    })
    await setTimeout(100 + random.below(700))
    pipe.kill('SIGKILL')
    expect((await ended).stderr.replaceAll(/^leat: cut .*\n/gm, '')).toBe('')
    expect((await writing).exitCode).toBe(0)
  }
  const last = await leat([...piped(1), '--json'])
  expect(`${last.exitCode} ${last.stderr.replaceAll(/^leat: cut .*\n/gm, '')}`).toBe('0 ')
  const again = await leat([...piped(0), '--json'])
  expect(JSON.parse(again.stdout.toString())).toEqual({ read: 0, stored: 0, transactions: 0 })

  const all = Array.from({ length: KILLS }, (_, round) => inputs(round)).flat()
  const { stdout } = await leat(['consume', 'out', '--json', '--isolation-level', 'read_committed', ...dir])
  const records = parseRecords(stdout.toString()).map(({ key, value }) => `${String(key)}:${String(value).replace('!', '')}`)
  expect(records.toSorted()).toEqual(all.toSorted())
  for (let key = 0; key < 7; key++) {
    const ofKey = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith(`key-${key}:`))
    expect(ofKey(records)).toEqual(ofKey(all))
  }
  reader.kill('SIGINT')
  // The reader that watched it all has seen the same, each once.
  const seen = parseRecords((await followed).stdout.toString()).map(({ key, value }) => `${String(key)}:${String(value).replace('!', '')}`)
  expect(seen.toSorted()).toEqual(all.toSorted())
})
