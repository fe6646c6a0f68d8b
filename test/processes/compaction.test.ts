// Writers, readers and followers in other processes go on while a topic is compacted again and again.
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { finished, leat, startLeat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const CONFIGS = ['cleanup.policy=compact', 'segment.index.bytes=64', 'index.interval.bytes=0', 'delete.retention.ms=0']
const KEYS = 50
const COMPACTIONS = 5

interface Line {
  readonly key: string
  readonly value: string
  readonly offset: number
}

function linesOf(stdout: Buffer): Line[] {
  const lines = stdout.toString().split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Line)
}

test('compaction disturbs neither who writes nor who reads', { timeout: 120_000 }, async () => {
  const dir = `${temporaryDirectory()}/data`
  await leat(['topic', 'create', 't', ...CONFIGS.flatMap((config) => ['--config', config]), '-d', dir])
  const follower = startLeat(['consume', 't', '-f', '--json', '-d', dir])
  const followed = finished(follower)
  const writer = startLeat(['produce', 't', '-K', ':', '--batch-bytes', '1KiB', '-d', dir])
  const written = finished(writer)
  const enough = new AbortController()
  /** Round after round, until there were enough compactions; returns how many. */
  const write = async (): Promise<number> => {
    let round = 0
    for (; !enough.signal.aborted; round++) {
      for (let key = 0; key < KEYS; key++) writer.stdin.write(`k${key}:${round}\n`)
      await setTimeout(25)
    }
    writer.stdin.end()
    return round
  }
  const writing = write()
  for (let compaction = 0; compaction < COMPACTIONS; compaction++) {
    const compacted = await leat(['compact', 't', '--roll', '-q', '-d', dir])
    expect([compacted.stderr, compacted.exitCode]).toEqual(['', 0])
    const read = await leat(['consume', 't', '--json', '-d', dir])
    expect([read.stderr, read.exitCode]).toEqual(['', 0])
    const offsets = linesOf(read.stdout).map(({ offset }) => offset)
    expect(offsets).toEqual([...new Set(offsets)].toSorted((a, b) => a - b))
  }
  enough.abort()
  const rounds = await writing
  expect((await written).exitCode).toBe(0)
  await leat(['compact', 't', '--roll', '-q', '-d', dir])

  const table = await leat(['table', 't', '--json', '-d', dir])
  const expected = Array.from({ length: KEYS }, (_, key) => [`k${key}`, String(rounds - 1)])
  expect(linesOf(table.stdout).map(({ key, value }) => [key, value])).toEqual(expected)
  await setTimeout(1000)
  follower.kill('SIGINT')
  const { stdout, stderr } = await followed
  expect(stderr).toBe('')
  const seen = linesOf(stdout)
  // Each record comes at most once, in order; what was superseded before it was read may be missing, nothing else.
  expect(seen.map(({ offset }) => offset)).toEqual([...new Set(seen.map(({ offset }) => offset))].toSorted((a, b) => a - b))
  expect(Object.fromEntries(seen.map(({ key, value }) => [key, value]))).toEqual(Object.fromEntries(expected))
})

test('a second compaction of the same topic at the same time is refused', async () => {
  const dir = `${temporaryDirectory()}/data`
  await leat(['topic', 'create', 't', ...CONFIGS.flatMap((config) => ['--config', config]), '-d', dir])
  const lines = Array.from({ length: 200_000 }, (_, index) => `${index}:${'x'.repeat(100)}`).join('\n')
  await leat(['produce', 't', '-K', ':', '--no-sync', '-d', dir], { input: lines })
  const both = await Promise.all([1, 2, 3, 4].map(() => leat(['compact', 't', '--roll', '-q', '-d', dir])))
  const failed = both.filter(({ exitCode }) => exitCode !== 0)
  expect(both.length).toBeGreaterThan(failed.length)
  for (const { stderr, exitCode } of failed)
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('another process compacts t-0')])
})
