// `leat dlq show`: dead letters of every family, whole, and harmless on a terminal.
import { describe, expect, test } from 'vitest'
import { deadLetter, fixtureNames, lines, type RealDeadLetter, realDeadLetters, store } from '../support/letters.ts'
import { newDirectory } from '../support/temporary-directory.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { leat } from '../support/leat.ts'

interface Shown {
  readonly topic: string
  readonly failures: {
    family: string
    topic: string
    partition: number
    offset: number
    group: string
    attempts: number
    error: object
    details: object
  }[]
  readonly damaged: unknown[]
}

function expectTold(shown: Shown, { truth }: RealDeadLetter): void {
  const places = [truth.origin, ...(truth.via ?? [])]
  expect(shown.failures.map(({ family, topic, partition, offset }) => ({ family, topic, partition, offset }))).toEqual(
    places.map(({ topic, partition, offset }) => ({ family: truth.family, topic, partition, offset })),
  )
  const last = shown.failures.at(-1)
  if (truth.group !== undefined) expect(last?.group).toBe(truth.group)
  if (truth.errorType !== undefined) expect(last?.error).toMatchObject({ type: truth.errorType })
  if (truth.errorMessage !== undefined) expect(last?.error).toMatchObject({ message: truth.errorMessage })
  if (truth.attempts !== undefined) expect(last?.attempts).toBe(truth.attempts)
  if (truth.details !== undefined) expect(last?.details).toEqual(truth.details)
  expect(shown.damaged).toEqual([])
}

describe('dead letters of real frameworks say where they came from and why, through the command', () => {
  test.each(fixtureNames)('%s', async (name) => {
    const dir = newDirectory()
    const letters = realDeadLetters(name)
    await store(
      dir,
      letters.map(({ record }) => ({ ...record, partition: 0 })),
    )
    for (const [topic, ofTopic] of Map.groupBy(letters, ({ record }) => record.topic)) {
      const { stdout, exitCode } = await leat(['dlq', 'show', topic, '-n', '100', '--json', '-d', dir])
      const shown = lines(stdout)
      expect({ exitCode, count: shown.length }).toEqual({ exitCode: 0, count: ofTopic.length })
      for (const [index, letter] of ofTopic.entries()) expectTold(shown[index] as unknown as Shown, letter)
      for (const one of shown) expect(schemaErrors(readSchema('dlq-show'), one)).toEqual([])
      const text = (await leat(['dlq', 'show', topic, '-d', dir])).stdout.toString()
      const { topic: source, partition } = (ofTopic.at(-1) as RealDeadLetter).truth.origin
      expect(text).toContain(`from          ${partition === null ? `${source}\n` : `${source}-${partition} offset`}`)
    }
  })
})

describe('a letter that only points at its record', () => {
  const pointer = realDeadLetters('streams.jsonl').find(({ truth }) => truth.isPointer) as RealDeadLetter
  const { origin } = pointer.truth

  test('is shown with it, as long as the source has it', async () => {
    const dir = newDirectory()
    await leat(['topic', 'create', origin.topic, '--partitions', '3', '-d', dir])
    const filler = Array.from({ length: origin.offset as number }, () => ({
      topic: origin.topic,
      partition: origin.partition,
      value: 'another',
    }))
    const record = {
      topic: origin.topic,
      partition: origin.partition,
      key: 'k1',
      value: '{"huge":true}',
      headers: [{ key: 'h', value: 'v' }],
    }
    await store(dir, [...filler, record, { ...pointer.record, partition: 0 }])
    const shown = lines((await leat(['dlq', 'show', 'streams.dlq', '-J', '-d', dir])).stdout)
    expect(shown).toMatchObject([{ key: null, value: null, isPointer: true, original: { key: 'k1', value: '{"huge":true}' } }])
    const text = (await leat(['dlq', 'show', 'streams.dlq', '-d', dir])).stdout.toString()
    expect(text).toContain('"huge": true')
  })

  test('says so when it is gone', async () => {
    const dir = newDirectory()
    await store(dir, [{ ...pointer.record, partition: 0 }])
    const { stdout } = await leat(['dlq', 'show', 'streams.dlq', '-d', dir])
    expect(stdout.toString()).toContain('left at the source, which does not have it any more')
  })
})

