// leat dlq replay, as a user sees it.
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { letterLine, fixtureLines, place, type Place } from '../support/replays.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { finished, leat, type LeatResult, startLeat } from '../support/leat.ts'

const summary = ({ stdout }: LeatResult): Record<string, unknown> => JSON.parse(stdout.toString()) as Record<string, unknown>
const header = (key: string, value: string | null): { key: string; value: string | null } => ({ key, value })

/** A topic `orders` of three partitions and dead letters of it. */
async function incident(lines: readonly string[], ...flags: string[]): Promise<Place> {
  const here = place()
  await here.run('topic', 'create', 'orders', '--partitions', '3')
  await here.produce('orders.dlq', lines, ...flags)
  return here
}

const failed = (value: string, more: Readonly<Record<string, string>> = {}): string =>
  letterLine({ value }, { topic: 'orders', partition: '1', offset: '7', 'error.type': 'Timeout', 'error.message': 'slow', ...more })

/** What a JSON record says, as Latin-1. */
function bytesOf(value: unknown): string | null {
  if (value === null) return null
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from((value as { base64: string }).base64, 'base64')
  return bytes.toString('latin1')
}

test('dead letters of every framework go to the place that they came from, as what they were', async () => {
  const lines = fixtureLines().filter(({ truth }) => truth.origin.partition !== null)
  expect(lines.length).toBeGreaterThan(20)
  const { run, produce, records } = place()
  const origins = [...new Set(lines.map(({ truth }) => truth.origin.topic))]
  await run('topic', 'create', ...origins, '--partitions', '3')
  const original = { key: 'original key', value: 'original', headers: [header('own', 'o')] }
  for (const { truth } of lines.filter(({ truth: { isPointer } }) => isPointer === true)) {
    const { topic, partition, offset, timestamp } = truth.origin
    const before = Array.from({ length: Number(offset) + 1 }, () => JSON.stringify({ ...original, partition, timestamp }))
    await produce(topic, before)
  }
  await produce(
    'letters',
    lines.map(({ record }) => JSON.stringify({ ...record, partition: 0 })),
  )

  const result = await run('dlq', 'replay', 'letters', '--same-partition', '--keep-timestamp', '--json')
  expect([result.exitCode, result.stderr]).toEqual([0, `leat: ${lines.length} records replayed\n`])
  expect(schemaErrors(readSchema('dlq-replay'), summary(result))).toEqual([])

  const stored = await records(origins[0] as string, ...origins.slice(1))
  const seen = stored
    .filter(({ headers }) => headers.some(({ key }) => key === 'leat.dlq.replays'))
    .map(({ topic, partition, timestamp, key, value, headers }) => {
      const said = headers.map((one) => [one.key, bytesOf(one.value)])
      return { topic, partition, timestamp, key: bytesOf(key), value: bytesOf(value), headers: said }
    })
  const expected = lines.map(({ record, truth: { family, origin, isPointer } }) => {
    const was = isPointer === true ? original : { ...record, headers: record.headers.filter(({ key }) => key === 'trace-id') }
    const headers = [...was.headers.map((one) => [one.key, bytesOf(one.value)]), ['leat.dlq.replays', '1']]
    const { topic, partition } = origin
    // SmallRye neither keeps nor tells the original's.
    const { timestamp } = family === 'smallrye' ? record : origin
    return { topic, partition, timestamp: String(timestamp), key: bytesOf(was.key), value: bytesOf(was.value), headers }
  })
  const sorted = (all: readonly unknown[]): string[] => all.map((one) => JSON.stringify(one)).toSorted()
  expect(sorted(seen)).toEqual(sorted(expected))
  expect((await run('dlq', 'replay', 'letters')).stderr).toBe('leat: 0 records replayed\n')
})

