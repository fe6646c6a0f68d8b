// `leat lag` as its users run it.
import fs from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { realSystem } from '../../src/system/real.ts'
import { commitOffset, offsetsTopic } from '../operations/lag/committed.ts'
import { exactJson } from '../support/exact-json.ts'
import { expectedOf, fixture, fixtureCopy, fixturesMissing } from '../support/fixtures.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { finished, leat, startLeat } from '../support/leat.ts'
import { openDirectory } from '../support/records.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

type Row = Readonly<Record<string, unknown>>

const rowsOf = (stdout: Buffer): Row[] => {
  const lines = stdout.toString().split('\n').slice(0, -1)
  return lines.map((line) => exactJson(line) as Row)
}

/** A topic of 100 records, of which the group 'billing' has read as many as are said. */
async function directory(read: number): Promise<string> {
  const dir = `${temporaryDirectory()}/data`
  await leat(['produce', 'orders', '-d', dir], { input: 'x\n'.repeat(100) })
  await commit(dir, read)
  return dir
}

async function commit(dir: string, offset: number): Promise<void> {
  const cluster = openDirectory(realSystem(), dir)
  await cluster.beginWriting()
  const place = { group: 'billing', topic: 'orders', partition: 0 }
  commitOffset(offsetsTopic(cluster), { ...place, offset, timestampMs: realSystem().clock.now() })
  await cluster.close()
}

describe.skipIf(fixturesMissing)('of a directory that Kafka wrote', () => {
  test('every group that committed something has its offsets, and the lag that Kafka would say', async () => {
    const { stdout, stderr, exitCode } = await leat(['lag', '--json', '--no-sample', '-d', fixture('groups')])
    expect([stderr, exitCode]).toEqual(['', 0])
    const rows = rowsOf(stdout)
    const groups = exactJson(fs.readFileSync(`${expectedOf('groups')}/groups.json`, 'utf8')) as {
      readonly group: string
      readonly type: string
      readonly offsets: readonly { topic: string; partition: bigint; offset: bigint }[]
    }[]
    const topics = exactJson(fs.readFileSync(`${expectedOf('groups')}/topics.json`, 'utf8')) as {
      readonly name: string
      readonly partitions: readonly { partition: bigint; latest: bigint }[]
    }[]
    const expected = groups.flatMap(({ group, type, offsets }) => (type === 'Share' ? [] : offsets.map((offset) => ({ group, ...offset }))))
    const seen = rows
      .filter(({ currentOffset }) => currentOffset !== null)
      .map(({ group, topic, partition, currentOffset, logEndOffset, lag }) => [group, topic, partition, currentOffset, logEndOffset, lag])
    const wanted = expected.map(({ group, topic, partition, offset }) => {
      const end = topics.find(({ name }) => name === topic)?.partitions.find((known) => known.partition === partition)?.latest
      return [group, topic, partition, offset, end ?? null, end === undefined ? null : end > offset ? end - offset : 0n]
    })
    const text = (rowsToSort: readonly (readonly unknown[])[]): string[] => rowsToSort.map((row) => row.map(String).join(' ')).toSorted()
    expect(wanted.length).toBeGreaterThan(40)
    expect(text(seen)).toEqual(text(wanted))
  })

  test('what is printed is what the schema says', async () => {
    const { stdout } = await leat(['lag', '--json', '--no-sample', '-d', fixture('groups')])
    const lines = stdout.toString().split('\n').slice(0, -1)
    expect(lines.length).toBeGreaterThan(40)
    for (const line of lines) expect(schemaErrors(readSchema('lag'), JSON.parse(line))).toEqual([])
  })

  test('only groups, and topics, that are asked for are shown; Kafka’s column names', async () => {
    const { stdout } = await leat(['lag', 'reports', '-g', 'billing', '-t', 'jobs', '--no-sample', '-d', fixture('groups')])
    const [header, ...rows] = stdout.toString().trim().split('\n')
    expect(header).toMatch(/^GROUP +TOPIC +PARTITION +CURRENT-OFFSET +LOG-END-OFFSET +LAG +LAG-SECONDS/)
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 6).join(' '))).toEqual(['billing jobs 0 0 50 50', 'billing jobs 1 0 50 50'])
    const columns = await leat([
      'lag',
      'billing',
      '-t',
      'jobs',
      '--no-headers',
      '--columns',
      'status,lag',
      '--no-sample',
      '-d',
      fixture('groups'),
    ])
    expect(columns.stdout.toString()).toBe('STOP  50\nSTOP  50\n')
  })

  test('a group that is not there is an error that names the nearest; one that has no offsets is not', async () => {
    const unknown = await leat(['lag', 'biling', '-d', fixture('groups')])
    expect([unknown.stdout.toString(), unknown.exitCode]).toEqual(['', 1])
    expect(unknown.stderr).toBe("leat: there is no group 'biling'\nDid you mean 'billing'?\n")
    const without = await leat(['lag', 'queue', '-d', fixture('groups'), '--no-sample'])
    expect([without.stderr, without.exitCode]).toEqual(["leat: group 'queue' has committed no offsets here\n", 0])
    const both = await leat(['lag', 'nope', 'queue', '-d', fixture('groups'), '--no-sample'])
    expect([both.stderr, both.exitCode]).toEqual(["leat: group 'queue' has committed no offsets here\nleat: there is no group 'nope'\n", 3])
  })

  test('a sample is kept in one plain file, unless it is not wanted', async () => {
    const dir = fixtureCopy('groups')
    const before = fs.readdirSync(dir)
    await leat(['lag', '--no-sample', '-d', dir])
    expect(fs.readdirSync(dir)).toEqual(before)
    await leat(['lag', '-d', dir])
    const added = fs.readdirSync(dir, { withFileTypes: true }).filter(({ name }) => !before.includes(name))
    expect(added.map((entry) => [entry.name, entry.isFile()])).toEqual([
      ['.leat.lag', true],
      ['.leat.lock', true],
    ])
    fs.writeFileSync(`${dir}/.leat.lag`, Buffer.alloc(1000, 0xff))
    expect((await leat(['lag', 'billing', '-d', dir])).exitCode).toBe(0)
    expect(fs.readFileSync(`${dir}/.leat.lag`, 'utf8').split('\n').length).toBe(7)
  })

  test('a broker that has the directory is not disturbed, and that is said with -v only', async () => {
    const dir = fixtureCopy('groups')
    const broker = realSystem().locks.tryLock(`${dir}/.lock`, 'exclusive')
    const quiet = await leat(['lag', 'billing', '-d', dir])
    expect([quiet.stderr, quiet.exitCode]).toEqual(['', 0])
    const verbose = await leat(['lag', 'billing', '-v', '-d', dir])
    expect(verbose.stderr).toBe('leat: no sample kept: a broker holds the directory\n')
    expect(fs.existsSync(`${dir}/.leat.lag`)).toBe(false)
    broker?.release()
  })
})

