// What is asked of groups, and cannot be: what is said, the exit code, and that nothing is changed.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ExportedOffset, exportOffsets } from '../../src/operations/group/export.ts'
import { realSystem } from '../../src/system/real.ts'
import { batchOf } from '../support/batches.ts'
import { eventually, Follower } from '../support/follower.ts'
import { leat, type LeatResult } from '../support/leat.ts'
import { openDirectory } from '../support/records.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** Topics `orders`, which group `g` has read, and `events`, which it has not. */
async function populated(): Promise<string> {
  const dir = join(temporaryDirectory(), 'data')
  const cluster = openDirectory(realSystem(), dir)
  await cluster.beginWriting()
  for (const topic of ['orders', 'events']) {
    cluster.createTopic(topic, { partitions: 1, configs: new Map() })
    cluster.openAppender(topic).append(0, batchOf(['a', 'b']))
  }
  const offset = { topic: 'orders', partition: 0, offset: 2n, leaderEpoch: 0, metadata: '' }
  await cluster.groups.commitOffsets({ groupId: 'g', member: null, offsets: [offset] })
  await cluster.close()
  return dir
}

function run(dir: string, words: readonly string[], input = ''): Promise<LeatResult> {
  return leat([...words, '-d', dir], { input })
}

async function committed(dir: string): Promise<ExportedOffset[]> {
  const cluster = openDirectory(realSystem(), dir)
  const offsets = await exportOffsets(cluster, null)
  await cluster.close()
  return offsets
}

const LONG = 'g'.repeat(32_768)

const WRONG: [words: string[], said: string][] = [
  [['consume', 'orders', '-g', ''], '--group is empty'],
  [['consume', 'orders', '-g', ' '], '--group is empty'],
  [['consume', 'orders', '-g', LONG], '--group has 32768 bytes, more than 32767'],
  [['consume', 'orders', '-g', 'h', '--instance-id', LONG], '--instance-id has 32768 bytes, more than 32767'],
  [['pipe', 'orders', 'copy', '-g', ''], '--group is empty'],
  [['produce', 'orders', '--transactional-id', LONG], '--transactional-id has 32768 bytes, more than 32767'],
  [['group', 'reset', '', '-t', 'orders', '--to-earliest', '-y'], 'GROUP is empty'],
  [['group', 'seek', LONG, 'orders', '0', '-y'], 'GROUP has 32768 bytes, more than 32767'],
  [['consume', 'orders', '-g', 'h', '--session-timeout', '999ms'], '--session-timeout 999ms is less than 1s'],
  [['lag', '--watch', '0'], '--watch 0 is less than 100ms'],
  [
    ['group', 'list', '--state', 'Stable,Foo'],
    "--state Stable,Foo: there is no 'Foo'\nThere are Assigning, CompletingRebalance, Dead, Empty,",
  ],
  [['group', 'list', '--type', 'Foo'], "--type Foo: there is no 'Foo'\nThere are Classic, Consumer, Share, Streams."],
]

test.each(WRONG.map(([words, said]) => [words.join(' ').replace(LONG, '(32 KiB)'), words, said] as const))(
  '%s is a usage error',
  async (_, words, said) => {
    const dir = await populated()
    const before = await committed(dir)
    const { stderr, exitCode, stdout } = await run(dir, words)
    expect(stderr.startsWith(`leat: ${said}`), stderr).toBe(true)
    expect([exitCode, stdout.length]).toEqual([2, 0])
    expect(await committed(dir)).toEqual(before)
  },
)

test('a line of an import with a group id that is too long imports nothing', async () => {
  const dir = await populated()
  const line = `${JSON.stringify({ group: LONG, topic: 'orders', partition: 0, offset: 1 })}\n`
  const { stderr, exitCode } = await run(dir, ['group', 'import'], line)
  expect(stderr).toContain("line 1: 'group' is no name; nothing was imported")
  expect(exitCode).toBe(1)
})

test('a session of one second is allowed, and states are taken in lower case', async () => {
  const dir = await populated()
  expect((await run(dir, ['consume', 'orders', '-g', 'short', '--session-timeout', '1s', '-n', '1'])).stdout.toString()).toBe('a\n')
  expect((await run(dir, ['group', 'list', '--state', 'empty,stable', '--no-headers'])).stdout.toString()).toContain('g ')
})