test('messages that died in queues of RabbitMQ go to the topics that are called as the queues that they died in first', async () => {
  const lines = fixtureLines().filter(({ truth }) => truth.origin.partition === null)
  expect(lines.length).toBeGreaterThan(10)
  const { run, produce, records } = place()
  const queues = [...new Set(lines.map(({ truth }) => truth.origin.topic))]
  await run('topic', 'create', ...queues)
  await produce(
    'letters',
    lines.map(({ record }) => JSON.stringify({ ...record, partition: 0 })),
  )
  const { exitCode, stderr } = await run('dlq', 'replay', 'letters')
  expect([exitCode, stderr]).toEqual([0, `leat: ${lines.length} records replayed\n`])
  for (const queue of queues) {
    const ofQueue = lines.filter(({ truth }) => truth.origin.topic === queue).map(({ record }) => record)
    const own = ofQueue.map(({ headers }) =>
      headers.filter(({ key }) => key === 'trace-id' || key === 'CC').map(({ value }) => bytesOf(value)),
    )
    const stored = await records(queue)
    expect(stored.map(({ key, value }) => [bytesOf(key), bytesOf(value)])).toEqual(
      ofQueue.map(({ key, value }) => [bytesOf(key), bytesOf(value)]),
    )
    expect(stored.map(({ headers }) => headers.map(({ value }) => bytesOf(value)))).toEqual(own.map((said) => [...said, '1']))
  }
})