describe('as a check', () => {
  test('what is over a limit is named, with the limit', async () => {
    const dir = await directory(60)
    const check = async (...limit: string[]): Promise<[number | null, string]> => {
      const { stderr, exitCode } = await leat(['lag', ...limit, '-d', dir])
      return [exitCode, stderr]
    }
    expect(await check('--max', '39')).toEqual([4, "leat: 'billing' on orders-0: 40 unread is over --max 39\n"])
    expect(await check('--max', '39', '-q')).toEqual([4, ''])
    expect(await check('--max', '40', '--max-seconds', '1h', '--max-status', 'OK', '--growing')).toEqual([0, ''])
    const [exitCode, stderr] = await check('--max-seconds', '0')
    expect(stderr).toMatch(/^leat: 'billing' on orders-0: the oldest unread record is \d+\.\d seconds old, over --max-seconds 0\n$/)
    expect(exitCode).toBe(4)
  })

  test.skipIf(fixturesMissing)('a verdict that is worse than allowed', async () => {
    const status = async (worst: string): Promise<number | null> =>
      (await leat(['lag', 'reports', '--max-status', worst, '--no-sample', '-d', fixture('groups')])).exitCode
    expect([await status('WARN'), await status('STOP')]).toEqual([4, 0])
  })

  test('--format nagios answers as a plugin: state, performance data, and exit codes of its own', async () => {
    const dir = await directory(60)
    const run = async (...words: string[]): Promise<[string, number | null]> => {
      const { stdout, exitCode } = await leat(['lag', '--format', 'nagios', '-d', dir, ...words])
      return [stdout.toString(), exitCode]
    }
    expect(await run()).toEqual(["LAG OK: 40 unread in 1 partition | 'billing/orders-0'=40;;;0\n", 0])
    expect(await run('--max', '10')).toEqual([
      "LAG CRITICAL: 'billing' on orders-0: 40 unread is over --max 10 | 'billing/orders-0'=40;;10;0\n",
      2,
    ])
    expect(await run('shipping')).toEqual(["LAG UNKNOWN: there is no group 'shipping'\n", 3])
  })

  test('--format prometheus: metrics with labels, what is unknown left out', async () => {
    const { stdout } = await leat(['lag', '--format', 'prometheus', '-d', await directory(100)])
    const lines = stdout.toString().split('\n')
    expect(lines).toContain('# TYPE leat_group_lag_records gauge')
    expect(lines).toContain('leat_group_lag_records{group="billing",topic="orders",partition="0"} 0')
    expect(lines).toContain('leat_group_status{group="billing",topic="orders",partition="0"} 0')
    expect(stdout.toString()).not.toMatch(/null|NaN|undefined|loss_seconds/)
  })

  test.each([
    ['--max', '-1'],
    ['--max-seconds', 'soon'],
    ['--max-status', 'BAD'],
    ['--watch', '2'],
    ['--format', 'xml'],
  ])('%s %s is a usage error', async (flag, value) => {
    const { stderr, exitCode } = await leat(['lag', flag, value, '-d', '/nowhere'])
    expect(exitCode).toBe(2)
    expect(stderr).toContain(flag)
  })
})

