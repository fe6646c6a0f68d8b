// leat consume --exec, as a user sees it.
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { finished, leat, type LeatResult, startLeat } from '../support/leat.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { type JsonRecord, parseRecords } from '../support/records.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

interface Place {
  readonly run: (...args: string[]) => Promise<LeatResult>
  readonly produce: (topic: string, lines: readonly string[]) => Promise<void>
  readonly records: (topic: string) => Promise<JsonRecord[]>
  readonly committed: (group: string) => Promise<Record<string, number>>
  readonly dir: readonly string[]
}

function place(): Place {
  const dir = ['-d', `${temporaryDirectory()}/data`]
  const run = async (...args: string[]): Promise<LeatResult> => leat([...args, ...dir])
  return {
    dir,
    run,
    produce: async (topic, lines) => {
      const made = await leat(['produce', topic, '-K', ':', ...dir], { input: lines.map((line) => `${line}\n`).join('') })
      expect(made.exitCode).toBe(0)
    },
    records: async (topic) => parseRecords((await run('consume', topic, '--json')).stdout.toString()),
    committed: async (group) => {
      const lines = (await run('group', 'export', group)).stdout
        .toString()
        .split('\n')
        .filter((line) => line !== '')
      const offsets = lines.map((line) => JSON.parse(line) as { topic: string; partition: number; offset: number })
      return Object.fromEntries(offsets.map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]))
    },
  }
}

const said = ({ exitCode, stdout, stderr }: LeatResult): string =>
  `${exitCode} ${stdout.toString()}${stderr.replaceAll(/^leat: made .*\n/gm, '')}`
const headersOf = (record: JsonRecord | undefined): Record<string, unknown> =>
  Object.fromEntries((record?.headers ?? []).map(({ key, value }) => [key, value]))

/** Fails for values that begin with `bad`. */
const HANDLER = 'read v; case $v in bad*) echo "no good: $v" >&2; exit 3;; esac; echo "$LEAT_KEY=$v #$LEAT_ATTEMPT"'

describe('one process per record', () => {
  test('has the value on stdin, the rest in the environment; what it prints is printed', async () => {
    const { run, produce } = place()
    await produce('in', ['a:1', 'b:2'])
    const command = 'echo "$(cat) $LEAT_TOPIC-$LEAT_PARTITION@$LEAT_OFFSET $LEAT_KEY $LEAT_ATTEMPT"'
    expect(said(await run('consume', 'in', '--exec', command))).toBe('0 1 in-0@0 a 1\n2 in-0@1 b 1\n')
  })

  test('is counted with --json, as the schema has it', async () => {
    const { run, produce } = place()
    await produce('in', ['a:1', 'b:bad'])
    const result = await run('consume', 'in', '-g', 'g', '--dlq', '--json', '--exec', `${HANDLER} >/dev/null`)
    expect([result.exitCode, result.stdout.toString()]).toEqual([
      3,
      '{"taken":2,"handled":1,"duplicates":0,"failedAttempts":1,"retriedLater":0,"deadLettered":1,"postponed":0,"nextDueAt":null}\n',
    ])
    expect(schemaErrors(readSchema('consume-handler'), JSON.parse(result.stdout.toString()))).toEqual([])
  })

  test('several run at once, those of a key one after the other', async () => {
    const { run, produce } = place()
    await produce('in', ['a:2', 'a:0', 'b:0.1', 'a:0.1', 'b:0'])
    const { stdout } = await run('consume', 'in', '-j', '4', '--exec', 'read s; sleep $s; echo $LEAT_KEY $LEAT_OFFSET')
    const lines = stdout.toString().trim().split('\n')
    for (const [key, offsets] of [
      ['a', ['0', '1', '3']],
      ['b', ['2', '4']],
    ] as const)
      expect(lines.filter((line) => line.startsWith(key)).map((line) => line.slice(2))).toEqual(offsets)
    expect(lines.at(0)).toBe('b 2')
  })

  test('--order partition handles the records of a partition one after the other', async () => {
    const { run, produce } = place()
    await produce('in', ['a:0.3', 'b:0', 'c:0'])
    const { stdout } = await run('consume', 'in', '-j', '4', '--order', 'partition', '--exec', 'read s; sleep $s; echo $LEAT_OFFSET')
    expect(stdout.toString()).toBe('0\n1\n2\n')
  })

  test('takes -n, --where and --filter', async () => {
    const { run, produce } = place()
    await produce('in', ['a:{"n":1}', 'b:{"n":2}', 'a:{"n":3}', 'a:{"n":4}'])
    expect(said(await run('consume', 'in', '-g', 'g', '-n', '1', '--where', '.n >= 2', '--filter', 'k:a', '--exec', 'cat; echo'))).toBe(
      '0 {"n":3}\n',
    )
    expect(said(await run('consume', 'in', '-g', 'g', '--exec', 'cat; echo'))).toBe('0 {"n":4}\n')
  })

  test('1 MB values and binary keys pass', async () => {
    const { run, dir } = place()
    const value = 'x'.repeat(1_000_000)
    const envelope = { topic: 'in', key: { base64: '/wD+' }, value, headers: [{ key: 'h', value: { base64: '/w==' } }] }
    await leat(['produce', 'in', '--json', ...dir], { input: `${JSON.stringify(envelope)}\n` })
    expect(said(await run('consume', 'in', '--exec', 'wc -c | tr -d " "'))).toBe('0 1000000\n')
  })
})