describe('where it goes', () => {
  test('by key as Kafka’s partitioner has it, with the present time, headers in order with nulls and duplicates', async () => {
    const own = [header('h', null), header('h', 'v'), header('a', '')]
    const here = await incident([letterLine({ value: 'v', timestamp: 5 }, { topic: 'orders', partition: '0', 'error.type': 'E' }, own)])
    await here.produce('orders', [JSON.stringify({ key: 'k', value: 'before' })])
    const result = await here.run('dlq', 'replay', 'orders.dlq')
    expect([result.exitCode, result.stdout.toString()]).toEqual([0, 'TARGET  RECORDS\norders        1\n'])
    const [before, replayed] = await here.records('orders')
    expect(replayed).toMatchObject({ partition: before?.partition, value: 'v', headers: [...own, header('leat.dlq.replays', '1')] })
    expect(Number(replayed?.timestamp)).toBeGreaterThan(1_700_000_000_000)
  })

  test('a partition that there is not: by key, said once', async () => {
    const here = await incident([failed('a', { partition: '9' }), failed('b', { partition: '9' }), failed('c', { partition: '2' })])
    const { exitCode, stderr } = await here.run('dlq', 'replay', 'orders.dlq', '--same-partition')
    expect([exitCode, stderr]).toEqual([
      0,
      "leat: orders.dlq-0 offset 0 came from partition 9, which 'orders' does not have: this and others like it go by key\nleat: 3 records replayed\n",
    ])
    expect((await here.records('orders', '-p', '2')).map(({ value }) => value)).toContain('c')
  })

  test('no header makes a topic, or leads into Kafka’s own or back; those records stay, are counted, and --to takes them', async () => {
    const topics = ['nowhere', '../../etc', '__consumer_offsets', 'orders.dlq']
    const strange = topics.map((topic) => failed(topic, { topic }))
    const damaged = failed('damaged', { partition: 'one' })
    const here = await incident([...strange, damaged, JSON.stringify({ key: 'k', value: 'not a dead letter' }), failed('fine')])
    const result = await here.run('dlq', 'replay', 'orders.dlq', '--json')
    expect(result.exitCode).toBe(3)
    expect(summary(result)).toMatchObject({
      records: 1,
      targets: [{ topic: 'orders', records: 1 }],
      refused: [
        { reason: "there is no topic 'nowhere'", records: 1, partition: 0, offset: 0 },
        { reason: expect.stringContaining("'../../etc' is not a topic name") as string },
        { reason: "'__consumer_offsets' holds the state of Kafka itself" },
        { reason: "it would come back to 'orders.dlq', which it is in" },
        { reason: 'its header leat.dlq.partition is damaged: it is not a number in digits', offset: 4 },
        { reason: 'it does not say which topic it came from', offset: 5 },
      ],
    })
    expect((await here.run('topic', 'list')).stdout.toString()).not.toContain('nowhere')
    expect(summary(await here.run('dlq', 'replay', 'orders.dlq', '--to', 'orders', '--json'))).toMatchObject({ records: 6, refused: [] })
    expect((await here.records('orders')).length).toBe(7)
  })

  test('a target that is not there, or is the topic itself, is said before anything is done', async () => {
    const here = await incident([failed('a')])
    expect((await here.run('dlq', 'replay', 'orders.dlq', '--to', 'nowhere')).exitCode).toBe(1)
    expect((await here.run('dlq', 'replay', 'orders.dlq', '--to', 'orders.dlq')).exitCode).toBe(2)
    expect((await here.run('dlq', 'replay', 'nothing.dlq')).exitCode).toBe(1)
    expect((await here.run('group', 'list', '--no-headers')).stdout.toString()).toBe('')
  })

  test('what the target does not take stays: too large, or without a key on a compacted topic', async () => {
    const here = place()
    await here.run('topic', 'create', 'orders', '--config', 'max.message.bytes=500', '--config', 'cleanup.policy=compact')
    const keyless = letterLine({ value: 'no key', key: null }, { topic: 'orders', 'error.type': 'E' })
    const incompressible = randomBytes(1000).toString('base64')
    await here.produce('orders.dlq', [failed(incompressible), keyless, failed('small')])
    const result = await here.run('dlq', 'replay', 'orders.dlq', '--json')
    expect(result.exitCode).toBe(3)
    expect(summary(result)).toMatchObject({ records: 1, refused: [{ offset: 0 }, { offset: 1 }] })
    expect((await here.records('orders')).map(({ value }) => value)).toEqual(['small'])
  })

  test('what fits the target compressed is compressed, in its place among the others', async () => {
    const here = place()
    await here.run('topic', 'create', 'orders', '--config', 'max.message.bytes=500')
    const values = ['before', 'x'.repeat(1000), 'after']
    await here.produce(
      'orders.dlq',
      values.map((value) => failed(value)),
    )
    const result = await here.run('dlq', 'replay', 'orders.dlq')
    expect([result.exitCode, result.stderr]).toEqual([0, 'leat: 3 records replayed\n'])
    expect((await here.records('orders')).map(({ value }) => value)).toEqual(values)
  })

  test('an envelope is unwrapped, to the digit', async () => {
    const event = '{"id":12345678901234567890,"f":1.10}'
    const envelope = `{"original_event":${event},"error_type":"E","error_message":"m","source_topic":"orders","source_partition":2}`
    const here = await incident([JSON.stringify({ key: 'k', value: envelope })])
    expect((await here.run('dlq', 'replay', 'orders.dlq')).exitCode).toBe(0)
    expect((await here.records('orders')).map(({ value }) => value)).toEqual([event])
  })

  test('a share group’s pointer whose original is gone stays; --to does not help', async () => {
    const pointer = JSON.stringify({
      key: null,
      value: null,
      headers: [header('__dlq.errors.topic', 'orders'), header('__dlq.errors.partition', '0'), header('__dlq.errors.offset', '99')],
    })
    const here = await incident([pointer])
    const { exitCode, stderr } = await here.run('dlq', 'replay', 'orders.dlq', '--to', 'orders')
    expect([exitCode, stderr.split('\n')[0]]).toEqual([
      3,
      'leat: left at orders.dlq-0 offset 0: it only points at its original, which is not there any more',
    ])
  })
})

