// `leat compact` as users type it: what it prints, refuses, and leaves alone.
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { leat } from '../support/leat.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** A topic of several segments and seven keys. */
async function topicOf(configs: readonly string[], lines = 300): Promise<string> {
  const dir = `${temporaryDirectory()}/data`
  const all = ['segment.index.bytes=24', 'index.interval.bytes=0', ...configs].flatMap((config) => ['--config', config])
  await leat(['topic', 'create', 'users', ...all, '-d', dir])
  const input = Array.from({ length: lines }, (_, index) => `u${index % 7}:${index} ${'x'.repeat(50)}\n`).join('')
  await leat(['produce', 'users', '-K', ':', '--batch-bytes', '1KiB', '-d', dir], { input })
  return dir
}

function stateOf(dir: string): Map<string, string> {
  const names = fs.readdirSync(dir, { recursive: true, encoding: 'utf8' }).toSorted()
  return new Map(
    names.map((name) => {
      const stat = fs.statSync(path.join(dir, name))
      return [name, `${stat.mtimeMs} ${stat.isFile() ? fs.readFileSync(path.join(dir, name)).toString('base64') : ''}`]
    }),
  )
}

function printed(stdout: Buffer): Record<string, unknown>[] {
  const lines = stdout.toString().split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

test('--dry-run changes nothing, and tells what happens then', async () => {
  const dir = await topicOf(['cleanup.policy=compact'])
  const before = stateOf(dir)
  const planned = await leat(['compact', 'users', '--dry-run', '--roll', '--json', '-d', dir])
  expect([planned.stderr, planned.exitCode]).toEqual(['', 0])
  expect(stateOf(dir)).toEqual(before)
  const done = await leat(['compact', 'users', '--roll', '--json', '-d', dir])
  expect([done.stderr, done.exitCode]).toEqual(['', 0])
  expect(printed(done.stdout)).toEqual(printed(planned.stdout))
  expect(printed(done.stdout)[0]).toMatchObject({
    recordsBefore: 300,
    recordsAfter: 7,
    cleanedOffset: 300,
    dirtyRatio: 1,
    segmentsAfter: 1,
  })
  for (const line of printed(done.stdout)) expect(schemaErrors(readSchema('compact'), line)).toEqual([])
  const { stdout } = await leat(['consume', 'users', '-d', dir])
  expect(
    stdout
      .toString()
      .split('\n')
      .map((line) => line.split(' ')[0]),
  ).toEqual(['293', '294', '295', '296', '297', '298', '299', ''])
})

test('a compaction of what is compacted changes no segment', async () => {
  const dir = await topicOf(['cleanup.policy=compact'])
  await leat(['compact', 'users', '--roll', '-d', dir])
  const segments = (): Map<string, string> => new Map([...stateOf(dir)].filter(([name]) => name.endsWith('.log')))
  const before = segments()
  const again = await leat(['compact', 'users', '--roll', '--json', '-d', dir])
  expect(segments()).toEqual(before)
  expect(printed(again.stdout)[0]).toMatchObject({ recordsBefore: 7, recordsAfter: 7, dirtyRatio: 0 })
})

test('the active segment is left alone, and --roll is named where that is all there is', async () => {
  const dir = await topicOf(['cleanup.policy=compact'], 5)
  const { stdout, stderr, exitCode } = await leat(['compact', 'users', '-d', dir])
  expect(stderr).toContain('all of users-0 is in its active segment, which is left alone; --roll closes it first')
  expect(stdout.toString().split('\n')[0]).toMatch(/^TOPIC +PARTITION +SEGMENTS-BEFORE +SEGMENTS +RECORDS-BEFORE +RECORDS/)
  expect(exitCode).toBe(0)
})

test('a topic whose policy is delete is refused untouched, with the way to change it; --dry-run shows what would be', async () => {
  const dir = await topicOf([])
  const before = stateOf(dir)
  const refused = await leat(['compact', 'users', '--roll', '-d', dir])
  expect(refused.exitCode).toBe(1)
  expect(refused.stderr).toContain("'users' is not a compacted topic")
  expect(refused.stderr).toContain('leat topic alter users --config cleanup.policy=compact')
  const planned = await leat(['compact', 'users', '--roll', '--dry-run', '--json', '-d', dir])
  expect(printed(planned.stdout)[0]).toMatchObject({ recordsBefore: 300, recordsAfter: 7 })
  expect(planned.stderr).toContain("'users' is not a compacted topic")
  expect(stateOf(dir)).toEqual(before)
})

test('compact,delete: retention follows', async () => {
  const dir = await topicOf(['cleanup.policy=compact,delete', 'retention.bytes=1', 'min.compaction.lag.ms=1d'])
  const { stdout, stderr } = await leat(['compact', 'users', '--json', '-d', dir])
  expect(stderr).toContain('users-0 is compacted up to records younger than min.compaction.lag.ms')
  const [line] = printed(stdout)
  expect(line).toMatchObject({ stoppedBy: 'min.compaction.lag.ms', cleanedOffset: 0, segmentsBefore: 0 })
  expect(line?.['deletedSegments']).toBeGreaterThan(5)
})

test('max.compaction.lag.ms closes an active segment that is older', async () => {
  const dir = await topicOf(['cleanup.policy=compact', 'max.compaction.lag.ms=1'])
  const { stdout } = await leat(['compact', 'users', '--json', '-d', dir])
  expect(printed(stdout)[0]).toMatchObject({ recordsBefore: 300, recordsAfter: 7, cleanedOffset: 300 })
})

test('a damaged segment is named, and it and what comes after it stay as they are', async () => {
  const dir = await topicOf(['cleanup.policy=compact'])
  const names = fs.readdirSync(`${dir}/users-0`).filter((name) => name.endsWith('.log'))
  const damaged = `${dir}/users-0/${names[3]}`
  const bytes = fs.readFileSync(damaged)
  bytes.fill(0xff, 100, 110)
  fs.writeFileSync(damaged, bytes)
  const { stdout, stderr, exitCode } = await leat(['compact', 'users', '--roll', '--json', '-d', dir])
  expect(exitCode).toBe(3)
  expect(stderr).toContain(`damage in ${damaged} at 0: checksum`)
  expect(printed(stdout)[0]).toMatchObject({ cleanedOffset: Number(names[3]?.slice(0, 20)), stoppedBy: 'damage', segmentsBefore: 3 })
  for (const line of printed(stdout)) expect(schemaErrors(readSchema('compact'), line)).toEqual([])
  expect(fs.readFileSync(damaged).equals(bytes)).toBe(true)
})

test.each<[readonly string[], number, string]>([
  [['compact'], 2, 'a topic is needed'],
  [['compact', 'nobody'], 1, 'nobody'],
  [['compact', 'users', '--map-memory', '1KiB'], 2, 'less than 64KiB'],
  [['compact', 'users', '--map-memory', 'much'], 2, '--map-memory much is not a size'],
])('leat %j ends with %i', async (words, code, message) => {
  const dir = await topicOf(['cleanup.policy=compact'], 5)
  const { stderr, exitCode } = await leat([...words, '-d', dir])
  expect([exitCode, stderr]).toEqual([code, expect.stringContaining(message)])
})