describe('a record that fails for good', () => {
  test('stops the command, which says where the next run resumes; that one begins with it', async () => {
    const { run, produce, committed } = place()
    await produce('in', ['a:1', 'b:bad', 'c:3'])
    const first = await run('consume', 'in', '-g', 'g', '--exec', HANDLER)
    expect(said(first)).toBe(
      '1 a=1 #1\nno good: bad\nleat: in-0 offset 1 failed after 1 attempt: exit-3: no good: bad\n' +
        "The next run of group 'g' resumes at in-0 offset 1; with --dlq, records that fail are set aside.\n",
    )
    expect(await committed('g')).toEqual({ 'in-0': 1 })
    expect(said(await run('consume', 'in', '-g', 'g', '-q', '--exec', 'cat; echo'))).toBe('0 bad\n3\n')
  })

  test('goes to TOPIC.dlq with its bytes, its own headers and what happened, and the group goes on', async () => {
    const { run, dir, records, committed } = place()
    const own = [
      { key: 'h', value: null },
      { key: 'h', value: { base64: '/w==' } },
    ]
    const record = { topic: 'in', timestamp: 1_600_000_000_123, key: { base64: '/wD+' }, value: 'bad\nvalue', headers: own }
    await leat(['topic', 'create', 'in', '--partitions', '3', ...dir])
    await leat(['produce', 'in', '--json', '-p', '2', ...dir], { input: `${JSON.stringify(record)}\n` })
    const result = await run('consume', 'in', '-g', 'g', '--dlq', '--retries', '2', '--backoff', '1ms..2ms', '-q', '--exec', HANDLER)
    expect(said(result)).toBe('3 ')
    const [letter, ...others] = await records('in.dlq')
    expect(others).toEqual([])
    expect(letter).toMatchObject({ partition: 2, timestamp: '1600000000123', key: record.key, value: record.value })
    expect(letter?.headers.slice(0, 2)).toEqual(own)
    expect(headersOf(letter)).toMatchObject({
      'leat.dlq.topic': 'in',
      'leat.dlq.partition': '2',
      'leat.dlq.offset': '0',
      'leat.dlq.timestamp': '1600000000123',
      'leat.dlq.group': 'g',
      'leat.dlq.error.type': 'exit-3',
      'leat.dlq.error.message': 'no good: bad',
      'leat.dlq.attempts': '3',
    })
    expect(await committed('g')).toEqual({ 'in-0': 0, 'in-1': 0, 'in-2': 1 })
  })

  test('goes where --dlq NAME, --dlq=NAME or --dlq-topic says', async () => {
    const { run, produce, records } = place()
    await produce('in', ['a:bad'])
    const spellings = [['--dlq', 'one'], ['--dlq=two'], ['--dlq-topic', 'three']]
    for (const words of spellings) expect((await run('consume', 'in', ...words, '-q', '--exec', HANDLER)).exitCode).toBe(3)
    expect((await run('consume', '--dlq', 'in', '-q', '--exec', HANDLER)).exitCode).toBe(3)
    for (const topic of ['one', 'two', 'three', 'in.dlq']) expect((await records(topic)).map(({ value }) => value)).toEqual(['bad'])
  })

  test('carries the exception of a Python or Node handler as type, message and stack', async () => {
    const { run, produce, records } = place()
    await produce('in', ['a:1'])
    await run('consume', 'in', '--dlq', '-q', '--exec', `node -e 'throw new TypeError("not a price")'`)
    expect(headersOf((await records('in.dlq'))[0])).toMatchObject({
      'leat.dlq.error.type': 'TypeError',
      'leat.dlq.error.message': 'not a price',
      'leat.dlq.error.stack': expect.stringContaining('at ') as string,
    })
  })

  test('is killed when it takes too long, with all that it started', async () => {
    const { run, produce, records } = place()
    await produce('in', ['a:1'])
    await run('consume', 'in', '--dlq', '-q', '--handler-timeout', '200ms', '--exec', 'echo waiting >&2; sleep 60 | cat')
    expect(headersOf((await records('in.dlq'))[0])).toMatchObject({
      'leat.dlq.error.type': 'timeout',
      'leat.dlq.error.message': 'took longer than 200 ms',
      'leat.dlq.error.stack': 'waiting',
    })
  })
})

