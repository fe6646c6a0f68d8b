// leat consume --dedupe over several topics, retries and restarts.
import { expect, test } from 'vitest'
import type { LeatResult } from '../support/leat.ts'
import { place } from '../support/replays.ts'

const counts = ({ stdout }: LeatResult): Record<string, number> => JSON.parse(stdout.toString()) as Record<string, number>
const line = (key: string, value = 'v'): string => JSON.stringify({ key, value })

test('the same id in two topics is two events', async () => {
  const here = place()
  await here.produce('orders', [line('1'), line('1')])
  await here.produce('payments', [line('1')])
  const result = await here.run('consume', 'orders', 'payments', '-g', 'g', '--dedupe', 'key', '--json', '--exec', 'cat >/dev/null')
  expect(counts(result)).toMatchObject({ taken: 3, handled: 2, duplicates: 1 })
})

test('what was handled by way of a retry topic counts as handled in the topic that it came from', async () => {
  const here = place()
  await here.produce('in', [line('1')])
  const handling = ['consume', 'in', '-g', 'g', '--dedupe', 'key', '--retry-topics', '1ms', '--json', '--exec']
  expect(counts(await here.run(...handling, 'exit 1'))).toMatchObject({ retriedLater: 1 })
  expect(counts(await here.run(...handling, 'cat >/dev/null'))).toMatchObject({ handled: 1 })
  await here.produce('in', [line('1')])
  expect(counts(await here.run(...handling, 'cat >/dev/null'))).toMatchObject({ handled: 0, duplicates: 1 })
})

test('a longer --dedupe-ttl makes the topic keep ids for longer, a shorter one leaves it', async () => {
  const here = place()
  await here.produce('in', [line('1')])
  const run = (ttl: string): Promise<LeatResult> =>
    here.run('consume', 'in', '-g', 'g', '--dedupe', 'key', '--dedupe-ttl', ttl, '--exec', 'cat >/dev/null')
  const retention = async (): Promise<unknown> => {
    const { stdout } = await here.run('topic', 'describe', 'g.handled', '--json')
    return (JSON.parse(stdout.toString()) as { configs: Record<string, string> }).configs['retention.ms']
  }
  await run('1h')
  expect(await retention()).toBe('3600000')
  expect((await run('2h')).stderr).toContain("'g.handled' kept ids for 3600000 ms, and keeps them for 7200000 ms from now on")
  expect(await retention()).toBe('7200000')
  expect((await run('1m')).stderr).toBe('')
  expect(await retention()).toBe('7200000')
})

test('an id that no record could hold is none', async () => {
  const here = place()
  const long = 'k'.repeat(2_000_000)
  await here.produce('in', [line(long), line('short'), line('short')], '-z', 'zstd')
  const result = await here.run('consume', 'in', '-g', 'g', '--dedupe', 'key', '--json', '--exec', 'cat >/dev/null')
  expect([result.exitCode, counts(result)]).toMatchObject([0, { handled: 2, duplicates: 1 }])
})
