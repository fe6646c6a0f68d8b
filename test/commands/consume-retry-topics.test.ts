// leat consume --retry-topics where others write to the retry topics, too: what a record says of itself does not decide where it goes.
import { expect, test } from 'vitest'
import type { LeatResult } from '../support/leat.ts'
import type { JsonRecord } from '../support/records.ts'
import { letterLine, place, type Place } from '../support/replays.ts'

/** Says which record it is told, on standard error, and fails. */
const FAILING = 'echo "$LEAT_TOPIC-$LEAT_PARTITION@$LEAT_OFFSET#$LEAT_ATTEMPT $(cat)" >&2; exit 1'

const handling = (...more: string[]): string[] => ['consume', 'in', '-g', 'g', ...more, '--dlq']
const counts = ({ stdout }: LeatResult): Record<string, number> => JSON.parse(stdout.toString()) as Record<string, number>
const valuesOf = (records: readonly JsonRecord[]): unknown[] => records.map(({ value }) => value)
const headersOf = (record: JsonRecord | undefined): Record<string, unknown> =>
  Object.fromEntries((record?.headers ?? []).map(({ key, value }) => [key, value]))

/** A topic `in`, and the topics that a run with these retry topics makes. */
async function prepared(...delays: string[]): Promise<Place> {
  const here = place()
  await here.run('topic', 'create', 'in', '--partitions', '2')
  const made = await here.run(...handling('--retry-topics', delays.join(',')), '-q', '--exec', 'cat')
  expect(made.exitCode).toBe(0)
  return here
}

const claims = {
  'another topic': { topic: 'elsewhere', partition: '1', offset: '7', attempts: '1' },
  'attempts without end': { topic: 'in', partition: '1', offset: '7', attempts: '999' },
  'numbers that are none': { topic: 'in', partition: '-3', offset: 'seven', attempts: '-1', 'first-failed-at': 'x', 'last-failed-at': '' },
  'a failure to come': { topic: 'in', partition: '1', offset: '7', 'last-failed-at': '99999999999999' },
  'numbers too large': { topic: 'in', partition: '9999999999', offset: '9999999999999999999', 'last-failed-at': '-9223372036854775808' },
}

test.each(Object.entries(claims))(
  'a record that claims %s goes from its retry topic to the next one, when that is due',
  async (_, said) => {
    const here = await prepared('1h', '1h')
    await here.produce('in.retry.1', [letterLine({ value: 'v', timestamp: 1_700_000_000_000 }, { 'error.type': 'E', ...said })])
    // By its own time it is due; one that was read as to come would wait for ever.
    const result = await here.run(...handling('--retry-topics', '1h,1h'), '--json', '--exec', FAILING)
    expect([result.exitCode, counts(result)]).toMatchObject([0, { failedAttempts: 1, retriedLater: 1, deadLettered: 0 }])
    expect(valuesOf(await here.records('in.retry.2'))).toEqual(['v'])
    const topics = (await here.run('topic', 'list', '--no-headers')).stdout.toString()
    expect(topics).not.toMatch(/elsewhere|retry\.[3-9]|retry\.1\./)
  },
)

test('a record that somebody puts into a retry topic by hand is handled as a record of that topic, in its turn', async () => {
  const here = await prepared('1ms', '1ms')
  await here.produce('in.retry.2', [JSON.stringify({ key: 'k', value: 'by hand', partition: 1 })])
  const result = await here.run(...handling('--retry-topics', '1ms,1ms'), '--json', '--exec', FAILING)
  expect(result.stderr).toContain('in.retry.2-1@0#1 by hand')
  expect(counts(result)).toMatchObject({ failedAttempts: 1, deadLettered: 1 })
  const [letter] = await here.records('in.dlq')
  expect(headersOf(letter)).toMatchObject({ 'leat.dlq.topic': 'in.retry.2', 'leat.dlq.partition': '1', 'leat.dlq.attempts': '1' })
})

test('groups that read the same topic handle their own failures only', async () => {
  const here = place()
  await here.produce('in', [JSON.stringify({ value: 'v' })])
  const flags = ['--retry-topics', '1ms', '--json']
  await here.run('consume', 'in', '-g', 'one', ...flags, '--exec', FAILING)
  const other = await here.run('consume', 'in', '-g', 'other', ...flags, '--exec', 'cat >/dev/null')
  expect(counts(other)).toMatchObject({ taken: 1, handled: 1 })
  const without = await here.run('consume', 'in', '-g', 'third', '--exec', 'cat >/dev/null')
  expect([without.exitCode, without.stderr]).toEqual([0, ''])
  expect(counts(await here.run('consume', 'in', '-g', 'one', ...flags, '--exec', 'cat >/dev/null'))).toMatchObject({ handled: 1 })
})

test.each([['1ms'], [null]])('what waits in retry topics of a longer plan is handled, too, once the plan is %s', async (delays) => {
  const here = await prepared('1ms', '1ms', '1ms')
  await here.produce('in', [JSON.stringify({ key: 'k', value: 'v' })])
  for (let run = 0; run < 3; run++) await here.run(...handling('--retry-topics', '1ms,1ms,1ms'), '--exec', FAILING)
  expect(valuesOf(await here.records('in.retry.3'))).toEqual(['v'])
  const shorter = handling(...(delays === null ? [] : ['--retry-topics', delays]))
  const result = await here.run(...shorter, '--json', '--exec', FAILING)
  expect(result.stderr).toContain("leat: 'in.retry.3' is not in this plan; 1 record left there: those of 'g' are handled, too")
  expect(result.stderr).toContain('#4 v')
  expect(counts(result)).toMatchObject({ deadLettered: 1 })
  expect((await here.run(...shorter, '--exec', FAILING)).stderr).toBe('')
})

test('dead letters do not go where records wait for another attempt, nor to a compacted topic', async () => {
  const here = place()
  await here.produce('in', [JSON.stringify({ value: 'v' })])
  const looping = await here.run('consume', 'in', '-g', 'g', '--retry-topics', '1ms', '--dlq', 'in.retry.1', '--exec', FAILING)
  expect([looping.exitCode, looping.stderr]).toMatchObject([2, expect.stringContaining('records wait there for another attempt')])
  await here.run('topic', 'create', 'letters', '--config', 'cleanup.policy=compact')
  const compacted = await here.run('consume', 'in', '-g', 'g', '--dlq', 'letters', '--exec', FAILING)
  expect([compacted.exitCode, compacted.stderr]).toMatchObject([1, expect.stringContaining("'letters' is compacted")])
})