describe('--retries', () => {
  test('tries again and tells the handler which attempt it is; other keys go on meanwhile', async () => {
    const { run, produce } = place()
    await produce('in', ['a:1', 'a:2', 'b:3'])
    const command = 'read v; [ $v$LEAT_ATTEMPT = 11 ] && exit 1; echo $v $LEAT_ATTEMPT'
    const { exitCode, stdout } = await run('consume', 'in', '-q', '--retries', '1', '--backoff', '2s..2s', '--exec', command)
    expect(exitCode).toBe(0)
    const lines = stdout.toString().trim().split('\n')
    expect(lines.filter((line) => !line.startsWith('3'))).toEqual(['1 2', '2 1'])
    expect(lines).toContain('3 1')
  })
})

describe('--retry-topics', () => {
  const retrying = ['-g', 'g', '-q', '--retry-topics', '1ms,1ms', '--dlq']

  test('a record goes from topic to topic, keeps what happened first, and ends in the dead letters once', async () => {
    const { run, produce, records, committed } = place()
    await produce('in', ['a:1', 'a:bad', 'a:3'])
    expect(said(await run('consume', 'in', ...retrying, '--exec', HANDLER))).toBe('0 a=1 #1\na=3 #1\n')
    const first = headersOf((await records('in.retry.1'))[0])
    expect(first).toMatchObject({ 'leat.dlq.topic': 'in', 'leat.dlq.offset': '1', 'leat.dlq.attempts': '1' })
    expect((await run('consume', 'in', ...retrying, '--exec', HANDLER)).exitCode).toBe(0)
    expect((await run('consume', 'in', ...retrying, '--exec', HANDLER)).exitCode).toBe(3)
    const letters = await records('in.dlq')
    expect(letters.map(({ value }) => value)).toEqual(['bad'])
    // One failure, not three: each attempt takes the place of the one before.
    expect(letters[0]?.headers.filter(({ key }) => key === 'leat.dlq.topic')).toHaveLength(1)
    expect(headersOf(letters[0])).toMatchObject({
      'leat.dlq.topic': 'in',
      'leat.dlq.offset': '1',
      'leat.dlq.attempts': '3',
      'leat.dlq.first-failed-at': first['leat.dlq.first-failed-at'],
    })
    expect(await committed('g')).toEqual({ 'in-0': 3, 'in.retry.1-0': 1, 'in.retry.2-0': 1 })
    expect((await run('consume', 'in', ...retrying, '--exec', HANDLER)).exitCode).toBe(0)
  })

  test('what is not due is left for another run, and said', async () => {
    const { run, produce, committed } = place()
    await produce('in', ['a:bad'])
    const later = ['consume', 'in', '-g', 'g', '--retry-topics', '1h', '--exec', HANDLER]
    expect((await run(...later)).exitCode).toBe(0)
    const { exitCode, stderr } = await run(...later)
    expect(exitCode).toBe(0)
    expect(stderr).toContain('1 record in retry topics left for another run, the first due in ')
    expect(await committed('g')).toEqual({ 'in-0': 1, 'in.retry.1-0': 0 })
  })

  test('with -f, it is handled when it is due, as the record that it was', async () => {
    const { produce, dir } = place()
    await produce('in', ['a:1'])
    const command = '[ $LEAT_ATTEMPT = 1 ] && exit 1; echo $LEAT_TOPIC-$LEAT_PARTITION@$LEAT_OFFSET $LEAT_ATTEMPT'
    const child = startLeat(['consume', 'in', '-g', 'g', '-f', '--retry-topics', '300ms', '--exec', command, ...dir])
    const ended = finished(child)
    child.stdout.once('data', () => child.kill('SIGINT'))
    const { exitCode, stdout } = await ended
    expect([exitCode, stdout.toString()]).toEqual([130, 'in-0@0 2\n'])
  })
})

