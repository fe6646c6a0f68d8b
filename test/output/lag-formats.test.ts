// Lag for monitoring systems.
import { expect, test } from 'vitest'
import type { PartitionLag } from '../../src/operations/lag/partition-lag.ts'
import { nagiosReport, nagiosUnknown } from '../../src/output/lag-nagios.ts'
import { prometheusText } from '../../src/output/lag-prometheus.ts'

const lag: PartitionLag = {
  group: 'billing',
  topic: 'orders',
  partition: 0,
  currentOffset: 9_007_199_254_740_993n,
  logEndOffset: 9_007_199_254_741_033n,
  lag: 40n,
  lagSeconds: 12.5,
  rateIn: 20,
  rateOut: 10,
  trend: 'growing',
  catchesUp: false,
  catchUpSeconds: null,
  lossSeconds: null,
  lostOffsets: 0n,
  status: 'OK',
}
const missing: PartitionLag = { ...lag, partition: 1, logEndOffset: null, lag: null, lagSeconds: null, status: null }

test.each([
  ['OK', 0, /^LAG OK: 40 unread in 1 partition \| /],
  ['WARN', 1, /^LAG WARNING: 'billing' on orders-0: WARN, 40 unread \| /],
  ['STOP', 2, /^LAG CRITICAL: 'billing' on orders-0: STOP, 40 unread \| /],
  ['REWIND', 2, /^LAG CRITICAL/],
] as const)('nagios: the verdict %s is exit code %i', (status, exitCode, text) => {
  const report = nagiosReport([{ ...lag, status }], null, null)
  expect(report.exitCode).toBe(exitCode)
  expect(report.text).toMatch(text)
})

test('nagios: with limits they alone count; what is wrong beyond the first goes into lines of its own', () => {
  expect(nagiosReport([{ ...lag, status: 'STOP' }], [], 100n)).toEqual({
    text: "LAG OK: 40 unread in 1 partition | 'billing/orders-0'=40;;100;0\n",
    exitCode: 0,
  })
  const { text, exitCode } = nagiosReport([lag, missing], ['first', 'second'], null)
  expect([text, exitCode]).toEqual(["LAG CRITICAL: first | 'billing/orders-0'=40;;;0\nsecond\n", 2])
})

test('nagios: names cannot break out of their place', () => {
  const odd = { ...lag, group: "a|b='c'\n" }
  expect(nagiosReport([odd], null, null).text).toBe("LAG OK: 40 unread in 1 partition | 'a b_''c'' /orders-0'=40;;;0\n")
  expect(nagiosUnknown('no | way\n')).toEqual({ text: 'LAG UNKNOWN: no   way \n', exitCode: 3 })
})

test('prometheus: integers keep their digits, never is +Inf, and what is not known has no line', () => {
  const lines = prometheusText([lag, missing]).split('\n')
  expect(lines).toContain('leat_group_current_offset{group="billing",topic="orders",partition="0"} 9007199254740993')
  expect(lines).toContain('leat_group_catch_up_seconds{group="billing",topic="orders",partition="0"} +Inf')
  expect(lines.filter((line) => line.startsWith('leat_group_lag_records'))).toEqual([
    'leat_group_lag_records{group="billing",topic="orders",partition="0"} 40',
  ])
  expect(lines.filter((line) => line.includes('loss_seconds'))).toEqual([])
  expect(prometheusText([])).toBe('')
  expect(prometheusText([{ ...lag, group: 'a"b\\c\nd' }])).toContain(String.raw`group="a\"b\\c\nd"`)
})
