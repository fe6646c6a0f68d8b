import { globSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exportOffsets } from '../../src/operations/group/export.ts'
import { realSystem } from '../../src/system/real.ts'
import { batchOf } from '../support/batches.ts'
import { exactJson } from '../support/exact-json.ts'
import { expectedOf, fixture, fixtureCopy, fixturesMissing } from '../support/fixtures.ts'
import { readSchema, schemaErrors } from '../support/json-schema.ts'
import { leat } from '../support/leat.ts'
import { openDirectory } from '../support/records.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

interface Run {
  readonly out: string
  readonly err: string
  readonly code: number | null
}

async function run(dir: string, commandLine: string, input = ''): Promise<Run> {
  const { stdout, stderr, exitCode } = await leat([...commandLine.split(' '), '-d', dir], { input })
  return { out: stdout.toString(), err: stderr, code: exitCode }
}

function lines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** `events` with two partitions of ten records each, of one second after the other, and group `g` that has read three and four. */
async function populated(): Promise<string> {
  const dir = join(temporaryDirectory(), 'data')
  const cluster = openDirectory(realSystem(), dir)
  await cluster.beginWriting()
  cluster.createTopic('events', { partitions: 2, configs: new Map() })
  const appender = cluster.openAppender('events')
  for (let index = 0; index < 20; index++) appender.append(index % 2, batchOf([`v${index}`], { timestamp: 1000 * index }))
  const offsets = [3n, 4n].map((offset, partition) => ({ topic: 'events', partition, offset, leaderEpoch: 0, metadata: '' }))
  await cluster.groups.commitOffsets({ groupId: 'g', member: null, offsets })
  await cluster.close()
  return dir
}

async function committed(dir: string, groupId = 'g'): Promise<bigint[]> {
  const cluster = openDirectory(realSystem(), dir)
  const offsets = await cluster.groups.fetchOffsets(groupId)
  await cluster.close()
  return offsets.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset)
}

test('groups are listed and described with the columns that Kafka has', async () => {
  const dir = await populated()
  expect((await run(dir, 'group list')).out).toBe('GROUP  TYPE     PROTOCOL  STATE\ng      Classic  -         Empty\n')
  const { out, err } = await run(dir, 'group describe g')
  expect(out.split('\n').map((line) => line.trim().split(/ +/).join(' '))).toEqual([
    'GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID',
    'g events 0 3 10 7 - - -',
    'g events 1 4 10 6 - - -',
    '',
  ])
  expect(err).toBe("leat: group 'g' has no members; it is in state Empty\n")
  expect((await run(dir, 'group describe g --no-headers --columns partition,lag -q')).out).toBe('0  7\n1  6\n')
  for (const [command, schema] of [
    ['group list --json', 'group-list'],
    ['group describe g --json', 'group-describe'],
  ] as const) {
    const rows = lines((await run(dir, command)).out)
    expect(rows.length).toBeGreaterThan(0)
    for (const row of rows) expect(schemaErrors(readSchema(schema), row)).toEqual([])
  }
})

test.each([
  ['--topic events --to-earliest', [0n, 0n]],
  ['--topic events --to-latest', [10n, 10n]],
  ['--topic events:1 --to-offset 7', [3n, 7n]],
  ['--all-topics --to-datetime 1970-01-01T00:00:09.000', [5n, 4n]],
  ['--all-topics --to-datetime 1970-01-01T01:00:09+01:00', [5n, 4n]],
  ['--all-topics --by-duration P1D', [10n, 10n]],
  ['--all-topics --shift-by -2', [1n, 2n]],
  ['--reset-offsets --execute --all-topics --shift-by +2', [5n, 6n]],
  ['--topic events --to-current', [3n, 4n]],
])('`group reset g %s` moves the offsets', async (flags, wanted) => {
  const dir = await populated()
  const command = `group reset g ${flags}`
  const planned = await run(dir, `${command.replace('--execute ', '')} --dry-run --json`)
  expect(await committed(dir)).toEqual([3n, 4n])
  const moved = await run(dir, `${command} ${flags.includes('--execute') ? '' : '-y '}--json`)
  expect([moved.out, moved.err, moved.code]).toEqual([planned.out, '', 0])
  for (const row of lines(moved.out)) expect(schemaErrors(readSchema('group-reset'), row)).toEqual([])
  expect(await committed(dir)).toEqual(wanted)
})

test.each([
  ['events -2', [1n, 2n]],
  ['events:0 +5', [8n, 4n]],
  ['events:1 end-1', [3n, 9n]],
  ['events 6', [6n, 6n]],
  ['events @9', [5n, 4n]],
  ['events beginning', [0n, 0n]],
])('`group seek g %s` counts a sign from where the group is, and takes places as consume does', async (target, wanted) => {
  const dir = await populated()
  expect((await run(dir, `group seek g ${target} -y`)).code).toBe(0)
  expect(await committed(dir)).toEqual(wanted)
})

