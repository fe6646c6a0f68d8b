// leat dlq replay killed at random, again and again, while dead letters come in and others are parked.
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { SeededRandom } from '../simulation/random.ts'
import { letterLine, place } from '../support/replays.ts'
import { finished, leat, startLeat } from '../support/leat.ts'

/** Rounds; the long run takes a hundred. */
const KILLS = Number(process.env['LEAT_TEST_KILLS'] ?? 4)
const RECORDS = 400
/** Of the moments at which processes are killed; LEAT_TEST_SEED repeats them. */
const SEED = Number(process.env['LEAT_TEST_SEED'] ?? Date.now() % 1_000_000)
console.log(`LEAT_TEST_SEED=${SEED}`)

const type = (index: number): string => (index % 5 === 0 ? 'Bad' : 'Slow')
const letters = (round: number): string[] =>
  Array.from({ length: RECORDS }, (_, index) =>
    letterLine({ key: `key-${index % 7}`, value: `${round}.${index}` }, { topic: 'orders', partition: '0', 'error.type': type(index) }),
  )

test.each([
  ['at least once: every dead letter is replayed or parked', []],
  ['exactly once: each of them once', ['--exactly-once']],
])(
  '%s, whenever the replay was killed',
  async (_, flags) => {
    const { dir, run, produce, records } = place()
    const random = new SeededRandom(SEED)
    for (const topic of ['orders', 'orders.dlq']) await run('topic', 'create', topic, '--partitions', '3')
    for (let round = 0; round < KILLS; round++) {
      await produce('orders.dlq', letters(round), '--batch-bytes', '4096')
      const verbs = [
        ['replay', 'orders.dlq', '--rate', '2000/s'],
        ['park', 'orders.dlq', '--reason', 'bad', '--error-type', 'Bad'],
        ['replay', 'orders.dlq', '--error-type', 'Slow', '--batch', '20', '--pause', '5ms'],
      ]
      const replaying = startLeat(['dlq', ...(verbs[round % verbs.length] as string[]), ...flags, ...dir])
      const ended = finished(replaying)
      await setTimeout(100 + random.below(700))
      replaying.kill('SIGKILL')
      expect((await ended).stderr.replaceAll(/^leat: (cut|made|\d+ records (replayed|parked)).*\n/gm, '')).toBe('')
    }
    const last = await leat(['dlq', 'replay', 'orders.dlq', ...flags, ...dir])
    expect([last.exitCode, (await run('dlq', 'replay', 'orders.dlq', '--json')).stdout.toString()]).toEqual([
      0,
      expect.stringContaining('"records":0'),
    ])
    const committed = ['--isolation-level', 'read_committed']
    const isParking = (await run('topic', 'list')).stdout.toString().includes('orders.dlq.parked')
    const out = [...(await records('orders', ...committed)), ...(isParking ? await records('orders.dlq.parked', ...committed) : [])]
    const values = out.map(({ value }) => String(value))
    const all = Array.from({ length: KILLS }, (__, round) => Array.from({ length: RECORDS }, (___, index) => `${round}.${index}`)).flat()
    expect([...new Set(values)].toSorted()).toEqual(all.toSorted())
    if (flags.length > 0) expect(values).toHaveLength(all.length)
  },
  600_000,
)

test('of several that start at once one works, or none: nothing goes twice', async () => {
  const { dir, run, produce, records } = place()
  for (const topic of ['orders', 'orders.dlq']) await run('topic', 'create', topic, '--partitions', '3')
  await produce('orders.dlq', letters(0))
  const all = await Promise.all(Array.from({ length: 4 }, () => leat(['dlq', 'replay', 'orders.dlq', '--rate', '2000/s', ...dir])))
  for (const { exitCode, stderr } of all) if (exitCode !== 0) expect(stderr).toContain('another replay or park is at work')
  await run('dlq', 'replay', 'orders.dlq')
  expect((await records('orders')).map(({ value }) => value)).toHaveLength(RECORDS)
})
