import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { realSystem } from '../../src/system/real.ts'
import { batchOf } from '../support/batches.ts'
import { Follower, eventually } from '../support/follower.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { type LeatResult, finished, leat, startLeat } from '../support/leat.ts'
import { openDirectory } from '../support/records.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** A directory with topic `events` of one partition with the values, a batch each. */
async function withEvents(values: readonly string[]): Promise<string> {
  const dir = join(temporaryDirectory(), 'data')
  const cluster = openDirectory(realSystem(), dir)
  await cluster.beginWriting()
  cluster.createTopic('events', { partitions: 1, configs: new Map() })
  const appender = cluster.openAppender('events')
  for (const value of values) appender.append(0, batchOf([value]))
  await cluster.close()
  return dir
}

async function committed(dir: string): Promise<bigint | undefined> {
  const cluster = openDirectory(realSystem(), dir)
  const [offset] = await cluster.groups.fetchOffsets('g')
  await cluster.close()
  return offset?.offset
}

function consume(dir: string, ...args: string[]): Promise<LeatResult> {
  return leat(['consume', 'events', '-g', 'g', ...args, '-d', dir])
}

async function printed(dir: string, ...args: string[]): Promise<string[]> {
  const { stdout, stderr, exitCode } = await consume(dir, ...args)
  expect(`${exitCode} ${stderr}`).toBe('0 ')
  return stdout.toString().split('\n').slice(0, -1)
}

const LETTERS = ['a', 'b', 'c', 'd', 'e']

test('a group goes on where it left off, and -n commits just what was printed', async () => {
  const dir = await withEvents(LETTERS)
  expect(await printed(dir, '-n', '2')).toEqual(['a', 'b'])
  expect(await committed(dir)).toBe(2n)
  expect(await printed(dir, '-n', '1', '--commit', 'before')).toEqual(['c'])
  expect(await committed(dir)).toBe(3n)
  expect(await printed(dir, '--commit', 'none')).toEqual(['d', 'e'])
  expect(await committed(dir)).toBe(3n)
  expect(await printed(dir)).toEqual(['d', 'e'])
  expect(await printed(dir)).toEqual([])
})

test('--until ends within the log, also in the middle of a batch, and that is where the group is then', async () => {
  const dir = await withEvents([])
  const cluster = openDirectory(realSystem(), dir)
  await cluster.beginWriting()
  cluster.openAppender('events').append(0, batchOf(LETTERS))
  await cluster.close()
  expect(await printed(dir, '--until', '3')).toEqual(['a', 'b', 'c'])
  expect(await committed(dir)).toBe(3n)
  expect(await printed(dir)).toEqual(['d', 'e'])
})

test('records that a filter leaves out count as read', async () => {
  const dir = await withEvents(LETTERS)
  expect(await printed(dir, '--filter', 'v:b')).toEqual(['b'])
  expect(await committed(dir)).toBe(5n)
})

test.each([
  [['-o', 'end'], []],
  [
    ['-o', '-2'],
    ['d', 'e'],
  ],
  [
    ['-o', 'stored'],
    ['a', 'b', 'c', 'd', 'e'],
  ],
])('with %j a new group begins there', async (args, wanted) => {
  expect(await printed(await withEvents(LETTERS), ...args)).toEqual(wanted)
})

test('-o does not move a group that has committed', async () => {
  const dir = await withEvents(LETTERS)
  await printed(dir, '-n', '3')
  expect(await printed(dir, '-o', 'beginning')).toEqual(['d', 'e'])
})

test('a committed offset whose records are gone is said, and reading goes on where -o says', async () => {
  const dir = await withEvents(LETTERS)
  await printed(dir, '-n', '1')
  await leat(['topic', 'trim', 'events', '--before', '3', '-d', dir])
  const { stdout, stderr } = await consume(dir)
  expect(stderr).toBe('leat: the committed offset 1 of events-0 is outside its log (3 to 5): goes on at 3\n')
  expect(stdout.toString()).toBe('d\ne\n')
})

