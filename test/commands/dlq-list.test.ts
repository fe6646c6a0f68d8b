// `leat dlq list`: the dead-letter topics of a directory.
import { expect, test } from 'vitest'
import { deadLetter, lines, store } from '../support/letters.ts'
import { newDirectory } from '../support/temporary-directory.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { leat } from '../support/leat.ts'

const HOUR_MS = 3_600_000

test('topics are found by their names, and by what is in them; others are not', async () => {
  const dir = newDirectory()
  await store(dir, [
    { topic: 'orders', partition: 0, value: 'v' },
    { topic: 'empty.dlq', partition: 0, value: 'not a letter' },
    deadLetter({ topic: 'failures' }),
    deadLetter({ topic: 'orders.parked' }),
    deadLetter({ topic: 'orders.retry.1' }),
  ])
  const found = lines((await leat(['dlq', 'list', '--json', '-d', dir])).stdout)
  expect(found.map(({ topic, kind }) => [topic, kind])).toEqual([
    ['empty.dlq', 'dead-letters'],
    ['failures', 'dead-letters'],
    ['orders.parked', 'parked'],
  ])
  for (const one of found) expect(schemaErrors(readSchema('dlq-list'), one)).toEqual([])
})

test('a stray header, or a record that was put back with its headers, makes no dead-letter topic', async () => {
  const dir = newDirectory()
  const plain = (topic: string, headers: object[] = []): object => ({ topic, partition: 0, value: 'v', headers })
  await store(dir, [
    plain('orders', [{ key: 'leat.dlq.topic', value: 'orders' }]),
    plain('payments'),
    plain('payments'),
    deadLetter({ topic: 'payments' }),
    plain('failures'),
    deadLetter({ topic: 'failures' }),
  ])
  const found = lines((await leat(['dlq', 'list', '--json', '-d', dir])).stdout)
  expect(found.map(({ topic }) => topic)).toEqual(['failures'])
})

test('a topic’s depth, arrivals, age, sources and most frequent reason are told', async () => {
  const dir = newDirectory()
  const old = Date.now() - 5 * HOUR_MS
  await store(dir, [
    deadLetter({ failedAt: old, message: 'no answer after 1 ms' }),
    deadLetter({ message: 'no answer after 2 ms', source: 'payments' }),
    deadLetter({ type: 'Other' }),
  ])
  const [topic] = lines((await leat(['dlq', 'list', '--json', '-d', dir])).stdout)
  expect(topic).toMatchObject({
    depth: 3,
    replayGroup: null,
    arrivalsLastHour: 2,
    sources: ['orders', 'payments'],
    topReason: { errorType: 'Timeout', shape: 'no answer after <n> ms', count: 2 },
  })
  expect(topic?.['oldestAgeMs']).toBeGreaterThanOrEqual(5 * HOUR_MS)
  const table = (await leat(['dlq', 'list', '--columns', 'topic,depth,top-reason', '--no-headers', '-d', dir])).stdout.toString()
  expect(table).toBe('orders.dlq  3  Timeout: no answer after <n> ms (2)\n')
})

test('what was replayed does not count any more', async () => {
  const dir = newDirectory()
  await leat(['topic', 'create', 'orders', '--partitions', '1', '-d', dir])
  await store(dir, [deadLetter({}), deadLetter({ type: 'Other' }), deadLetter({})])
  expect((await leat(['dlq', 'replay', 'orders.dlq', '--error-type', 'Timeout', '-d', dir])).exitCode).toBe(0)
  const [topic] = lines((await leat(['dlq', 'list', '--json', '-d', dir])).stdout)
  expect(topic).toMatchObject({ depth: 1, topReason: { errorType: 'Other' } })
})

test('a reason of many control characters is a short cell', async () => {
  const dir = newDirectory()
  const message = `${'\0'.repeat(3000)}broken`
  const headers = { 'leat.dlq.topic': 'orders', 'leat.dlq.error.type': `E${'\u001b'.repeat(3000)}`, 'leat.dlq.error.message': message }
  const list = Object.entries(headers).map(([key, value]) => ({ key, value }))
  await store(dir, [{ topic: 'orders.dlq', partition: 0, value: 'v', headers: list }])
  const { stdout } = await leat(['dlq', 'list', '--columns', 'TOP-REASON', '--no-headers', '-d', dir])
  expect(stdout.toString()).toBe('E\\x1b\\x1b\\x1b…: \\x00\\x00\\x00… (1)\n')
})