test('--watch in a pipe looks again and again, sees what happens meanwhile, and ends when a limit is passed', async () => {
  const dir = await directory(60)
  const child = startLeat(['lag', '--watch', '100ms', '--json', '--max', '90', '-d', dir])
  const end = finished(child)
  const seen: number[] = []
  child.stdout.on('data', (bytes: Buffer) => seen.push(...rowsOf(bytes).map(({ lag }) => Number(lag))))
  while (seen.length < 2) await setTimeout(20)
  await commit(dir, 95)
  while (seen.at(-1) !== 5) await setTimeout(20)
  await leat(['produce', 'orders', '-d', dir], { input: 'x\n'.repeat(100) })
  const { exitCode, stderr } = await end
  expect([exitCode, stderr]).toEqual([4, "leat: 'billing' on orders-0: 105 unread is over --max 90\n"])
  expect([...new Set(seen)]).toEqual([40, 5, 105])
})

test('a directory without groups has no lag, and one that is not there is an error', async () => {
  const dir = `${temporaryDirectory()}/data`
  expect((await leat(['lag', '-d', dir])).exitCode).toBe(1)
  await leat(['produce', 'orders', '-d', dir], { input: 'x\n' })
  const { stdout, stderr, exitCode } = await leat(['lag', '--json', '-d', dir])
  expect([stdout.toString(), stderr, exitCode]).toEqual(['', '', 0])
})

describe('produce --max-lag', () => {
  test('waits for the group: never far more than the limit is unread, and in the end all is stored', async () => {
    const dir = await directory(100)
    const child = startLeat(['produce', 'orders', '--max-lag', 'billing=200', '-d', dir], { input: 'record\n'.repeat(600) })
    const end = finished(child)
    for (let read = 100; read < 700;) {
      const cluster = openDirectory(realSystem(), dir)
      const written = Number(cluster.partitionOffsets('orders', 0).endOffset)
      await cluster.close()
      expect(written - read).toBeLessThan(220)
      read = Math.min(written, read + 150)
      await commit(dir, read)
    }
    const { exitCode, stderr } = await end
    expect(exitCode).toBe(0)
    expect(stderr).toContain("leat: waiting: group 'billing' has not read ")
  })

  test('--on-lag reject stores what fits and ends with exit code 4', async () => {
    const dir = await directory(100)
    const { exitCode, stderr } = await leat(['produce', 'orders', '--max-lag', 'billing=50', '--on-lag', 'reject', '-d', dir], {
      input: 'record\n'.repeat(1000),
    })
    expect(exitCode).toBe(4)
    const [, unread, stored] = /has not read (\d+) records of 'orders', more than --max-lag 50\n(\d+) records were stored/.exec(stderr)!
    const [row] = rowsOf((await leat(['lag', 'billing', '--json', '-d', dir])).stdout)
    expect([row?.['lag'], row?.['logEndOffset']]).toEqual([BigInt(unread!), 100n + BigInt(stored!)])
  })

  test.each([['billing'], ['=5'], ['billing=-1']])('--max-lag %s is a usage error', async (text) => {
    const { exitCode, stderr } = await leat(['produce', 'orders', '--max-lag', text, '-d', '/nowhere'])
    expect(stderr).toBe(`leat: --max-lag ${text} does not name a group and a number of records\nFor example --max-lag billing=1000.\n`)
    expect(exitCode).toBe(2)
  })
})

test('a partition without a commit, of a topic that the group reads, has a row with all that is in it, and counts for limits', async () => {
  const dir = await directory(100)
  await leat(['topic', 'alter', 'orders', '--partitions', '2', '-d', dir])
  await leat(['produce', 'orders', '-p', '1', '-d', dir], { input: 'a\nb\n' })
  const { stdout, stderr, exitCode } = await leat(['lag', 'billing', '--json', '--max', '1', '-d', dir])
  const rows = rowsOf(stdout)
  expect(rows.map(({ partition, currentOffset, lag }) => [partition, currentOffset, lag])).toEqual([
    [0n, 100n, 0n],
    [1n, null, 2n],
  ])
  for (const line of stdout.toString().trim().split('\n')) expect(schemaErrors(readSchema('lag'), JSON.parse(line))).toEqual([])
  expect(stderr).toBe("leat: 'billing' on orders-1: 2 unread is over --max 1\n")
  expect(exitCode).toBe(4)
})