test('an offset outside the log becomes the nearest in it, which is said', async () => {
  const dir = await populated()
  const { err, out } = await run(dir, 'group seek g events:0 +50 --json -y')
  expect(err).toBe('leat: events-0 has offsets 0 to 10: takes 10 in place of 53\n')
  expect(lines(out)).toEqual([{ group: 'g', topic: 'events', partition: 0, currentOffset: 3, newOffset: 10 }])
})

test.each([
  ['group describe nosuch', 1, "there is no group 'nosuch'"],
  ['group members nosuch', 1, "there is no group 'nosuch'"],
  ['group delete nosuch -y', 1, "there is no group 'nosuch'"],
  ['group delete g', 1, 'nothing was deleted'],
  ['group reset g --topic events --to-earliest', 1, 'nothing was moved'],
  ['group reset g --topic nosuch --to-earliest -y', 1, "there is no topic 'nosuch'"],
  ['group reset g --topic events:7 --to-earliest -y', 1, "'events' has no partition 7"],
  ['group reset g --to-earliest -y', 2, 'which topics?'],
  ['group reset g --topic events -y', 2, 'where to?'],
  ['group reset g --topic events --to-earliest --to-latest -y', 2, '--to-earliest and --to-latest exclude each other'],
  ['group reset g --topic events --to-offset x -y', 2, "--to-offset 'x' is not an offset"],
  ['group reset g --topic events --to-datetime never -y', 2, "--to-datetime 'never' is not a time"],
  ['group reset g --topic events --by-duration P1Y -y', 2, "--by-duration 'P1Y' is not a duration"],
  ['group reset new --all-topics --to-earliest -y', 1, "group 'new' has committed nothing"],
  ['group seek g events somewhere -y', 2, 'is not an offset'],
  ['group seek g events', 2, 'a group, a topic and an offset are needed'],
])('`%s` is refused and changes nothing', async (commandLine, code, said) => {
  const dir = await populated()
  const result = await run(dir, commandLine)
  expect([result.out, result.code]).toEqual(['', code])
  expect(result.err).toContain(said)
  expect(await committed(dir)).toEqual([3n, 4n])
})

test('offsets go from one directory to another by export and import', async () => {
  const [from, to] = [await populated(), await populated()]
  await run(from, 'group seek g events end -y')
  const { out } = await run(from, 'group export g')
  expect(lines(out)).toEqual(
    [0, 1].map((partition) => ({ group: 'g', topic: 'events', partition, offset: 10, leaderEpoch: -1, metadata: '' })),
  )
  for (const line of lines(out)) expect(schemaErrors(readSchema('group-export'), line)).toEqual([])
  expect((await run(to, 'group import --dry-run', out)).err).toBe('leat: would import 2 offsets of 1 group\n')
  expect(await committed(to)).toEqual([3n, 4n])
  expect((await run(to, 'group import', out)).err).toBe('leat: imported 2 offsets of 1 group\n')
  expect(await committed(to)).toEqual([10n, 10n])
  expect((await run(to, 'group export')).out).toBe(out)
})

test('reset --export prints where to as lines that import takes, and moves nothing unless told to', async () => {
  const dir = await populated()
  const planned = await run(dir, 'group reset g --all-topics --to-earliest --export')
  expect([planned.code, planned.err, await committed(dir)]).toEqual([0, '', [3n, 4n]])
  expect((await run(dir, 'group import', planned.out)).code).toBe(0)
  expect(await committed(dir)).toEqual([0n, 0n])
  const moved = await run(dir, 'group reset g --all-topics --to-latest --export --execute')
  expect(await committed(dir)).toEqual([10n, 10n])
  expect(lines(moved.out).map(({ offset }) => offset)).toEqual([10, 10])
})

test('offsets past 2^53 keep their digits through export and import', async () => {
  const dir = await populated()
  const line = '{"group":"h","topic":"events","partition":0,"offset":9007199254740993,"leaderEpoch":3,"metadata":"m"}\n'
  const cluster = openDirectory(realSystem(), dir)
  await cluster.beginWriting()
  const offsets = [{ topic: 'events', partition: 0, offset: 9007199254740993n, leaderEpoch: 3, metadata: 'm' }]
  await cluster.groups.commitOffsets({ groupId: 'h', member: null, offsets })
  await cluster.close()
  expect((await run(dir, 'group export h')).out).toBe(line)
  const { err, code } = await run(dir, 'group import', line)
  expect(err).toContain('line 1: events-0 has offsets 0 to 10; 9007199254740993 is outside; nothing was imported')
  expect(code).toBe(1)
  expect(JSON.parse((await run(dir, 'lag h --json')).out.split('\n')[0] as string)).toMatchObject({ lag: 0, status: 'WARN' })
})