test('a share group’s pointer is its original, with the replays that were counted there', async () => {
  const pointer = (offset: number): string => {
    const said = { topic: 'orders', partition: '0', offset: String(offset), group: 'g' }
    const headers = Object.entries(said).map(([key, value]) => header(`__dlq.errors.${key}`, value))
    return JSON.stringify({ key: null, value: null, headers })
  }
  const here = await incident([pointer(0), pointer(1)])
  const originals = ['2', '3'].map((replays) => {
    const headers = [header('own', replays), header('leat.dlq.replays', replays)]
    return JSON.stringify({ partition: 0, key: 'k', value: `replayed ${replays}`, headers })
  })
  await here.produce('orders', originals)
  const targets = [
    { topic: 'orders', records: 1 },
    { topic: 'orders.dlq.parked', records: 1 },
  ]
  expect(summary(await here.run('dlq', 'replay', 'orders.dlq', '--same-partition', '--json'))).toMatchObject({ targets })
  const replayed = { key: 'k', value: 'replayed 2', headers: [header('own', '2'), header('leat.dlq.replays', '3')] }
  expect((await here.records('orders')).at(-1)).toMatchObject(replayed)
})

describe('what is picked', () => {
  const letters = ['a', 'b', 'a', 'b', 'a'].map((type, index) => failed(`{"n":${index}}`, { 'error.type': `org.${type}` }))

  test('what a filter passes over stays for the next run, in any order; nothing goes twice', async () => {
    const here = await incident(letters)
    const values = async (): Promise<unknown[]> => (await here.records('orders')).map(({ value }) => value)
    const first = await here.run('dlq', 'replay', 'orders.dlq', '--error-type', 'b', '--json')
    expect(summary(first)).toMatchObject({ records: 2, passedOver: 3 })
    expect(await values()).toEqual(['{"n":1}', '{"n":3}'])
    expect(summary(await here.run('dlq', 'replay', 'orders.dlq', '--where', '.n > 0', '--max', '1', '--json'))).toMatchObject({
      records: 1,
      stoppedBy: 'max',
    })
    expect(summary(await here.run('dlq', 'replay', 'orders.dlq', '--exactly-once', '--json'))).toMatchObject({ records: 2 })
    expect(await values()).toEqual(['{"n":1}', '{"n":3}', '{"n":2}', '{"n":0}', '{"n":4}'])
    const lag = await here.run('lag', 'leat.replay.orders.dlq', '--json')
    expect(JSON.parse(lag.stdout.toString())).toMatchObject({ lag: 0 })
  })

  test('a dry run says the same and touches nothing', async () => {
    const here = await incident([...letters, failed('x', { topic: 'nowhere' }), failed('y', { replays: '3' })])
    const groups = async (): Promise<string> => (await here.run('group', 'list', '--no-headers')).stdout.toString()
    const dry = await here.run('dlq', 'replay', 'orders.dlq', '--dry-run', '--json')
    expect([dry.exitCode, await here.records('orders'), await groups()]).toEqual([3, [], ''])
    expect((await here.run('topic', 'list')).stdout.toString()).not.toContain('parked')
    const real = await here.run('dlq', 'replay', 'orders.dlq', '--json')
    expect(summary(real)).toEqual({ ...summary(dry), isDryRun: false })
    expect(summary(real)).toMatchObject({
      targets: [
        { topic: 'orders', records: 5 },
        { topic: 'orders.dlq.parked', records: 1 },
      ],
    })
  })

  test('what aborted transactions left is none of it, and their markers are no work that is left', async () => {
    const here = await incident([failed('a')])
    const line = `${failed('b')}\n`
    const aborted = startLeat(['produce', 'orders.dlq', '--json', '--transactional-id', 'id', ...here.dir], { input: `${line}oops\n` })
    expect((await finished(aborted)).exitCode).toBe(1)
    expect(summary(await here.run('dlq', 'replay', 'orders.dlq', '--json'))).toMatchObject({ records: 1 })
    const lag = await here.run('lag', 'leat.replay.orders.dlq', '--json')
    expect(JSON.parse(lag.stdout.toString())).toMatchObject({ lag: 0 })
  })
})

