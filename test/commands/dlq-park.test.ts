// leat dlq park, as a user sees it.
import { expect, test } from 'vitest'
import { letterLine, place } from '../support/replays.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'

const letter = (value: string, type: string): string => letterLine({ value, timestamp: 7 }, { topic: 'orders', 'error.type': type })

test('takes out what is picked, as it is, with the reason; a replay does not take it any more', async () => {
  const { run, produce, records } = place()
  await run('topic', 'create', 'orders')
  await produce('orders.dlq', [letter('a', 'E'), letter('b', 'F'), letter('c', 'E')])
  const dry = await run('dlq', 'park', 'orders.dlq', '--reason', 'r', '--error-type', 'E', '--dry-run', '--json')
  expect((await run('topic', 'list')).stdout.toString()).not.toContain('parked')
  const result = await run('dlq', 'park', 'orders.dlq', '--reason', 'customer is gone: Öl 4711', '--error-type', 'E', '--json')
  const summary = JSON.parse(result.stdout.toString()) as Record<string, unknown>
  expect(schemaErrors(readSchema('dlq-park'), summary)).toEqual([])
  expect(summary).toMatchObject({ records: 2, targets: [{ topic: 'orders.dlq.parked', records: 2 }], passedOver: 1 })
  expect({ ...(JSON.parse(dry.stdout.toString()) as object), isDryRun: false }).toEqual(summary)

  const [before] = await records('orders.dlq')
  const parked = await records('orders.dlq.parked')
  expect(parked.map(({ value, timestamp }) => [value, timestamp])).toEqual([
    ['a', '7'],
    ['c', '7'],
  ])
  expect(parked[0]?.headers.slice(0, -2)).toEqual(before?.headers)
  expect(parked[0]?.headers.slice(-2)).toEqual([
    { key: 'leat.dlq.parked.reason', value: 'customer is gone: Öl 4711' },
    { key: 'leat.dlq.parked.at', value: expect.stringMatching(/^1\d{12}$/) as string },
  ])
  // They carry the time of the original, and are kept all the same.
  expect((await run('topic', 'describe', 'orders.dlq.parked', '--json')).stdout.toString()).toContain('"retention.ms":"-1"')

  await run('dlq', 'replay', 'orders.dlq')
  expect((await records('orders')).map(({ value }) => value)).toEqual(['b'])
})

test('a reason is needed, and is no book; what is parked is not parked again', async () => {
  const { run, produce } = place()
  await produce('orders.dlq', [letter('a', 'E')])
  expect((await run('dlq', 'park', 'orders.dlq')).exitCode).toBe(2)
  expect((await run('dlq', 'park', 'orders.dlq', '--reason', ' ')).exitCode).toBe(2)
  expect((await run('dlq', 'park', 'orders.dlq', '--reason', 'x'.repeat(5000))).exitCode).toBe(2)
  expect((await run('dlq', 'park', 'orders.dlq', '--reason', 'r', '--exactly-once')).exitCode).toBe(0)
  expect((await run('dlq', 'park', 'orders.dlq.parked', '--reason', 'r')).exitCode).toBe(2)
})

test('the largest record that a dead-letter topic takes can be parked', async () => {
  const { run, produce, records } = place()
  await run('topic', 'create', 'orders.dlq', '--config', 'max.message.bytes=2000')
  await produce('orders.dlq', [letter('x'.repeat(1800), 'E')])
  expect((await run('dlq', 'park', 'orders.dlq', '--reason', 'r'.repeat(4000))).exitCode).toBe(0)
  expect((await records('orders.dlq.parked')).length).toBe(1)
})
