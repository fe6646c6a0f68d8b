import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Header, readDeadLetter } from '../../src/dead-letters/dead-letter.ts'
import { ownHeaders } from '../../src/dead-letters/strip-headers.ts'
import { failureHeaders, type NewFailure } from '../../src/dead-letters/write-headers.ts'

const text = (key: string, value: string): Header => ({ key, value: Buffer.from(value) })

function connectHeaders(topic: string, offset: string): Header[] {
  return [
    text('__connect.errors.topic', topic),
    text('__connect.errors.partition', '0'),
    text('__connect.errors.offset', offset),
    text('__connect.errors.exception.class.name', 'a.B'),
  ]
}

const failure: NewFailure = {
  topic: 'orders',
  partition: 2,
  offset: 2n ** 60n,
  timestamp: -1n,
  group: 'billing',
  error: { type: 'Timeout', message: 'it took too long', stack: 'at\nat' },
  attempts: 3,
  firstFailedAt: 5n,
  lastFailedAt: 9n,
}

test('what leat writes reads back, past 2^53 too', () => {
  const letter = readDeadLetter([text('a', 'b'), ...failureHeaders(failure)])
  expect(letter).toEqual({ failures: [{ ...failure, family: 'leat', details: new Map() }], damaged: [], replays: 0 })
})

test('several families on one record: the oldest failure comes first, whoever wrote it', () => {
  const headers = [...connectHeaders('source', '7'), ...failureHeaders({ ...failure, topic: 'source.dlq' })]
  expect(readDeadLetter(headers)?.failures.map(({ family, topic }) => [family, topic])).toEqual([
    ['connect', 'source'],
    ['leat', 'source.dlq'],
  ])
  expect(readDeadLetter([...headers.slice(4), ...headers.slice(0, 4)])?.failures.map(({ family }) => family)).toEqual(['leat', 'connect'])
})

test('a family that appends says each of its failures', () => {
  const letter = readDeadLetter([...failureHeaders(failure), ...failureHeaders({ ...failure, topic: 'again', attempts: 1, group: null })])
  expect(letter?.failures.map(({ topic, attempts }) => [topic, attempts])).toEqual([
    ['orders', 3],
    ['again', 1],
  ])
})

test('digits are no 32-bit integer, and four bytes are no digits: which it is goes by the family', () => {
  const number = Buffer.from([0, 0, 4, 210])
  const spring = [text('kafka_dlt-original-topic', 't'), { key: 'kafka_dlt-original-partition', value: Buffer.from('1234') }]
  expect(readDeadLetter(spring)?.failures[0]?.partition).toBe(0x31323334)
  const connect = [text('__connect.errors.topic', 't'), { key: '__connect.errors.partition', value: number }]
  expect(readDeadLetter(connect)).toMatchObject({
    failures: [{ topic: 't', partition: null }],
    damaged: [{ family: 'connect', key: '__connect.errors.partition', reason: 'it is not a number in digits' }],
  })
})

test('a number past 64 bits is damaged', () => {
  const headers = [text('leat.dlq.topic', 't'), text('leat.dlq.timestamp', '9999999999999999999')]
  expect(readDeadLetter(headers)).toMatchObject({ failures: [{ timestamp: null }], damaged: [{ reason: 'it does not fit 64 bits' }] })
})

test('headers that only look a little like a family’s make no dead letter', () => {
  expect(
    readDeadLetter([text('kafka_deliveryAttempt', '\x00\x00\x00\x01'), text('x-exception-message', 'a'), text('dead-letter', 'b')]),
  ).toBeNull()
  expect(readDeadLetter([])).toBeNull()
})

test('a topic that is not UTF-8 is damaged, and shown as that', () => {
  const letter = readDeadLetter([{ key: 'dead-letter-topic', value: Buffer.from([0xff]) }])
  expect(letter).toMatchObject({ damaged: [{ family: 'smallrye', key: 'dead-letter-topic', reason: 'it is not UTF-8' }] })
})

test('a count of replays that is none is damaged, and known to be unknown', () => {
  for (const value of ['many', '-1', '99999999999999999', '']) {
    const letter = readDeadLetter([text('leat.dlq.replays', value), ...connectHeaders('t', '1')])
    expect(letter).toMatchObject({ replays: null, damaged: [{ family: 'leat', key: 'leat.dlq.replays' }] })
  }
  expect(readDeadLetter([...failureHeaders(failure), { key: 'leat.dlq.replays', value: null }])?.replays).toBeNull()
  expect(readDeadLetter([...failureHeaders(failure), text('leat.dlq.replays', '3')])).toMatchObject({ replays: 3, damaged: [] })
})

test('a header that nobody but the family has is damaged also where the family does not say a topic', () => {
  const letter = readDeadLetter([{ key: 'kafka_dlt-original-offset', value: Buffer.from([1, 2, 3]) }, text('leat.dlq.partition', 'one')])
  expect(letter).toMatchObject({ failures: [], damaged: [{ key: 'leat.dlq.partition' }, { key: 'kafka_dlt-original-offset' }] })
  expect(readDeadLetter([text('x-original-offset', '12'), text('dead-letter-offset', 'last')])).toBeNull()
})

test('a long stack and message are cut between characters, and say how long they were', () => {
  const long = { ...failure, error: { type: 'E', message: 'ü'.repeat(4000), stack: 'ü'.repeat(9000) } }
  const cause = readDeadLetter(failureHeaders(long))?.failures[0]?.error
  expect(cause?.message).toMatch(/^ü{2048} … \(8000 bytes\)$/)
  expect(cause?.stack).toMatch(/^ü{4096} … \(18000 bytes\)$/)
})

describe('replaying', () => {
  test('takes the failure away and leaves the rest, in order, duplicates and nulls too', () => {
    const own: Header[] = [text('a', '1'), { key: 'b', value: null }, text('a', '2')]
    expect(
      ownHeaders([own[0] as Header, ...connectHeaders('t', '1'), own[1] as Header, ...failureHeaders(failure), own[2] as Header]),
    ).toEqual(own)
  })

  test('a header that only begins like one of a family the record has no failure of is the application’s', () => {
    const own = [text('dead-letter-office', 'Bern'), text('x-original-path', '/')]
    expect(ownHeaders([...own, ...failureHeaders(failure)])).toEqual(own)
  })
})

test('whatever headers there are, reading them gives an answer, and stripping them gives some of them', () => {
  const names = fc.constantFrom(
    'leat.dlq.topic',
    'leat.dlq.attempts',
    'leat.dlq.replays',
    'kafka_dlt-original-topic',
    'kafka_dlt-original-offset',
    'kafka_original-topic',
    'retry_topic-attempts',
    '__connect.errors.topic',
    '__dlq.errors.topic',
    'x-original-topic',
    'topic_poisoned',
    'other',
  )
  const header = fc.record({ key: names, value: fc.option(fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes))) })
  fc.assert(
    fc.property(fc.array(header, { maxLength: 12 }), (headers) => {
      const letter = readDeadLetter(headers)
      expect((letter?.failures.length ?? 0) + (letter?.damaged.length ?? 0)).toBeLessThanOrEqual(2 * headers.length)
      const own = ownHeaders(headers)
      expect(own.filter(({ key }) => key === 'other')).toEqual(headers.filter(({ key }) => key === 'other'))
      expect(own.every((kept) => (headers as Header[]).includes(kept))).toBe(true)
    }),
  )
})
