import { expect, test } from 'vitest'
import { messageShape } from '../../src/dead-letters/message-shape.ts'
import { isDeadLetterTopicName, isRetryTopicName } from '../../src/dead-letters/topic-names.ts'

test.each([
  ['card declined for order 17', 'card declined for order <n>'],
  ['no field \'id\' in "order-17"', 'no field "…" in "…"'],
  ['timeout after 30000 ms calling 10.0.3.7:8080', 'timeout after <n> ms calling <address>'],
  ['user 6f9619ff-8b86-d011-b42d-00c04fc964ff is gone', 'user <uuid> is gone'],
  ['at 2026-11-21T08:00:00.123Z the bank said -12.50', 'at <time> the bank said <n>'],
  ['object 0x7f3a and deadbeef01', 'object <hex> and <hex>'],
  ['order-17 and customer_4 failed', 'order-<n> and customer_<n> failed'],
  ['first line\nsecond line 7', 'first line'],
  ['', ''],
])('%j has the shape %j', (message, shape) => expect(messageShape(message)).toBe(shape))

test('messages that differ in what they are about have one shape', () => {
  expect(messageShape('order 1 of "Ann" failed')).toBe(messageShape('order 2345 of "Bob" failed'))
  expect(messageShape('no such order 1')).not.toBe(messageShape('no such customer 1'))
})

test('a long message costs no time and makes a short shape', () => {
  expect(messageShape('9'.repeat(1_000_000)).length).toBeLessThan(250)
  expect(messageShape(`"${'\\'.repeat(1_000_000)}`).length).toBeLessThan(250)
})

test('dead-letter topics of all tools are known by their names', () => {
  for (const name of [
    'orders.dlq',
    'orders-dlt',
    'orders.DLT',
    'dlq.orders',
    'dead-letter-topic-orders',
    'error.orders.billing',
    'orders_poisoned',
  ])
    expect([name, isDeadLetterTopicName(name)]).toEqual([name, true])
  for (const name of ['orders', 'dlq', '.dlq', 'errors', 'orders-retry-0'])
    expect([name, isDeadLetterTopicName(name)]).toEqual([name, false])
  for (const name of ['orders-retry', 'orders-retry-0', 'orders.retry.1']) expect([name, isRetryTopicName(name)]).toEqual([name, true])
})