test.each([
  [['lag', '-t', 'nope'], "there is no topic 'nope'"],
  [['lag', 'g', '-t', 'orders', '-t', 'ordrs'], "there is no topic 'ordrs'\nDid you mean 'orders'?"],
  [['group', 'delete', 'g', '-t', 'nope', '-y'], "there is no topic 'nope'"],
  [['group', 'delete', 'g', '-t', 'orders:7', '-y'], "'orders' has no partition 7; it has 1 partition"],
])('%j names what there is not, and changes nothing', async (words, said) => {
  const dir = await populated()
  const before = await committed(dir)
  const { stderr, exitCode } = await run(dir, words)
  expect(stderr.startsWith(`leat: ${said}`), stderr).toBe(true)
  expect(exitCode).toBe(1)
  expect(await committed(dir)).toEqual(before)
})

test('a monitoring system is told of a topic that there is not as UNKNOWN', async () => {
  const dir = await populated()
  const { stdout, exitCode } = await run(dir, ['lag', '-t', 'nope', '--format', 'nagios'])
  expect([stdout.toString(), exitCode]).toEqual(["LAG UNKNOWN: there is no topic 'nope'\n", 3])
})

test('what a group has committed nothing of is not deleted, which is said', async () => {
  const dir = await populated()
  const { stderr, exitCode } = await run(dir, ['group', 'delete', 'g', '-t', 'events', '-y'])
  expect([stderr, exitCode]).toEqual(['leat: deleted 0 offsets of events in g\n', 0])
})

test.each(['describe', 'members'])(
  'group %s shows the groups that there are, and tells of the others with exit code 3',
  async (command) => {
    const dir = await populated()
    const one = await run(dir, ['group', command, 'g', 'nope'])
    expect([one.exitCode, one.stderr.includes("leat: there is no group 'nope'\n")]).toEqual([3, true])
    expect(one.stdout.toString()).toMatch(command === 'describe' ? /^g +orders +0 +2/m : /^GROUP/)
    expect((await run(dir, ['group', command, 'nope', 'none'])).exitCode).toBe(1)
  },
)

test('a member that follows waits for a topic that its expression matches', async () => {
  const dir = await populated()
  const member = new Follower(['-r', 'late.*', '-g', 'waiting', '-f', '-d', dir])
  await eventually('it is a member', async () => (await run(dir, ['group', 'members', 'waiting', '--json'])).stdout.length > 0)
  await run(dir, ['produce', 'later'], 'here\n')
  await eventually('it reads the topic', () => member.values.includes('here'))
  expect(await member.end('SIGINT')).toBe(130)
  const { stderr, exitCode } = await run(dir, ['consume', '-r', 'never.*', '-g', 'waiting'])
  expect(stderr).toMatch(/^leat: no topic matches/)
  expect(exitCode).toBe(1)
})

test('topics that an expression matches are deleted and made again: a member that follows reads the others on, and the new ones from their start', async () => {
  const dir = await populated()
  for (const topic of ['t1', 't2']) await run(dir, ['produce', topic], `of ${topic}\n`)
  const member = new Follower(['-r', 't[12]', '-g', 'matching', '-f', '-d', dir])
  const sees = (...values: string[]): Promise<void> =>
    eventually(`it reads ${values.join()}`, () => values.every((value) => member.values.includes(value)))
  await sees('of t1', 'of t2')
  await run(dir, ['topic', 'delete', 't1', '-y'])
  await run(dir, ['produce', 't2'], 'more\n')
  await sees('more')
  await run(dir, ['produce', 't1'], 'anew\n')
  await sees('anew')
  await run(dir, ['topic', 'delete', 't2', '-y'])
  await run(dir, ['produce', 't2'], 'at once\n')
  await sees('at once')
  expect(await member.end('SIGINT')).toBe(130)
})

test.each([
  [
    ['group', 'seek', 'g', 'orders:x', '0', '-y'],
    'group seek orders:x is not a list of partitions\nFor example group seek orders:0,2,5-7.\n',
  ],
  [['group', 'delete', 'g', '-t', 'orders:x', '-y'], '--topic orders:x is not a list of partitions\nFor example --topic orders:0,2,5-7.\n'],
  [['group', 'reset', 'g', '-t', 'orders', '--to-offset', 'x', '-y'], "--to-offset 'x' is not an offset\nFor example --to-offset 100.\n"],
])('%j is refused in the words that were typed', async (words, said) => {
  const { stderr, exitCode } = await run(await populated(), words)
  expect([stderr, exitCode]).toEqual([`leat: ${said}`, 2])
})

test.each(['list', 'export'])('group %s says that there is no data directory, which is not to have no groups', async (command) => {
  const { stderr, exitCode } = await leat(['group', command, '-d', `${temporaryDirectory()}/none`])
  expect([stderr, exitCode]).toEqual([expect.stringContaining('leat: there is no data directory'), 1])
})
