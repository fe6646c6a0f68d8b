// Burrow's rules as a table. Each case is what a group committed as `second:offset/lag`, then what is unread now and when now is.
import { describe, expect, test } from 'vitest'
import { type Commit, isWorse, lagStatus, LAG_STATUSES } from '../../../src/operations/lag/status.ts'

function commitsOf(text: string): Commit[] {
  return text.split(' ').flatMap((word) => {
    const match = /^(\d+):(\d+)\/(\d+|\?)$/.exec(word)
    if (match === null) return []
    const [second, offset, lag] = match.slice(1) as [string, string, string]
    return [{ timestampMs: BigInt(second) * 1000n, offset: BigInt(offset), lag: lag === '?' ? null : BigInt(lag) }]
  })
}

interface Case {
  readonly what: string
  readonly commits: string
  readonly lag: bigint
  readonly now: number
  /** The second at which nothing was unread for the last time. */
  readonly caughtUp?: number
  readonly status: (typeof LAG_STATUSES)[number]
}

const cases: readonly Case[] = [
  { what: 'nothing is unread', commits: '0:10/5 60:10/5', lag: 0n, now: 9000, status: 'OK' },
  { what: 'nothing was ever committed', commits: '', lag: 5n, now: 9000, status: 'OK' },
  { what: 'lag goes up and down', commits: '0:10/5 60:20/9 120:30/8 180:40/9', lag: 9n, now: 200, status: 'OK' },
  { what: 'it was at the end at one commit', commits: '0:10/5 60:20/0 120:30/8 180:40/9', lag: 9n, now: 200, status: 'OK' },
  { what: 'lag only grows', commits: '0:10/5 60:20/6 120:30/8 180:40/9', lag: 9n, now: 200, status: 'WARN' },
  { what: 'lag stays the same', commits: '0:10/5 60:20/5 120:30/5', lag: 5n, now: 130, status: 'WARN' },
  { what: 'of some commits the lag is not known', commits: '0:10/5 60:20/? 120:30/6', lag: 9n, now: 130, status: 'WARN' },
  { what: 'of all but one the lag is not known', commits: '0:10/? 60:20/? 120:30/6', lag: 9n, now: 130, status: 'OK' },
  { what: 'the same offset again and again', commits: '0:10/5 60:10/6 120:10/7', lag: 9n, now: 130, status: 'STALL' },
  { what: 'the same offset, once with nothing behind it', commits: '0:10/0 60:10/6 120:10/7', lag: 9n, now: 130, status: 'OK' },
  { what: 'it went back', commits: '0:100/5 60:110/5 120:50/65 180:60/60', lag: 60n, now: 190, status: 'REWIND' },
  { what: 'it went back and has come further again', commits: '0:100/5 60:50/65 120:105/3 180:115/2', lag: 2n, now: 190, status: 'OK' },
  { what: 'it went back to where it was at the end', commits: '0:100/0 60:50/50', lag: 50n, now: 70, status: 'REWIND' },
  { what: 'silent for as long as the window lasted', commits: '0:10/5 600:20/5', lag: 9n, now: 1200, status: 'WARN' },
  { what: 'silent for longer', commits: '0:10/5 600:20/5', lag: 9n, now: 1201, status: 'STOP' },
  { what: 'silent for longer after it went back', commits: '0:10/5 60:5/10', lag: 10n, now: 600, status: 'STOP' },
  { what: 'silent, but at the end 100 seconds ago', commits: '0:10/5 60:20/5', lag: 1n, now: 3700, caughtUp: 3600, status: 'WARN' },
  { what: 'silent, and at the end before that', commits: '0:10/5 60:20/5', lag: 1n, now: 3701, caughtUp: 3600, status: 'STOP' },
]

describe('as Burrow judges', () => {
  test.each(cases)('$what: $status', ({ commits, lag, now, caughtUp, status }) => {
    const caughtUpAtMs = caughtUp === undefined ? null : BigInt(caughtUp) * 1000n
    expect(lagStatus({ commits: commitsOf(commits), lag, caughtUpAtMs, nowMs: BigInt(now) * 1000n })).toBe(status)
  })
})

describe('where Burrow cries wolf', () => {
  test('a record an hour: silence counts from when the record came, not from the last commit', () => {
    // Ten commits half an hour apart; the last was four hours and a half ago, and for most of that there was nothing to read.
    const commits = commitsOf(Array.from({ length: 10 }, (_, index) => `${index * 1800}:${index}/0`).join(' '))
    const at = (second: number): string => lagStatus({ commits, lag: 1n, caughtUpAtMs: 32_000_000n, nowMs: BigInt(second) * 1000n })
    expect(at(32_000 + 600)).toBe('OK')
    expect(at(32_000 + 16_201)).toBe('STOP')
  })

  test('a group that has committed once is not stalled, and has stopped only after ten seconds', () => {
    const at = (second: number): string =>
      lagStatus({ commits: commitsOf('100:10/5'), lag: 5n, caughtUpAtMs: null, nowMs: BigInt(second) * 1000n })
    expect([at(101), at(110), at(111)]).toEqual(['OK', 'OK', 'STOP'])
  })
})

test('verdicts get worse in Burrow’s order', () => {
  expect(LAG_STATUSES.map((status) => isWorse(status, 'STOP'))).toEqual([false, false, false, true, true])
})