describe('edited letters', () => {
  test('are replayed as they were edited, the others stay, and a second time nothing goes', async () => {
    const here = await incident([failed('{"n":1}'), failed('{"n":2}', { 'error.type': 'Other' }), failed('{"n":3}')])
    const edited = await here.run('dlq', 'edit', 'orders.dlq', '--error-type', 'Timeout', '--set', '.currency=EUR')
    const replay = async (...flags: string[]) =>
      leat(['dlq', 'replay', 'orders.dlq', '--edited', '-', ...flags, ...here.dir], { input: edited.stdout })
    expect(summary(await replay('--dry-run', '--json'))).toMatchObject({ records: 2, passedOver: 1 })
    expect(summary(await replay('--exactly-once', '--json'))).toMatchObject({ records: 2, passedOver: 1 })
    const stored = await here.records('orders')
    expect(stored.map(({ value }) => value)).toEqual(['{"n":1,"currency":"EUR"}', '{"n":3,"currency":"EUR"}'])
    expect(stored[0]?.headers).toEqual([header('leat.dlq.replays', '1')])
    const again = await replay()
    expect([again.exitCode, again.stderr]).toEqual([3, expect.stringContaining('2 envelopes are of letters that') as string])
    expect(summary(await here.run('dlq', 'replay', 'orders.dlq', '--json'))).toMatchObject({ records: 1 })
  })

  test('that are none are refused before anything is done', async () => {
    const here = await incident([failed('a')])
    const named = '"topic":"orders.dlq","partition":0,"offset":0'
    const fine = `{${named},"timestamp":1,"key":null,"value":"x","headers":[]}`
    for (const input of ['oops', `{${named},"headers":[]}`, `{${named},"timestamp":1}`, `${fine}\n${fine}`]) {
      const result = await leat(['dlq', 'replay', 'orders.dlq', '--edited', '-', ...here.dir], { input: `${input}\n` })
      expect([result.exitCode, result.stderr]).toEqual([1, expect.stringMatching(/^leat: line [12] /) as string])
    }
    expect((await here.run('group', 'list', '--no-headers')).stdout.toString()).toBe('')
  })
})