test('Ctrl-C commits what was printed', async () => {
  const dir = await withEvents(LETTERS)
  const member = new Follower(['events', '-g', 'g', '-f', '-d', dir])
  await eventually('all of it', () => member.records.length === 5)
  expect(await member.end('SIGINT')).toBe(130)
  expect(await committed(dir)).toBe(5n)
})

test('a record that nobody read, because the pipe was closed, is not committed', async () => {
  const values = Array.from({ length: 3000 }, (_, index) => `${index} ${'x'.repeat(1000)}`)
  const dir = await withEvents(values)
  const child = startLeat(['consume', 'events', '-g', 'g', '-d', dir])
  const [first] = (await once(child.stdout, 'data')) as [Buffer]
  child.stdout.destroy()
  const { exitCode, stderr } = await finished(child)
  expect(`${exitCode} ${stderr}`).toBe('0 ')
  const position = Number((await committed(dir)) ?? 0n)
  // What the pipe itself holds was out of our hands.
  expect(position).toBeLessThan((first.length + 2 * 65_536) / 1000)
  expect(await printed(dir)).toEqual(values.slice(position))
})

test('a live group is shown with its members, and its offsets are not moved or deleted', async () => {
  const dir = await withEvents(LETTERS)
  const member = new Follower(['events', '-g', 'g', '-f', '--instance-id', 'one', '-d', dir])
  await eventually('all of it', () => member.records.length === 5)
  const show = async (command: string): Promise<Record<string, unknown>> => {
    const { stdout } = await leat([...command.split(' '), '--json', '-d', dir])
    return JSON.parse(stdout.toString()) as Record<string, unknown>
  }
  const row = await show('group members g')
  expect(schemaErrors(readSchema('group-members'), row)).toEqual([])
  expect(row).toMatchObject({ groupInstanceId: 'one', partitions: 1, clientId: `leat-${member.process.pid}` })
  expect(await show('group describe g')).toMatchObject({ consumerId: row['consumerId'], host: '/127.0.0.1' })
  expect(await show('group list')).toEqual({ group: 'g', type: 'Consumer', protocol: 'consumer', state: 'Stable' })
  for (const command of ['group reset g --all-topics --to-earliest -y', 'group delete g -y', 'group seek g events 0 --dry-run']) {
    const { stderr, exitCode } = await leat([...command.split(' '), '-d', dir])
    expect(stderr).toContain("offsets can only be changed while the group has no members; 'g' has some")
    expect(exitCode).toBe(1)
  }
  const { stderr, exitCode } = await leat(['group', 'delete', 'g', '-t', 'events', '-y', '-d', dir])
  expect([stderr, exitCode]).toEqual([expect.stringContaining("members that are subscribed to topic 'events'"), 1])
  await member.end('SIGKILL')
  expect(await show('group list')).toMatchObject({ state: 'Stable' })
})

test('topics by expression are those that match now and, with -f, later', async () => {
  const dir = await withEvents(LETTERS)
  const member = new Follower(['^ev', '-r', '-g', 'g', '-f', '-d', dir])
  await eventually('the first topic', () => member.records.length === 5)
  await leat(['produce', 'evening', '-d', dir], { input: 'late\n' })
  await leat(['produce', 'seven', '-d', dir], { input: 'other\n' })
  await eventually('the second topic', () => member.values.includes('late'))
  expect(await member.end('SIGINT')).toBe(130)
  expect(member.values).toEqual([...LETTERS, 'late'])
})