test('nothing that a record says reaches the terminal as a control character', async () => {
  const dir = newDirectory()
  const evil = '\u001B[2J\u0007\u009B31m'
  const letter = deadLetter({ type: evil, message: `${evil}\nsecond line`, key: evil, value: evil, source: evil })
  await store(dir, [letter, deadLetter({ value: { text: evil } })])
  const { stdout } = await leat(['dlq', 'show', 'orders.dlq', '-n', '2', '-d', dir])
  expect(stdout.toString()).toContain(String.raw`\x1b[2J`)
  expect(stdout.toString()).not.toMatch(/[^\P{Cc}\n]/u)
})

test('headers that claim a family and do not parse are shown as damaged, and the rest is told all the same', async () => {
  const dir = newDirectory()
  const headers = [
    { key: 'kafka_dlt-original-topic', value: 'orders' },
    { key: 'kafka_dlt-original-offset', value: { base64: 'AQID' } },
    { key: '__connect.errors.topic', value: { base64: '/w==' } },
    { key: 'x-death', value: { base64: 'QQAAAP8=' } },
  ]
  await store(dir, [{ topic: 'orders.dlq', partition: 0, value: 'v', headers }])
  const text = (await leat(['dlq', 'show', 'orders.dlq', '-d', dir])).stdout.toString()
  expect(text).toContain('from          orders\n')
  expect(text).toContain('kafka_dlt-original-offset (spring): it has 3 bytes, not 8')
  expect(text).toContain('__connect.errors.topic (connect): it is not UTF-8')
  expect(text).toContain('x-death (rabbitmq): it is cut off')
})

test('an event in an envelope of JSON is told by its fields, and shown unwrapped, its digits kept', async () => {
  const dir = newDirectory()
  const value =
    '{"original_event": {"id": 9007199254740993, "n": 1.0}, "failed_at": "2026-11-21T08:00:00Z", "error_message": "no", "error_type": "E", "retry_count": 2, "source_topic": "orders", "source_partition": 1, "source_offset": 9007199254740993}'
  await store(dir, [{ topic: 'failed', partition: 0, value }])
  const { stdout } = await leat(['dlq', 'show', 'failed', '--json', '-d', dir])
  expect(stdout.toString()).toContain('"offset":9007199254740993')
  expect(lines(stdout)).toMatchObject([
    {
      failures: [{ family: 'json-envelope', topic: 'orders', partition: 1, error: { type: 'E', message: 'no' }, attempts: 3 }],
      original: { value: '{"id":9007199254740993,"n":1.0}' },
    },
  ])
})

test('a binary value is a hex dump, and one place shows one letter', async () => {
  const dir = newDirectory()
  const binary = { ...deadLetter({}), value: { base64: Buffer.from([0, 1, 0xff, 0x41]).toString('base64') } }
  await store(dir, [binary, deadLetter({ value: 'plain words' })])
  const first = await leat(['dlq', 'show', 'orders.dlq', '-o', '0', '-d', dir])
  expect(first.stdout.toString()).toMatch(/00000000 {2}00 01 ff 41 +\|\.\.\.A\|/)
  expect(first.stdout.toString()).not.toContain('plain words')
  expect((await leat(['dlq', 'show', 'orders.dlq', '-o', '2', '-d', dir])).stderr).toContain('has no record at offset 2')
  expect((await leat(['dlq', 'show', 'orders.dlq', '-o', '9', '-d', dir])).exitCode).toBe(1)
})

test('what is long is cut where a person reads it, and whole with --full and --json', async () => {
  const dir = newDirectory()
  const long = { key: 'k'.repeat(100_000), message: `first\n${'m'.repeat(100_000)}` }
  const binary = { ...deadLetter({}), value: { base64: Buffer.alloc(9000, 0xff).toString('base64') } }
  await store(dir, [deadLetter({ ...long, value: { text: 'v'.repeat(500_000) } }), deadLetter({ value: 'w'.repeat(500_000) }), binary])
  const show = async (...words: string[]): Promise<string> =>
    (await leat(['dlq', 'show', 'orders.dlq', ...words, '-d', dir])).stdout.toString()
  const short = await show('-o', '0')
  expect(short.length).toBeLessThan(70_000)
  expect(short.match(/more characters \(--full shows them\)/g)).toHaveLength(3)
  expect(await show('-o', '1')).toContain('… and 483616 more characters (--full shows them)')
  expect(await show('-o', '2')).toContain('… and 4904 more bytes (--full shows them)')
  for (const offset of ['0', '1', '2']) expect(await show('-o', offset, '--full')).not.toContain('--full shows them')
  expect(await show('-o', '0', '--full')).toContain('v'.repeat(500_000))
  expect(await show('-o', '0', '--json')).toContain('v'.repeat(500_000))
})