test.each([
  ['{"group":"h","topic":"nosuch","partition":0,"offset":1}', "there is no topic 'nosuch' here; nothing was imported"],
  ['{"group":"h","topic":"events","partition":2,"offset":1}', "'events' has no partition 2"],
  ['{"group":"h","topic":"events","partition":0,"offset":11}', 'line 2: events-0 has offsets 0 to 10; 11 is outside'],
  ['{"group":"h","topic":"events","partition":0,"offset":"1"}', "line 2: 'offset' is no integer"],
  ['{"group":"h","topic":"events","partition":0,"offset":-1}', "line 2: 'offset' -1 is outside 0 to 2^63-1"],
  ['{"group":"","topic":"events","partition":0,"offset":1}', "line 2: 'group' is no name"],
  ['nonsense', 'line 2: it is no JSON object'],
])('import of `%s` is refused, and the good line before it is not taken either', async (line, said) => {
  const dir = await populated()
  const good = '{"group":"h","topic":"events","partition":0,"offset":1}'
  const { code, err } = await run(dir, 'group import', `${good}\n${line}\n`)
  expect(code).toBe(1)
  expect(err).toContain(said)
  expect(await committed(dir, 'h')).toEqual([])
})

test('groups and single offsets are deleted', async () => {
  const dir = await populated()
  expect(lines((await run(dir, 'group delete g -t events:0 -y --json')).out)).toEqual([
    { group: 'g', topic: 'events', partition: 0, isDryRun: false },
  ])
  expect(await committed(dir)).toEqual([4n])
  expect((await run(dir, 'group delete g --dry-run')).err).toBe('leat: would delete g\n')
  expect((await run(dir, 'group delete g -y')).err).toBe('leat: deleted g\n')
  expect((await run(dir, 'group list --no-headers')).out).toBe('')
})

interface KafkaGroup {
  readonly group: string
  readonly type: string
  readonly protocolType: string
  readonly state: string
  readonly assignor: string
  readonly coordinatorPartition: bigint
  readonly members: readonly { readonly memberId: string }[]
  readonly offsets: readonly { readonly partition: bigint; readonly leaderEpoch: bigint | null }[]
}

function kafkaGroups(): KafkaGroup[] {
  return exactJson(readFileSync(join(expectedOf('groups'), 'groups.json'), 'utf8')) as KafkaGroup[]
}

test.skipIf(fixturesMissing)('groups of a Kafka are listed, described and exported as that Kafka did', async () => {
  const dir = fixture('groups')
  const wanted = kafkaGroups()
  const listed = lines((await run(dir, 'group list --json')).out)
  expect(listed).toEqual(wanted.map(({ group, type, protocolType, state }) => ({ group, type, protocol: protocolType, state })))
  const cluster = openDirectory(realSystem(), dir)
  // Of share groups only the list tells.
  for (const { group, ...kafka } of wanted.filter(({ type }) => type !== 'Share')) {
    const { coordinatorPartition, assignor, members } = await cluster.groups.describe(group)
    const memberIds = members.map(({ memberId }) => memberId).toSorted()
    expect({ group, coordinatorPartition: BigInt(coordinatorPartition), assignor, memberIds }).toEqual({
      group,
      coordinatorPartition: kafka.coordinatorPartition,
      assignor: kafka.assignor,
      memberIds: kafka.members.map(({ memberId }) => memberId).toSorted(),
    })
    const offsets = await exportOffsets(cluster, [group])
    const wantedOffsets = kafka.offsets.map((offset) => ({ ...offset, group, leaderEpoch: Number(offset.leaderEpoch ?? -1n) }))
    expect(offsets).toEqual(wantedOffsets.map((offset) => ({ ...offset, partition: Number(offset.partition) })))
  }
  await cluster.close()
})

test.skipIf(fixturesMissing)('a group that a Kafka left with members goes on here: they belong to a broker that does not run', async () => {
  const dir = fixtureCopy('groups')
  const left = kafkaGroups().find(({ type, members, offsets }) => type === 'Classic' && members.length > 0 && offsets.length > 0)
  const group = left?.group ?? ''
  const before = await committed(dir, group)
  expect((await run(dir, `group reset ${group} --all-topics --to-earliest -y`)).code).toBe(0)
  expect(await committed(dir, group)).not.toEqual(before)
  expect((await run(dir, `group describe ${group} -q`)).code).toBe(0)
})

test('damage in the log of the groups is told once, however often a command reads it', async () => {
  const dir = await populated()
  await run(dir, 'group reset other --topic events --to-offset 2 -y')
  for (const file of globSync(join(dir, '__consumer_offsets-*', '*.log'))) {
    const { size } = statSync(file)
    if (size > 0) truncateSync(file, size - 5)
  }
  const { err, code } = await run(dir, 'group reset other --topic events --to-offset 3 -y')
  expect(code).toBe(0)
  const damage = err.split('\n').filter((line) => line.startsWith('leat: damage in '))
  expect(damage).not.toEqual([])
  expect(damage).toEqual([...new Set(damage)])
})

test('a deleted topic takes along what groups have committed of it, so that one made anew under its name is read from its start', async () => {
  const dir = await populated()
  expect((await run(dir, 'topic delete events -y')).code).toBe(0)
  expect(await committed(dir)).toEqual([])
  await run(dir, 'produce events', '4\n5\n6\n')
  expect((await run(dir, 'consume events -g g')).out).toBe('4\n5\n6\n')
})
