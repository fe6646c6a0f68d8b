// Bad input gets a clear error and the right exit code, and nothing before it is lost.
import fs from 'node:fs'
import { describe, expect, test } from 'vitest'
import { leat, type LeatResult } from '../support/leat.ts'
import { outcome, valuesOf } from '../support/results.ts'
import { newDirectory } from '../support/temporary-directory.ts'

describe('bad JSON at line 3 where a key is asked for', () => {
  const input = '{"id":1}\n{"id":2}\n{"id":\n{"id":4}\n'
  const run = (dir: string, onError: string): Promise<LeatResult> =>
    leat(['produce', 't', '--key-field', '.id', '--on-error', onError, '-d', dir], { input })

  test('stop: what is before it is stored, exit 1, with the line, the reason and how it begins', async () => {
    const dir = newDirectory()
    const result = await run(dir, 'stop')
    expect(outcome(result)[0]).toBe(1)
    expect(outcome(result)[1]).toMatch(/^leat: line 3: .+ \(it begins '\{"id":'\); the 2 records before it are stored$/)
    expect(await valuesOf('t', dir)).toEqual(['{"id":1}', '{"id":2}'])
  })

  test('skip: all others are stored, exit 3, with the count', async () => {
    const dir = newDirectory()
    const result = await run(dir, 'skip')
    expect(result.exitCode).toBe(3)
    expect(result.stderr).toMatch(/line 3: .*\nleat: 1 record was not stored\n$/)
    expect(await valuesOf('t', dir)).toEqual(['{"id":1}', '{"id":2}', '{"id":4}'])
  })

  test('dlq: it is kept in t.dlq, exit 3', async () => {
    const dir = newDirectory()
    expect((await run(dir, 'dlq')).exitCode).toBe(3)
    expect(await valuesOf('t', dir)).toEqual(['{"id":1}', '{"id":2}', '{"id":4}'])
    expect(await valuesOf('t.dlq', dir)).toEqual(['{"id":'])
  })
})

test('a line over max.message.bytes is refused by its number, and those after it are stored with skip', async () => {
  const dir = newDirectory()
  const input = `a\n${'x'.repeat(1_100_000)}\nb\n`
  const stopped = await leat(['produce', 't', '-d', dir], { input })
  expect(outcome(stopped)[0]).toBe(1)
  expect(outcome(stopped)[1]).toMatch(/^leat: line 2: .*max\.message\.bytes.*; the record before it is stored$/)
  expect((await leat(['produce', 't', '--on-error', 'skip', '-d', dir], { input })).exitCode).toBe(3)
  expect(await valuesOf('t', dir)).toEqual(['a', 'a', 'b'])
})

test('bytes that are not UTF-8 are refused where a key field is asked for, and kept as they are otherwise', async () => {
  const dir = newDirectory()
  const input = Buffer.from('{"id":"a"}\n{"id":"\xff"}\n', 'latin1')
  const refused = await leat(['produce', 't', '--key-field', '.id', '-d', dir], { input })
  expect(refused.exitCode).toBe(1)
  expect(refused.stderr).toMatch(/line 2: .*UTF-8/)
  expect(await valuesOf('t', dir)).toEqual(['{"id":"a"}'])
  expect((await leat(['produce', 'raw', '-d', dir], { input })).exitCode).toBe(0)
  expect((await leat(['consume', 'raw', '-d', dir])).stdout).toEqual(input)
})

test('a record without a key on a compacted topic is refused', async () => {
  const dir = newDirectory()
  await leat(['topic', 'create', 'table', '--config', 'cleanup.policy=compact', '-d', dir])
  const result = await leat(['produce', 'table', '-d', dir], { input: 'a\n' })
  expect(outcome(result)).toEqual([1, expect.stringMatching(/^leat: line 1: the record has no key, and 'table' is compacted/)])
})

test.each([
  ['a b', /^leat: 'a b' is not a topic name: it has a character/],
  ['..', /^leat: '\.\.' is not a topic name/],
  ['x'.repeat(250), /is not a topic name: it has 250 characters/],
  ['__consumer_offsets', /^leat: '__consumer_offsets' holds the state of Kafka itself/],
])('a topic that Kafka would refuse is refused before anything is made: %s', async (name, message) => {
  const dir = newDirectory()
  expect(outcome(await leat(['produce', name, '-d', dir], { input: 'a\n' }))).toEqual([2, expect.stringMatching(message)])
  expect(fs.existsSync(dir)).toBe(false)
})

test('what is not there is named, with what may have been meant', async () => {
  const dir = newDirectory()
  await leat(['produce', 'orders', '-d', dir], { input: 'a\n' })
  const topic = await leat(['consume', 'oders', '-d', dir])
  expect(topic.exitCode).toBe(1)
  expect(topic.stderr).toContain("Did you mean 'orders'?")
  const flag = await leat(['consume', 'orders', '--jsno', '-d', dir])
  expect(flag.exitCode).toBe(2)
  expect(flag.stderr).toContain('Did you mean --json?')
  const directory = await leat(['consume', 'orders', '-d', `${dir}/none`])
  expect(directory.exitCode).toBe(1)
  expect(directory.stderr).toContain(`${dir}/none`)
})

test('partitions that do not exist are named', async () => {
  const dir = newDirectory()
  await leat(['topic', 'create', 't', '--partitions', '2', '-d', dir])
  const written = await leat(['produce', 't', '-p', '2', '-d', dir], { input: 'a\n' })
  expect(outcome(written)).toEqual([1, expect.stringMatching(/'t' has no partition 2; it has 2 partitions: 0-1/)])
  const envelope = await leat(['produce', 't', '--json', '-d', dir], { input: '{"partition":2,"value":"a"}\n' })
  expect(outcome(envelope)).toEqual([1, expect.stringMatching(/^leat: line 1: 't' has no partition 2; it has 2 partitions: 0-1/)])
  expect(envelope.stderr).toContain('`leat topic alter t --partitions 3`; a new topic gets as many as --create-partitions says')
  const read = await leat(['consume', 't', '-p', '0,5', '-d', dir])
  expect(outcome(read)).toEqual([1, expect.stringMatching(/'t' has no partition 5; it has 2 partitions: 0-1/)])
})

test('an offset outside the log is refused, with where the log is', async () => {
  const dir = newDirectory()
  await leat(['produce', 't', '-d', dir], { input: 'a\nb\nc\n' })
  const result = await leat(['consume', 't', '-o', '7', '-d', dir])
  expect(result.exitCode).toBe(1)
  expect(result.stderr).toMatch(/^leat: t-0 has offsets 0 to 3; 7 is outside\n/)
})
