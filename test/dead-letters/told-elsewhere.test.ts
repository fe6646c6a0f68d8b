// Dead letters that are not told in single headers: RabbitMQ's table of deaths, and envelopes of JSON.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Header, readDeadLetter } from '../../src/dead-letters/dead-letter.ts'
import { readJsonEnvelope } from '../../src/dead-letters/json-envelope.ts'
import { ownHeaders } from '../../src/dead-letters/strip-headers.ts'

const header = (key: string, value: string | Buffer): Header => ({ key, value: Buffer.from(value as string) })

/** AMQP 0-9-1: what has a size before it. */
function sized(body: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}

const long = (type: string, value: bigint): Buffer => {
  const bytes = Buffer.alloc(9)
  bytes.write(type)
  bytes.writeBigInt64BE(value, 1)
  return bytes
}
const text = (value: string): Buffer => Buffer.concat([Buffer.from('S'), sized(Buffer.from(value))])
const array = (...items: Buffer[]): Buffer => Buffer.concat([Buffer.from('A'), sized(Buffer.concat(items))])
const table = (fields: Record<string, Buffer>): Buffer => {
  const items = Object.entries(fields).map(([name, value]) => Buffer.concat([Buffer.from([name.length]), Buffer.from(name), value]))
  return Buffer.concat([Buffer.from('F'), sized(Buffer.concat(items))])
}
const death = (queue: string, reason: string, count: bigint, seconds: bigint): Buffer =>
  table({
    count: long('l', count),
    reason: text(reason),
    queue: text(queue),
    time: long('T', seconds),
    exchange: text('shop'),
    'routing-keys': array(text('orders'), text('cc')),
  })

describe('x-death', () => {
  const deaths = array(death('orders.retry', 'expired', 3n, 1_742_480_600n), death('orders', 'rejected', 1n, 1_742_480_591n))

  test.each([
    ['with its type', deaths],
    ['without its type', deaths.subarray(1)],
  ])('as RabbitMQ’s bytes, %s: oldest first, seconds as milliseconds', (_, bytes) => {
    const letter = readDeadLetter([header('x-death', bytes), header('x-first-death-queue', 'orders')])
    expect(letter).toMatchObject({
      damaged: [],
      failures: [
        { family: 'rabbitmq', topic: 'orders', error: { type: 'rejected' }, attempts: 1, firstFailedAt: 1_742_480_591_000n },
        { topic: 'orders.retry', error: { type: 'expired' }, attempts: 3 },
      ],
    })
    expect(letter?.failures[0]?.details.get('routing-keys')).toBe('orders, cc')
  })

  test('as JSON it says the same', () => {
    const json = JSON.stringify([{ count: 2, reason: 'maxlen', queue: 'q', time: 5, exchange: '', 'routing-keys': ['q'] }])
    const letter = readDeadLetter([header('x-death', json)])
    expect(letter).toMatchObject({ failures: [{ topic: 'q', error: { type: 'maxlen' }, attempts: 2, firstFailedAt: 5000n }], damaged: [] })
  })

  test('cut off, nested without end, or something else: damaged, never a crash', () => {
    let nested: Buffer = Buffer.alloc(0)
    for (let depth = 0; depth < 200; depth++) nested = array(nested)
    const broken: (string | Buffer)[] = [
      deaths.subarray(0, -1),
      '[1]',
      '[{"queue":',
      '',
      nested,
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    ]
    for (const bytes of broken)
      expect(readDeadLetter([header('x-death', bytes)])).toMatchObject({ failures: [], damaged: [{ family: 'rabbitmq', key: 'x-death' }] })
  })

  test('any bytes give an answer', () => {
    const likely = fc.constantFrom(...Array.from('AFSltIVx', (char) => char.charCodeAt(0)), 0, 0, 0, 1, 4, 9, 0xff)
    fc.assert(
      fc.property(fc.array(likely, { maxLength: 40 }), (bytes) => {
        const letter = readDeadLetter([header('x-death', Buffer.from(bytes))])
        // An empty list of deaths tells of none.
        if (letter !== null) expect(letter.failures.length + letter.damaged.length).toBeGreaterThan(0)
        else expect(bytes.slice(-4)).toEqual([0, 0, 0, 0])
      }),
      { numRuns: 2000 },
    )
  })

  test('a replay takes all of RabbitMQ’s headers away', () => {
    const own = header('trace', 't')
    expect(ownHeaders([header('x-death', deaths), own, header('x-first-death-reason', 'rejected')])).toEqual([own])
  })
})

describe('an envelope of JSON', () => {
  const envelope = { original_event: { id: 1 }, error_type: 'E', error_message: 'm', source_topic: 'orders', retry_count: 0 }

  test('comes before what headers say, and before what a replay would take away', () => {
    const letter = readDeadLetter([header('leat.dlq.topic', 'orders.dlq')], Buffer.from(JSON.stringify(envelope)))
    expect(letter?.failures.map(({ family, topic }) => [family, topic])).toEqual([
      ['json-envelope', 'orders'],
      ['leat', 'orders.dlq'],
    ])
  })

  test.each([
    ['{"id":1}', '{"id":1}'],
    ['"a \\"text\\""', 'a "text"'],
    ['9007199254740993.50', '9007199254740993.50'],
    ['{"__proto__":{"a":1}}', '{"__proto__":{"a":1}}'],
    ['null', null],
  ])('the event %s is the value %s', (event, value) => {
    const original = readJsonEnvelope(Buffer.from(`{"original_event":${event},"source_topic":"t"}`))?.original
    expect(original?.toString() ?? null).toBe(value)
  })

  test.each([
    ['seconds', 1_763_712_000],
    ['milliseconds', 1_763_712_000_000],
    ['a date', '2025-11-21T08:00:00Z'],
  ])('the time of the failure may be %s', (_, failedAt) => {
    const failure = readJsonEnvelope(Buffer.from(JSON.stringify({ ...envelope, failed_at: failedAt })))?.failure
    expect(failure?.lastFailedAt).toBe(1_763_712_000_000n)
  })

  test('other values are not taken for one', () => {
    const values = ['{"original_event":1}', '"original_event"', '{"a":{"original_event":1,"source_topic":"t"}}', '{"original_event"', '[]']
    for (const value of values) expect(readJsonEnvelope(Buffer.from(value))).toBeNull()
    expect(readJsonEnvelope(null)).toBeNull()
  })
})