describe('records that come back', () => {
  test('are counted, and parked once they came back too often, failure headers and all', async () => {
    const here = await incident([failed('a', { replays: '2' }), failed('b', { replays: '3' })], '--create-partitions', '2')
    const result = await here.run('dlq', 'replay', 'orders.dlq', '--json')
    expect(summary(result)).toMatchObject({
      targets: [
        { topic: 'orders', records: 1 },
        { topic: 'orders.dlq.parked', records: 1 },
      ],
    })
    expect((await here.records('orders'))[0]).toMatchObject({ value: 'a', headers: [header('leat.dlq.replays', '3')] })
    const [parked] = await here.records('orders.dlq.parked')
    const said = new Map(parked?.headers.map(({ key, value }) => [key, value]))
    expect(said.get('leat.dlq.parked.reason')).toBe('replayed 3 times, and here again')
    expect([parked?.value, said.get('leat.dlq.topic'), said.get('leat.dlq.replays')]).toEqual(['b', 'orders', '3'])
    // Who replays what was parked means it.
    expect(summary(await here.run('dlq', 'replay', 'orders.dlq.parked', '--json'))).toMatchObject({ targets: [{ topic: 'orders' }] })
    expect((await here.records('orders')).at(-1)?.headers ?? []).toHaveLength(1)
  })

  test('with a count that cannot be read stay, until they are told where to go', async () => {
    const here = await incident([failed('a', { replays: 'many' }), failed('b')])
    const result = await here.run('dlq', 'replay', 'orders.dlq')
    expect([result.exitCode, result.stderr]).toEqual([3, expect.stringContaining('its header leat.dlq.replays is damaged') as string])
    expect(result.stderr).toContain('leat: 1 record replayed, 1 left\n')
    expect((await here.run('dlq', 'show', 'orders.dlq', '-o', '0')).stdout.toString()).toContain(
      'leat.dlq.replays (leat): it is not a number',
    )
    await here.run('dlq', 'replay', 'orders.dlq', '--to', 'orders')
    const replayed = (await here.records('orders')).find(({ value }) => value === 'a')
    expect(replayed?.headers).toEqual([header('leat.dlq.replays', '1')])
  })

  test('the summary has what was replayed, parked, passed over and left apart, and what is left has its remedy', async () => {
    const parked = failed('b', { replays: '3' })
    const other = failed('c', { 'error.type': 'Other' })
    const here = await incident([failed('a'), parked, other, failed('d', { topic: 'nowhere' }), failed('e', { topic: 'orders.dlq' })])
    const result = await here.run('dlq', 'replay', 'orders.dlq', '--error-type', 'Timeout')
    expect(result.stderr.split('\n').slice(-6, -1)).toEqual([
      "leat: left at orders.dlq-0 offset 3: there is no topic 'nowhere'",
      '      Make it, `leat topic create nowhere`, or name another one: --to TOPIC.',
      "leat: left at orders.dlq-0 offset 4: it would come back to 'orders.dlq', which it is in",
      '      Name the topic that it is to go to: --to TOPIC.',
      'leat: 1 record replayed, 1 parked, 1 passed over, 2 left',
    ])
    const again = await here.run('dlq', 'replay', 'orders.dlq', '--error-type', 'Other', '--json')
    expect(summary(again)).toMatchObject({ records: 1, parked: 0, passedOver: 2 })
  })

  test('stop a run when there are as many as --stop-on-failure says: exit code 4, and the rest stays', async () => {
    const here = await incident([failed('a'), failed('b'), failed('c')])
    const flags = ['--same-partition', '--batch', '1', '--pause', '10m', '--stop-on-failure', '1', '--json']
    const replaying = startLeat(['dlq', 'replay', 'orders.dlq', ...flags, ...here.dir])
    const ended = finished(replaying)
    while ((await here.records('orders')).length === 0);
    // One that failed for the first time is none of them.
    await here.produce('orders.dlq', [failed('other', { offset: '70' }), failed('a', { offset: '0', replays: '1' })])
    const result = await ended
    expect([result.exitCode, summary(result)]).toEqual([4, expect.objectContaining({ records: 1, failedAgain: 1, stoppedBy: 'failures' })])
    expect(summary(await here.run('dlq', 'replay', 'orders.dlq', '--json'))).toMatchObject({ records: 4 })
  })
})

describe('a run that is under way', () => {
  test('keeps others out; Ctrl-C stores what it has, and the next one goes on there', async () => {
    const here = await incident([failed('a'), failed('b'), failed('c')])
    const replaying = startLeat(['dlq', 'replay', 'orders.dlq', '--rate', '1/h', ...here.dir])
    const ended = finished(replaying)
    while ((await here.records('orders')).length === 0);
    const second = await here.run('dlq', 'park', 'orders.dlq', '--reason', 'r')
    expect([second.exitCode, second.stderr]).toEqual([1, expect.stringContaining('another replay or park is at work')])
    replaying.kill('SIGINT')
    const result = await ended
    expect([result.exitCode, result.stderr]).toEqual([130, 'leat: 1 record replayed; interrupted: the next run goes on here\n'])
    expect(summary(await here.run('dlq', 'replay', 'orders.dlq', '--json'))).toMatchObject({ records: 2 })
  })
})

test.each([
  ['--rate', 'fast'],
  ['--max', '0'],
  ['--batch', '5'],
  ['--since', 'monday'],
  ['--where', '.a >'],
])('%s %s is a usage error', async (...flags) => {
  const here = await incident([failed('a')])
  expect((await here.run('dlq', 'replay', 'orders.dlq', ...flags)).exitCode).toBe(2)
})