test.each([
  [['nosuch', '-g', 'g'], 1, "there is no topic 'nosuch'"],
  [['zzz', '-r', '-g', 'g'], 1, 'no topic matches /'],
  [['(', '-r', '-g', 'g'], 2, '--regex ('],
  [['a'.repeat(33_000), '-r', '-g', 'g'], 2, 'too large'],
  [['events', '-g', 'g', '-p', '0'], 2, '--partition'],
  [['events', '-g', 'g', '--assignor', 'best'], 2, '--assignor is one of'],
  [['events', '--commit', 'none'], 2, '--group'],
  [['events', '-g', 'g', '--session-timeout', 'soon'], 2, "--session-timeout 'soon' is not a duration"],
])('`consume %j` is refused', async (args, code, said) => {
  const { stdout, stderr, exitCode } = await leat(['consume', ...args, '-d', await withEvents(LETTERS)])
  expect([stdout.toString(), exitCode]).toEqual(['', code])
  expect(stderr).toContain(said)
})

test.each(['range', 'roundrobin', 'sticky', 'cooperative-sticky', 'uniform'])('members agree on the assignor %s', async (assignor) => {
  expect(await printed(await withEvents(LETTERS), '--assignor', assignor)).toEqual(LETTERS)
})

test('where a new group begins is committed: what is written between two runs is read', async () => {
  const dir = await withEvents(LETTERS)
  expect(await printed(dir, '-o', 'end', '--commit', 'none')).toEqual([])
  expect(await committed(dir)).toBe(undefined)
  expect(await printed(dir, '-o', 'end')).toEqual([])
  expect(await committed(dir)).toBe(5n)
  await leat(['produce', 'events', '-d', dir], { input: 'f\n' })
  expect(await printed(dir, '-o', 'end')).toEqual(['f'])
})

test('a member that wakes after its session prints nothing that others printed meanwhile', async () => {
  const dir = await withEvents(LETTERS)
  const args = ['events', '-g', 'g', '-f', '--session-timeout', '1s', '-d', dir]
  const sleeper = new Follower(args)
  await eventually('all of it', () => sleeper.records.length === 5)
  await eventually('its commit', async () => (await committed(dir)) === 5n)
  sleeper.process.kill('SIGSTOP')
  const other = new Follower(args)
  await leat(['produce', 'events', '-d', dir], { input: 'f\ng\n' })
  await eventually('the rest', () => other.records.length === 2)
  sleeper.process.kill('SIGCONT')
  await eventually('that it notices', () => sleeper.stderr.includes('has gone on without this member'))
  expect(await sleeper.end('SIGINT')).toBe(130)
  expect(await other.end('SIGINT')).toBe(130)
  expect(sleeper.values).toEqual(LETTERS)
})

test('all of a topic that comes while a group follows a pattern is read, also with -o end', async () => {
  const dir = await withEvents(LETTERS)
  const member = new Follower(['-r', 'e.*', '-g', 'g', '-f', '-o', 'end', '-d', dir])
  await eventually('that it has begun', async () => (await committed(dir)) === 5n)
  await leat(['produce', 'extra', '-d', dir], { input: '1\n2\n' })
  await eventually('the new topic', () => member.records.length === 2)
  expect(await member.end('SIGINT')).toBe(130)
  expect(member.values).toEqual(['1', '2'])
})

test('a topic that is deleted before a member has read it to its end is an error, not its end', async () => {
  const dir = await withEvents(LETTERS)
  const begun = join(temporaryDirectory(), 'begun')
  const handler = `touch ${begun}; while [ -f ${begun} ]; do sleep 0.05; done`
  const member = startLeat(['consume', 'events', '-g', 'g', '--exec', handler, '-d', dir])
  const over = finished(member)
  await eventually('the handler has begun', () => fs.existsSync(begun))
  await leat(['topic', 'delete', 'events', '-y', '-d', dir])
  fs.rmSync(begun)
  const { stderr, exitCode } = await over
  expect([stderr, exitCode]).toEqual([
    "leat: topic 'events' was deleted while it was read\nWhat was read of it until then is done. Where the topic was made again, run the command again.\n",
    1,
  ])
})