describe('--dedupe', () => {
  test.each([
    ['.event_id', ['a:{"event_id":"x"}', 'b:{"event_id":"y"}', 'c:{"event_id":"x"}', 'd:no json', 'd:no json']],
    ['key', ['x:1', 'y:1', 'x:2']],
  ])('by %s, an event is handled once, in this run and the next', async (by, lines) => {
    const { run, produce } = place()
    await produce('in', lines)
    const command = ['consume', 'in', '-g', 'g', '--dedupe', by, '-q', '-j', '3', '--exec', 'echo $LEAT_OFFSET']
    const first = (await run(...command)).stdout.toString().trim().split('\n').toSorted()
    expect(first).toEqual(by === 'key' ? ['0', '1'] : ['0', '1', '3', '4'])
    await run('group', 'reset', 'g', '--topic', 'in', '--to-earliest', '-y')
    expect((await run(...command)).stdout.toString().trim().split('\n').toSorted()).toEqual(by === 'key' ? [''] : ['3', '4'])
  })

  test('an event whose handling failed is not taken for handled, and one counts only for so long', async () => {
    const { run, produce } = place()
    await produce('in', ['x:bad', 'x:2'])
    const command = ['consume', 'in', '-g', 'g', '--dedupe', 'key', '--dedupe-ttl', '1s', '--dlq', '-q', '--exec', HANDLER]
    expect((await run(...command)).stdout.toString()).toBe('x=2 #1\n')
    await setTimeout(1100)
    await produce('in', ['x:3'])
    expect((await run(...command)).stdout.toString()).toBe('x=3 #1\n')
  })
})

describe('the end', () => {
  test('after Ctrl-C what runs is let finish, and committed', async () => {
    const { produce, dir, committed } = place()
    await produce('in', ['a:1', 'a:2'])
    const child = startLeat(['consume', 'in', '-g', 'g', '-f', '--exec', 'echo started >&2; sleep 1; echo done', ...dir])
    const ended = finished(child)
    child.stderr.once('data', () => child.kill('SIGINT'))
    const { exitCode, stdout } = await ended
    expect([exitCode, stdout.toString()]).toEqual([130, 'done\n'])
    expect(await committed('g')).toEqual({ 'in-0': 1 })
  })

  test('a second member takes over what the first one has not begun', async () => {
    const { produce, dir, run, committed } = place()
    await produce('in', ['a:1'])
    const first = startLeat(['consume', 'in', '-g', 'g', '-f', '--exec', 'echo $LEAT_OFFSET', ...dir])
    const ended = finished(first)
    await new Promise((resolve) => first.stdout.once('data', resolve))
    first.kill('SIGKILL')
    await ended
    await produce('in', ['a:2'])
    const { stdout } = await run('consume', 'in', '-g', 'g', '--exec', 'echo $LEAT_OFFSET')
    expect(stdout.toString().endsWith('1\n')).toBe(true)
    expect(await committed('g')).toEqual({ 'in-0': 2 })
  })
})

test.each([
  [['consume', 'in', '--dlq'], '--dlq is for records that a command handles'],
  [['consume', 'in', '--exec', ' '], '--exec is empty'],
  [['consume', 'in', '--exec', 'true', '--retries', 'x'], '--retries x is not a whole number'],
  [['consume', 'in', '--exec', 'true', '--retries', '1', '--backoff', '3s..1s'], '--backoff 3s..1s is not a range'],
  [['consume', 'in', '--exec', 'true', '-g', 'g', '--dedupe', 'key', '--dedupe-ttl', '0s'], '--dedupe-ttl 0 forgets each event at once'],
  [['consume', 'in', '--exec', 'true', '-g', 'g', '--dedupe', 'id'], '--dedupe id is nothing that an event is told apart by'],
  [['consume', 'in', '--exec', 'true', '--dlq', 'in'], "'in' cannot take the records that fail: they are read from it"],
  [['consume', 'in', '--exec', 'true', '-g', 'g', '--commit', 'before'], 'a handler is at least once'],
])('%j is refused', async (args, message) => {
  const { run, produce } = place()
  await produce('in', ['a:1'])
  const { exitCode, stderr } = await run(...args)
  expect(exitCode).toBe(2)
  expect(stderr).toContain(message)
})
